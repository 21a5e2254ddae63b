"""Sensirion SHT30, SHT31, SHT35: temperature and humidity, through the Adafruit driver, which checks the CRC."""

from collections.abc import Sequence

from sensors.climate import climate
from sensors.i2c import bus_of
from sensors.libraries import adafruit
from sensors.reading import Reading
from sensors.surroundings import Surroundings

LIMITS_C = (-40.0, 125.0)


class SHT3x:
    """A thermometer and hygrometer. ``address`` is ``0x44`` or ``0x45``."""

    def __init__(
        self, name: str, surroundings: Surroundings, bus: int, address: str
    ) -> None:
        self.name = name
        self._address = int(address, 16)
        self._bus = bus_of(surroundings, bus)
        with self._bus.talking("SHT3x", self._address):
            driver = adafruit("adafruit_sht31d")
            self._device = driver.SHT31D(self._bus, self._address)
            self._device.heater = False

    def read(self) -> Sequence[Reading]:
        """Return temperature and relative humidity."""
        with self._bus.talking("SHT3x", self._address):
            temperature_c = self._device.temperature
            humidity = self._device.relative_humidity
        return climate(self.name, temperature_c, humidity, LIMITS_C)
