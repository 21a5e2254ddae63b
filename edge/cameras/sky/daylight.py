"""The light of the sun in the air: the blue day, the twilight arch, the shadow of the Earth."""

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.grid import Grid
from edge.cameras.sky.heavens import Heavens
from edge.cameras.sky.photometry import Map, zenith_twilight

_ALWAYS_DARK_DEG = -20.0
# Colours in red, green, blue; green is 1, as the brightness is that of the V band.
_BLUE_HOUR = np.array([0.60, 1, 1.85], np.float32)
_DAY = np.array([0.58, 1, 1.68], np.float32)
_ARCH = np.array([1.95, 1, 0.32], np.float32)
_BELT = np.array([1.12, 1, 1.30], np.float32)
_SUN_GLARE = np.array([1.04, 1, 0.92], np.float32)


def daylight(grid: Grid, heavens: Heavens) -> NDArray[np.float32] | None:
    """Return the sunlit air's flux per arcsec², (3, n, m), or None when the sun is too deep to matter.

    The zenith is that of `photometry.zenith_twilight`. By day the distribution is the CIE standard clear sky (CIE S
    011, type 12); in twilight the same law seen from a sun below the horizon, darkened by the Earth's shadow opposite
    the sun. Colours are chosen by eye after photographs.
    """
    altitude_deg = heavens.sun_altitude_deg
    if altitude_deg < _ALWAYS_DARK_DEG:
        return None
    cosine = np.clip(grid.cosine_from(heavens.sun), -1, 1)
    distance = np.arccos(cosine)
    gradation = 1 - np.exp(-0.32 / np.maximum(grid.up, 0.04))
    to_sun = np.arccos(np.clip(heavens.sun[2], -1, 1))
    at_zenith = _indicatrix(to_sun, heavens.sun[2]) * (1 - np.exp(-0.32))
    brightness = gradation * _indicatrix(distance, cosine) / at_zenith
    toward, low = (
        _toward_sun(grid, heavens),
        np.exp(-np.maximum(grid.altitude_deg, 0) / 11),
    )
    depth_deg = max(0.0, -altitude_deg)
    shadow = 0.9 * min(1.0, depth_deg / 7) * (1 - toward) * (1 - grid.up**2)
    brightness *= 10 ** (-0.4 * 1.7 * shadow)
    scaled = np.asarray(brightness * zenith_twilight(altitude_deg), np.float32)
    return scaled * _colour(grid, distance, toward, low, altitude_deg)


def _indicatrix(distance: Map | float, cosine: Map | float) -> Map:
    """Return the brightness at a distance (radians) from the sun, before gradation toward the horizon."""
    return np.asarray(0.91 + 10 * np.exp(-3.0 * distance) + 0.45 * cosine**2)


def _toward_sun(grid: Grid, heavens: Heavens) -> Map:
    """Return 1 in the azimuth of the sun, 0 opposite."""
    flat = max(float(np.hypot(heavens.sun[0], heavens.sun[1])), 1e-6)
    along = grid.east * np.float32(heavens.sun[0] / flat) + grid.north * np.float32(
        heavens.sun[1] / flat
    )
    horizontal = np.sqrt(np.maximum(1 - grid.up**2, 1e-6))
    return np.asarray(0.5 + 0.5 * along / horizontal, np.float32)


def _colour(
    grid: Grid, distance: Map, toward: Map, low: Map, altitude_deg: float
) -> NDArray[np.float32]:
    """Return red, green and blue of each node, (3, n, m)."""
    day = np.float32(np.clip((altitude_deg + 3) / 8, 0, 1))
    base = (_BLUE_HOUR + (_DAY - _BLUE_HOUR) * day)[:, None, None]
    arch = np.float32(np.clip((12 - altitude_deg) / 12, 0, 1)) * low * toward**2
    belt_height_deg = np.clip(3 - 2.2 * altitude_deg, 2, 22)
    belt = (
        np.float32(np.clip(1 - abs(altitude_deg + 3) / 5, 0, 1))
        * (1 - toward) ** 2
        * np.exp(-(((grid.altitude_deg - belt_height_deg) / 8) ** 2))
    )
    glare = day * np.exp(-distance * 9)
    haze = day * 0.55 * low
    colour = base + (1 - base) * haze
    colour += (_ARCH[:, None, None] - colour) * np.minimum(arch, 1)
    colour += (_BELT[:, None, None] - colour) * (0.5 * belt)
    colour += (_SUN_GLARE[:, None, None] - colour) * glare
    return np.asarray(colour, np.float32)
