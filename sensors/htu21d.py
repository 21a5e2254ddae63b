"""HTU21D, SHT21 and Si7021: temperature and relative humidity, through the Adafruit driver.

The three speak the same language. The driver checks the CRC, but waits for ever for a chip that was unplugged while it
measured; the time limit of the bus ends that.
"""

from collections.abc import Sequence

from sensors.climate import climate
from sensors.i2c import bus_of
from sensors.libraries import adafruit
from sensors.reading import Reading
from sensors.surroundings import Surroundings

ADDRESS = 0x40
LIMIT_S = 1.0


class HTU21D:
    """A thermometer and hygrometer at 0x40."""

    def __init__(self, name: str, surroundings: Surroundings, bus: int) -> None:
        self.name = name
        self._bus = bus_of(surroundings, bus)
        with self._bus.talking("HTU21D", ADDRESS, LIMIT_S):
            self._device = adafruit("adafruit_htu21d").HTU21D(self._bus, ADDRESS)

    def read(self) -> Sequence[Reading]:
        """Return temperature and relative humidity."""
        with self._bus.talking("HTU21D", ADDRESS, LIMIT_S):
            temperature_c = self._device.temperature
            humidity = self._device.relative_humidity
        return climate(self.name, temperature_c, humidity, (-40, 125))
