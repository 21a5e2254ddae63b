"""Sensors of a simulated site: ordinary drivers that read the made-up weather instead of a chip."""

from collections.abc import Sequence

from sensors.derived import illuminance_lx
from sensors.reading import Reading, SensorSaturatedError
from sensors.skylight import observer, zenith_mag_arcsec2
from sensors.surroundings import Surroundings
from sensors.weather import Weather, weather

FULL_SCALE_LX = 350.0  # like a TSL2591 at its second highest gain


class SimulatedClimate:
    """A thermometer and hygrometer in the weather of the simulated sky."""

    def __init__(self, name: str, surroundings: Surroundings) -> None:
        self.name = name
        self._around = surroundings

    def read(self) -> Sequence[Reading]:
        """Return temperature and relative humidity."""
        now = _weather(self._around)
        return [
            Reading(self.name, "temperature", round(now.temperature_c, 2), "°C"),
            Reading(self.name, "humidity", round(now.humidity_percent, 1), "%"),
        ]


class SimulatedSkyMeter:
    """A light meter that looks at the zenith of the simulated sky through a narrow tube; too sensitive for the day."""

    def __init__(self, name: str, surroundings: Surroundings) -> None:
        self.name = name
        self._around = surroundings

    def read(self) -> Sequence[Reading]:
        """Return sky brightness and illuminance; raise SensorSaturatedError by day, when there is nothing to say."""
        around = self._around
        here = observer(around.latitude_deg, around.longitude_deg, around.now())
        brightness = zenith_mag_arcsec2(
            here, around.simulated.mag_arcsec2, _weather(around).cloud_cover
        )
        illuminance = illuminance_lx(brightness)
        if illuminance > FULL_SCALE_LX:
            raise SensorSaturatedError(
                f"more than {FULL_SCALE_LX:.0f} lx: too bright for this meter until dusk"
            )
        return [
            Reading(self.name, "sky_brightness", round(brightness, 3), "mag/arcsec²"),
            Reading(self.name, "illuminance", float(f"{illuminance:.4g}"), "lx"),
        ]


def _weather(around: Surroundings) -> Weather:
    sky = around.simulated
    return weather(sky.seed, around.latitude_deg, around.now(), sky.clouds)
