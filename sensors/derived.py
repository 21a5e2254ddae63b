"""What follows from readings: pure functions, each with its source."""

import math
from collections.abc import Iterator, Mapping, Sequence

from sensors.reading import Reading

# Magnus formula over water: WMO-No. 8 (2018), part I, annex 4.B; Sonntag 1990.
_MAGNUS_A = 17.62
_MAGNUS_B_C = 243.12
_MAGNUS_HPA = 6.112
_MAGNUS_ICE_A, _MAGNUS_ICE_B_C = 22.46, 272.62
_VAPOUR_J_KG_K = 461.5  # gas constant of water vapour
_AIR_J_KG_K, _GRAVITY_M_S2 = 287.05, 9.80665
_LAPSE_K_M = 0.0065  # ICAO standard atmosphere: 288.15 K at sea level
_KELVIN = 273.15
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


def vapour_pressure_hpa(temperature_c: float, humidity_percent: float) -> float:
    """Return the pressure of the water vapour in air, in hPa, from the humidity over water."""
    exponent = _MAGNUS_A * temperature_c / (_MAGNUS_B_C + temperature_c)
    return humidity_percent / 100 * _MAGNUS_HPA * math.exp(exponent)


def frost_point_c(temperature_c: float, humidity_percent: float) -> float | None:
    """Return the temperature in °C at which frost begins to grow; None where dew comes first, above 0 °C.

    It is up to 10 % closer to 0 °C than the dew point of the same air, which is that over supercooled water.
    """
    vapour_hpa = vapour_pressure_hpa(temperature_c, humidity_percent)
    if vapour_hpa <= 0 or vapour_hpa > _MAGNUS_HPA:
        return None
    gamma = math.log(vapour_hpa / _MAGNUS_HPA)
    return _MAGNUS_ICE_B_C * gamma / (_MAGNUS_ICE_A - gamma)


def absolute_humidity_g_m3(temperature_c: float, humidity_percent: float) -> float:
    """Return the mass of water in a cubic metre of air, in g: the ideal gas law of water vapour.

    Within 0.6 % of published tables from 0 to 30 °C.
    """
    vapour_pa = 100 * vapour_pressure_hpa(temperature_c, humidity_percent)
    return 1000 * vapour_pa / (_VAPOUR_J_KG_K * (temperature_c + _KELVIN))


def qnh_hpa(pressure_hpa: float, elevation_m: float) -> float:
    """Return the pressure at sea level of a standard atmosphere with this pressure at the station (ICAO)."""
    return float(pressure_hpa / (1 - _LAPSE_K_M * elevation_m / 288.15) ** 5.25588)


def qff_hpa(
    pressure_hpa: float,
    elevation_m: float,
    temperature_c: float,
    humidity_percent: float,
) -> float:
    """Return the pressure at sea level under air of this temperature and humidity: that of weather maps (DWD)."""
    moist_k = 0.12 * vapour_pressure_hpa(temperature_c, humidity_percent)
    mean_k = temperature_c + _KELVIN + moist_k + _LAPSE_K_M * elevation_m / 2
    return pressure_hpa * math.exp(_GRAVITY_M_S2 / _AIR_J_KG_K * elevation_m / mean_k)


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


def derived(readings: Sequence[Reading], elevation_m: float = 0.0) -> list[Reading]:
    """Return what follows from the readings of one sensor, under its name; what it lacks a quantity for is absent.

    Dew point, dew spread, frost point and absolute humidity need temperature and humidity, QNH the pressure, QFF all
    three. The dew spread is how far the air is above its dew point; a glass colder by more than that gets wet. At
    elevation 0, where none is set or nothing is to be reduced, the pressures at sea level are absent.
    """
    if not readings:
        return []
    found = {reading.quantity: reading.value for reading in readings}
    return [
        Reading(readings[0].sensor, quantity, value, unit)
        for quantity, value, unit in (*_of_air(found), *_at_sea(found, elevation_m))
        if quantity not in found
    ]


def _of_air(found: Mapping[str, float]) -> Iterator[tuple[str, float, str]]:
    """Yield quantity, value and unit of what follows from temperature and humidity."""
    temperature_c, humidity = found.get("temperature"), found.get("humidity")
    if temperature_c is None or humidity is None:
        return
    dew_c = found.get("dew_point", dew_point_c(temperature_c, humidity))
    if dew_c is None:
        return
    yield "dew_point", dew_c, "°C"
    yield "dew_spread", temperature_c - dew_c, "K"
    frost_c = frost_point_c(temperature_c, humidity)
    if frost_c is not None:
        yield "frost_point", frost_c, "°C"
    yield "absolute_humidity", absolute_humidity_g_m3(temperature_c, humidity), "g/m³"


def _at_sea(
    found: Mapping[str, float], elevation_m: float
) -> Iterator[tuple[str, float, str]]:
    """Yield quantity, value and unit of the pressures at sea level."""
    pressure_hpa = found.get("pressure")
    if pressure_hpa is None or elevation_m == 0:
        return
    yield "qnh", qnh_hpa(pressure_hpa, elevation_m), "hPa"
    temperature_c, humidity = found.get("temperature"), found.get("humidity")
    if temperature_c is not None and humidity is not None:
        qff = qff_hpa(pressure_hpa, elevation_m, temperature_c, humidity)
        yield "qff", qff, "hPa"
