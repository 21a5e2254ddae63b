"""ROHM BH1750, a light meter for day and dusk, through the Adafruit driver.

Every reading asks for a measurement anew: after a drop of its supply the chip would say 0 for ever.
"""

from collections.abc import Sequence

from sensors.i2c import bus_of
from sensors.libraries import adafruit
from sensors.reading import Reading, SensorSaturatedError
from sensors.surroundings import Surroundings

FULL = 65535
COUNTS_PER_LUX = 1.2


class BH1750:
    """Illuminance from 0.4 to 54,600 lx. ``address`` is ``0x23`` or ``0x5c``."""

    def __init__(
        self, name: str, surroundings: Surroundings, bus: int, address: str
    ) -> None:
        self.name = name
        self._address = int(address, 16)
        self._bus = bus_of(surroundings, bus)
        with self._bus.talking("BH1750", self._address):
            self._driver = adafruit("adafruit_bh1750")
            self._device = self._driver.BH1750(self._bus, self._address)

    def read(self) -> Sequence[Reading]:
        """Return the illuminance; raise SensorSaturatedError in darkness and in full sunlight."""
        resolutions = self._driver.Resolution
        with self._bus.talking("BH1750", self._address):
            for resolution, counts_per_step in (
                (resolutions.HIGH, 2),
                (resolutions.MID, 1),
            ):
                self._device.resolution = resolution  # also starts a measurement
                illuminance_lx = self._device.lux
                if round(illuminance_lx * COUNTS_PER_LUX * counts_per_step) < FULL:
                    break
            else:
                raise SensorSaturatedError("brighter than the BH1750 can tell")
        if illuminance_lx <= 0:
            raise SensorSaturatedError("darker than the BH1750 can tell")
        return [Reading(self.name, "illuminance", round(illuminance_lx, 1), "lx")]
