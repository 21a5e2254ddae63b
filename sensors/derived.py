"""What follows from readings: pure functions, each with its source."""

import math
from collections.abc import Sequence

from sensors.reading import Reading

# Magnus formula over water: WMO-No. 8 (2018), part I, annex 4.B; Sonntag 1990.
_MAGNUS_A = 17.62
_MAGNUS_B_C = 243.12
# Under a uniform sky a bare cosine sensor gets E = pi * L, with L [cd/m²] = 108,000 * 10^(-0.4 m) (Unihedron).
_ONE_LUX_MAG_ARCSEC2 = 2.5 * math.log10(108_000 * math.pi)


def dew_point_c(temperature_c: float, humidity_percent: float) -> float | None:
    """Return the dew point over water in °C; None for air without any moisture, which has none.

    Within 1 % of the exact vapour pressure for dew points from -45 to 60 °C.
    """
    if humidity_percent <= 0:
        return None
    gamma = _MAGNUS_A * temperature_c / (_MAGNUS_B_C + temperature_c)
    gamma += math.log(humidity_percent / 100)
    return _MAGNUS_B_C * gamma / (_MAGNUS_A - gamma)


def sky_brightness_mag_arcsec2(illuminance_lx: float) -> float | None:
    """Return the sky brightness that a bare cosine sensor sees under a uniform sky; None in perfect darkness.

    m = 13.83 - 2.5 log10(lux), without the offset of the site that a calibration against a meter gives.
    """
    if illuminance_lx <= 0:
        return None
    return _ONE_LUX_MAG_ARCSEC2 - 2.5 * math.log10(illuminance_lx)


def illuminance_lx(sky_mag_arcsec2: float) -> float:
    """Return the illuminance under a uniform sky: the inverse of `sky_brightness_mag_arcsec2`."""
    return float(10 ** (0.4 * (_ONE_LUX_MAG_ARCSEC2 - sky_mag_arcsec2)))


def derived(readings: Sequence[Reading]) -> list[Reading]:
    """Return what follows from the readings of one sensor, under its name: dew point and dew spread, or nothing.

    The dew spread is how far the air is above its dew point; a glass colder by more than that gets wet.
    """
    measured = {reading.quantity: reading for reading in readings}
    temperature, humidity = measured.get("temperature"), measured.get("humidity")
    if temperature is None or humidity is None or "dew_point" in measured:
        return []
    dew_c = dew_point_c(temperature.value, humidity.value)
    if dew_c is None:
        return []
    return [
        Reading(temperature.sensor, "dew_point", dew_c, "°C"),
        Reading(temperature.sensor, "dew_spread", temperature.value - dew_c, "K"),
    ]
