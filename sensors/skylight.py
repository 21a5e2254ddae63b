"""How bright the zenith is: sun, moon, airglow, towns and clouds, for the simulated sky meter.

One number for one moment, from the same published laws as the frames of the simulated camera; a model, nowhere near the
scatter of real skies. Brightness is in mag/arcsec², larger is darker; fluxes are in units of magnitude 0 per arcsec².
"""

import datetime as dt
import itertools
import math

import ephem

AIRGLOW_MAG_ARCSEC2 = 22.0
EXTINCTION_MAG = 0.2  # V band, per airmass
_NANOLAMBERT = 1 / (34.08 * math.exp(20.7233))  # Krisciunas & Schaefer 1991, eq. 27
_TOWN_ON_CLOUDS = 8.0  # Kyba et al. 2011, PLoS ONE 6, e17307: up to tenfold
_THROUGH_CLOUDS = 0.35
_RISEN_SINE = 0.03

# Altitude of the sun in degrees, cloudless zenith in mag/arcsec² by the sun alone. Between -5 and -10 degrees the V
# band fit of Patat, Ugolnikov & Postylyakov 2006 (A&A 455, 385); a blue day sky of about 5,000 cd/m² above.
_TWILIGHT = (
    (-24.0, 29.0),
    (-18.0, 24.3),
    (-16.0, 23.0),
    (-14.0, 21.5),
    (-12.0, 19.8),
    (-10.0, 18.0),
    (-8.0, 15.88),
    (-7.0, 14.65),
    (-6.0, 13.30),
    (-5.0, 11.84),
    (-4.0, 10.40),
    (-2.0, 7.90),
    (0.0, 6.00),
    (5.0, 4.90),
    (10.0, 4.45),
    (20.0, 4.00),
    (45.0, 3.50),
    (90.0, 3.20),
)


def observer(
    latitude_deg: float, longitude_deg: float, moment: dt.datetime
) -> ephem.Observer:
    """Return PyEphem's observer at an aware moment, without refraction."""
    here = ephem.Observer()
    here.lat, here.lon = math.radians(latitude_deg), math.radians(longitude_deg)
    here.pressure = 0
    here.date = ephem.Date(moment.astimezone(dt.UTC).replace(tzinfo=None))
    return here


def zenith_mag_arcsec2(
    here: ephem.Observer, moonless_mag_arcsec2: float, cloud_cover: float
) -> float:
    """Return the brightness of the zenith for an observer.

    Parameters
    ----------
    here
        Place and time, from `observer`.
    moonless_mag_arcsec2
        The cloudless, moonless zenith of the site at night; what is brighter than airglow is the light of towns.
    cloud_cover
        0-1: clouds dim the light from above and send back that of towns.
    """
    sun, moon = ephem.Sun(here), ephem.Moon(here)
    dark = _flux(moonless_mag_arcsec2)
    airglow = min(_flux(AIRGLOW_MAG_ARCSEC2), dark)
    above = airglow + twilight_flux(math.degrees(sun.alt))
    phase_angle_deg = 2 * math.degrees(math.acos(math.sqrt(moon.phase / 100)))
    above += moonlight_flux(phase_angle_deg, math.degrees(moon.alt))
    towns = dark - airglow
    seen = above * (1 - cloud_cover * (1 - _THROUGH_CLOUDS))
    seen += towns * (1 + cloud_cover * (_TOWN_ON_CLOUDS - 1))
    return -2.5 * math.log10(seen)


def twilight_flux(sun_altitude_deg: float) -> float:
    """Return the light of the sun at the cloudless zenith, by day and in twilight; 0 below -24 degrees."""
    for (low, dark), (high, bright) in itertools.pairwise(_TWILIGHT):
        if low <= sun_altitude_deg <= high:
            part = (sun_altitude_deg - low) / (high - low)
            return _flux(dark + part * (bright - dark))
    return 0.0


def moonlight_flux(phase_angle_deg: float, moon_altitude_deg: float) -> float:
    """Return the moonlight that clear air scatters at the zenith.

    Krisciunas & Schaefer 1991, PASP 103, 1033, equations 3, 15, 20 and 21: within about 25 %. The light fades in over
    the first degrees, as the model has nothing to say below the horizon, and the airmass of the paper (at most 5) is
    raised to 9 at the horizon, where the true one is larger still. ``phase_angle_deg`` is 0 at full moon.
    """
    up = math.sin(math.radians(moon_altitude_deg))
    risen = min(1.0, max(0.0, (up + _RISEN_SINE) / (2 * _RISEN_SINE)))
    away_deg = 90 - moon_altitude_deg
    illuminance = 10 ** (
        -0.4 * (3.84 + 0.026 * phase_angle_deg + 4e-9 * phase_angle_deg**4)
    )
    rayleigh = 10**5.36 * (1.06 + math.cos(math.radians(away_deg)) ** 2)
    scattering = rayleigh + 10 ** (6.15 - away_deg / 40)
    z_sine2 = 1 - max(up, 0.0) ** 2
    airmass = (1 + 0.8 * z_sine2**20) / math.sqrt(1 - 0.96 * z_sine2)
    arriving = illuminance * 10 ** (-0.4 * EXTINCTION_MAG * airmass)
    nanolamberts = scattering * arriving * (1 - 10 ** (-0.4 * EXTINCTION_MAG))
    return risen * nanolamberts * _NANOLAMBERT


def _flux(magnitude: float) -> float:
    return float(10 ** (-0.4 * magnitude))
