"""Bosch BME280 (temperature, humidity, pressure) and BMP280 (without humidity), through the Adafruit drivers.

A forced measurement for every quantity, with the oversampling of the drivers. The registers of what was measured are
read once more: what they hold after a reset or a skipped measurement (0x80000, 0x8000: data sheet of the BME280,
section 5.4) would come through the drivers as believable weather.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sensors.climate import humidity_percent
from sensors.i2c import I2CBus, bus_of
from sensors.libraries import adafruit
from sensors.reading import Reading, SensorNotFoundError, SensorNotReadyError, within
from sensors.surroundings import Surroundings

REGISTER_ID = 0xD0
REGISTER_DATA = 0xF7
SKIPPED_20_BIT, SKIPPED_16_BIT = 0x80000, 0x8000
CHIPS = {
    0x55: "BMP180",
    0x56: "BMP280",
    0x57: "BMP280",
    0x58: "BMP280",
    0x60: "BME280",
    0x61: "BME680",
}
DRIVERS = {"BME280": "bme280", "BMP280": "bmp280"}


class Codes(NamedTuple):
    """What the converter of the chip measured: 20, 20 and 16 bits."""

    pressure: int
    temperature: int
    humidity: int


def codes(content: bytes) -> Codes:
    """Return the codes in the registers 0xF7 to 0xFE."""
    return Codes(
        int.from_bytes(content[0:3]) >> 4,
        int.from_bytes(content[3:6]) >> 4,
        int.from_bytes(content[6:8]),
    )


def computed_humidity_percent(
    code: int, t_fine: float, calibration: Sequence[float]
) -> float:
    """Return the relative humidity in %, not cut off at 100: data sheet of the BME280, section 8.1.

    ``t_fine`` and ``calibration`` (H1 to H6) are as the driver has them.
    """
    h1, h2, h3, h4, h5, h6 = calibration
    warmth = t_fine - 76800
    offset = h4 * 64 + h5 / 16384 * warmth
    slope = 1 + h3 / 67108864 * warmth
    linear = (code - offset) * h2 / 65536 * slope * (1 + h6 / 67108864 * warmth * slope)
    return linear * (1 - h1 * linear / 524288)


class BMP280:
    """Temperature and air pressure. ``address`` is ``0x76`` or ``0x77``."""

    chip = "BMP280"

    def __init__(
        self, name: str, surroundings: Surroundings, bus: int, address: str
    ) -> None:
        self.name = name
        self._bus = bus_of(surroundings, bus)
        self._address = int(address, 16)
        with self._bus.talking(self.chip, self._address):
            expect_chip(self._bus, self._address, self.chip)
            self._device = self._open()
            if _calibration(self._open()) != _calibration(self._device):
                raise SensorNotReadyError(
                    f"the calibration of the {self.chip} was read with errors: check the cable, and shorten it"
                )

    def read(self) -> Sequence[Reading]:
        """Return temperature and pressure, the pressure as it is at the station."""
        with self._bus.talking(self.chip, self._address):
            return self._read()

    def _open(self) -> Any:
        driver = adafruit("adafruit_bmp280")
        return driver.Adafruit_BMP280_I2C(self._bus, self._address)

    def _read(self) -> list[Reading]:
        """Return what was measured; all is computed with the temperature, so without it there is nothing."""
        temperature_c = within("temperature", self._device.temperature, -40, 85, "°C")
        if self._measured().temperature == SKIPPED_20_BIT:
            raise SensorNotReadyError(_not_measured("temperature"))
        readings = [
            Reading(self.name, "temperature", round(temperature_c, 2), "°C"),
        ]
        problems = []
        for measure in self._others():
            try:
                readings.append(measure())
            except SensorNotReadyError as error:
                problems.append(str(error))
        if problems:
            raise SensorNotReadyError("; ".join(problems), readings)
        return readings

    def _others(self) -> list[Callable[[], Reading]]:
        return [self._pressure]

    def _pressure(self) -> Reading:
        pressure_hpa = self._device.pressure
        measured = self._measured()
        if SKIPPED_20_BIT in (measured.pressure, measured.temperature):
            raise SensorNotReadyError(_not_measured("air pressure"))
        within("air pressure", pressure_hpa, 300, 1100, "hPa")
        return Reading(self.name, "pressure", round(pressure_hpa, 2), "hPa")

    def _measured(self) -> Codes:
        """Return the codes of the last measurement; that of the humidity means nothing in a BMP280."""
        return codes(self._bus.ask(self._address, bytes([REGISTER_DATA]), 8))


class BME280(BMP280):
    """Temperature, relative humidity and air pressure. ``address`` is ``0x76`` or ``0x77``."""

    chip = "BME280"

    def _open(self) -> Any:
        driver = adafruit("adafruit_bme280.basic")
        return driver.Adafruit_BME280_I2C(self._bus, self._address)

    def _others(self) -> list[Callable[[], Reading]]:
        return [self._humidity, self._pressure]

    def _humidity(self) -> Reading:
        humidity = self._device.relative_humidity
        code = self._measured()
        if code.temperature == SKIPPED_20_BIT or code.humidity == SKIPPED_16_BIT:
            raise SensorNotReadyError(_not_measured("humidity"))
        if humidity >= 100:  # where the driver cuts off, whether it was 101 or 400
            humidity = computed_humidity_percent(
                code.humidity, self._device._t_fine, self._device._humidity_calib
            )
        return Reading(self.name, "humidity", round(humidity_percent(humidity), 2), "%")


def expect_chip(bus: I2CBus, address: int, chip: str) -> None:
    """Raise `SensorNotFoundError` when another chip than ``chip`` answers, and say which."""
    (found,) = bus.ask(address, bytes([REGISTER_ID]), 1)
    name = CHIPS.get(found)
    if name == chip:
        return
    where = f"at {address:#04x} on {bus.name}"
    if name in DRIVERS:
        lacks = ", which measures no humidity," if name == "BMP280" else ""
        raise SensorNotFoundError(
            f'a {name}{lacks} answers {where}, not a {chip}: set "driver": "{DRIVERS[name]}"'
        )
    what = f"a {name}" if name else f"an unknown chip (its id is {found:#04x})"
    raise SensorNotFoundError(f"{what} answers {where}, not a {chip}")


def _calibration(device: Any) -> list[tuple[str, Any]]:
    """Return the calibration that a driver has read: no sum protects it, and an error in it would last."""
    return sorted(
        (name, value) for name, value in vars(device).items() if "calib" in name
    )


def _not_measured(what: str) -> str:
    return f"the chip did not measure the {what}, as after a drop of its supply: check cable and plugs"
