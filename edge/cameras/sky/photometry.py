"""How bright the sky is: magnitudes, extinction, twilight at the zenith, moonlight, the distances light goes in air.

Fluxes are in units of a star of magnitude 0, per square second of arc where the light comes from a surface.
"""

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
"""One value for each node of a `edge.cameras.sky.grid.Grid`."""

EXTINCTION_MAG = np.array([0.13, 0.20, 0.33], np.float32)
"""Extinction in magnitudes per airmass for red, green and blue: a clear night at low altitude."""
S10 = 10 ** (-0.4 * (10 + 2.5 * np.log10(3600.0**2)))
"""One star of magnitude 10 per square degree, as a flux per square second of arc."""

_NANOLAMBERT = 1 / (34.08 * np.exp(20.7233))
_TWILIGHT = np.array(
    # altitude of the sun in degrees, brightness of the cloudless zenith in mag/arcsec², without the light of the night
    [
        (-24, 29.0),
        (-18, 24.3),
        (-16, 23.0),
        (-14, 21.5),
        (-12, 19.8),
        (-10, 18.0),
        (-8, 15.88),
        (-7, 14.65),
        (-6, 13.30),
        (-5, 11.84),
        (-4, 10.40),
        (-2, 7.90),
        (0, 6.00),
        (5, 4.90),
        (10, 4.45),
        (20, 4.00),
        (45, 3.50),
        (90, 3.20),
    ]
)


def flux(magnitude: float) -> float:
    """Return the flux of a magnitude (or of a surface brightness in mag/arcsec²)."""
    return float(10 ** (-0.4 * magnitude))


def airmass(up: Map) -> Map:
    """Return the airmass in directions whose sine of the altitude is ``up``; at most 9.

    X = (1 - 0.96 sin² z)^-0.5, Krisciunas & Schaefer 1991, PASP 103, 1033: made for light scattered in a curved
    atmosphere, and therefore tame at the horizon. The lowest ten degrees are raised toward that of
    starlight.
    """
    z_sine2 = 1 - np.clip(up, 0, 1) ** 2
    return np.asarray(
        (1 - 0.96 * z_sine2) ** -0.5 * (1 + 0.8 * z_sine2**20), np.float32
    )


def transmission(up: Map) -> NDArray[np.float32]:
    """Return which part of the light passes the clear air, for the three channels: shape (3, ...)."""
    magnitudes = EXTINCTION_MAG.reshape(3, *[1] * np.ndim(up)) * airmass(up)
    return np.asarray(10 ** (-0.4 * magnitudes), np.float32)


def zenith_twilight(sun_altitude_deg: float) -> float:
    """Return the flux per arcsec² at the zenith that the sun causes, by day and in twilight.

    Between -5 and -10 degrees the V band fit of Patat, Ugolnikov & Postylyakov 2006 (A&A 455, 385); above and below
    interpolated to a blue day sky of about 5,000 cd/m² and to nothing at -24 degrees.
    """
    if sun_altitude_deg <= _TWILIGHT[0, 0]:
        return 0.0
    return flux(float(np.interp(sun_altitude_deg, _TWILIGHT[:, 0], _TWILIGHT[:, 1])))


def moonlight(
    phase_angle_deg: float, moon_up: float, up: Map, distance_deg: Map
) -> Map:
    """Return the flux per arcsec² of moonlight that the clear air scatters.

    Parameters
    ----------
    phase_angle_deg
        0 for full moon, 180 for new moon.
    moon_up
        Sine of the altitude of the moon.
    up, distance_deg
        Sine of the altitude, and the angle from the moon, of each direction.

    Notes
    -----
    Krisciunas & Schaefer 1991, PASP 103, 1033, equations 15, 20 and 21: within about 25 %. While the moon rises
    the light fades in over its first degrees instead of jumping, as the model has nothing to say below the horizon.
    """
    risen = min(1.0, max(0.0, (moon_up + 0.03) / 0.06))
    if risen == 0:
        return np.zeros_like(up)
    alpha = abs(phase_angle_deg)
    illuminance = 10 ** (-0.4 * (3.84 + 0.026 * alpha + 4e-9 * alpha**4))
    rho = np.radians(distance_deg)
    scattering = 10**5.36 * (1.06 + np.cos(rho) ** 2) + 10 ** (6.15 - distance_deg / 40)
    k = float(EXTINCTION_MAG[1])
    moon_airmass = float(airmass(np.array(max(moon_up, 0.0), np.float32)))
    nanolamberts = (
        scattering
        * (illuminance * 10 ** (-0.4 * k * moon_airmass))
        * (1 - 10 ** (-0.4 * k * airmass(up)))
    )
    return np.asarray(nanolamberts * (risen * _NANOLAMBERT), np.float32)


def moon_magnitude(phase_angle_deg: float) -> float:
    """Return the magnitude of the whole moon above the air, the law of the same paper (equation 9)."""
    alpha = abs(phase_angle_deg)
    return -12.73 + 0.026 * alpha + 4e-9 * alpha**4
