"""Sensirion SHT40, SHT41, SHT45: temperature and humidity, through the Adafruit driver, which checks the CRC."""

from collections.abc import Sequence

from sensors.climate import climate
from sensors.i2c import bus_of
from sensors.libraries import adafruit
from sensors.reading import Reading
from sensors.surroundings import Surroundings

LIMITS_C = (-40.0, 125.0)


class SHT4x:
    """A thermometer and hygrometer. ``address`` is ``0x44``, ``0x45`` or ``0x46``."""

    def __init__(
        self, name: str, surroundings: Surroundings, bus: int, address: str
    ) -> None:
        self.name = name
        self._address = int(address, 16)
        self._bus = bus_of(surroundings, bus)
        with self._bus.talking("SHT4x", self._address):
            driver = adafruit("adafruit_sht4x")
            self._device = driver.SHT4x(self._bus, self._address)

    def read(self) -> Sequence[Reading]:
        """Return temperature and relative humidity of one measurement at high precision, without the heater."""
        with self._bus.talking("SHT4x", self._address):
            temperature_c, humidity = self._device.measurements
            if humidity >= 100:  # where the driver cuts off, whether it was 101 or 119
                code = int.from_bytes(self._device._buffer[3:5])
                humidity = -6 + 125 * code / 65535
        return climate(self.name, temperature_c, humidity, LIMITS_C)
