"""The glow of the Milky Way: a band along the galactic equator, brightest to the centre, parted by a lane of dust."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.fractal import fractal
from edge.cameras.sky.grid import Grid
from edge.cameras.sky.photometry import S10

TO_GALACTIC = np.array(
    [
        [-0.0548755604, -0.8734370902, -0.4838350155],
        [0.4941094279, -0.4448296300, 0.7469822445],
        [-0.8676661490, -0.1980763734, 0.4559837762],
    ]
)
"""From equatorial J2000 to galactic (ESA 1997, The Hipparcos and Tycho Catalogues, vol. 1, 1.5.11)."""

_PER_DEG = 2
_LATITUDE_DEG = 40.0
_CORE = np.array([1.12, 1, 0.82], np.float32)
_ARMS = np.array([0.94, 1, 1.06], np.float32)
# galactic longitude, width in degrees, S10: the star clouds that the eye picks out
_STAR_CLOUDS = (
    (76, 15, 210),  # Cygnus
    (27, 5, 230),  # Scutum
    (5, 8, 260),  # Sagittarius
    (287, 12, 230),  # Carina
    (315, 14, 150),  # Centaurus
    (120, 18, 50),  # Cassiopeia
    (260, 20, 60),  # Vela
)


def milky_way(grid: Grid, stars_to_horizon: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the flux per arcsec² of the band where it now is, dimmed by the air, (3, n, m)."""
    to_galactic = (TO_GALACTIC @ stars_to_horizon.T).astype(np.float32)
    x, y, z = (
        row[0] * grid.east + row[1] * grid.north + row[2] * grid.up
        for row in to_galactic
    )
    painted = _painted()
    row = (
        np.arcsin(np.clip(z, -1, 1)) * np.float32(np.degrees(1) * _PER_DEG)
        + _LATITUDE_DEG * _PER_DEG
    )
    column = np.arctan2(y, x) * np.float32(np.degrees(1) * _PER_DEG)
    rows = np.clip(row, 0, painted.shape[1] - 1).astype(np.intp)
    columns = column.astype(np.intp) % painted.shape[2]
    return np.asarray(painted[:, rows, columns] * grid.transmission, np.float32)


@cache
def _painted() -> NDArray[np.float32]:
    """Return the band in galactic coordinates, longitude from 0 to the right, latitude from -40 up: (3, 161, 720)."""
    longitude = np.arange(360 * _PER_DEG) / _PER_DEG
    latitude = (np.arange(2 * _LATITUDE_DEG * _PER_DEG + 1) / _PER_DEG - _LATITUDE_DEG)[
        :, None
    ]
    clumps = fractal((512, 1024), 1.35, 1976)[: latitude.size, : longitude.size]
    clumps = _seamless(clumps)
    from_centre = (longitude + 180) % 360 - 180
    disc = 125 + 190 * np.exp(-((from_centre / 55) ** 2))
    for centre, width, s10 in _STAR_CLOUDS:
        away = (longitude - centre + 180) % 360 - 180
        disc = disc + s10 * np.exp(-((away / width) ** 2))
    height = 6.5 + 5 * np.exp(-((from_centre / 30) ** 2))
    band = disc * np.exp(-((np.abs(latitude + 0.5) / height) ** 1.25))
    bulge = 420 * np.exp(-((from_centre / 11) ** 2) - ((latitude + 2.5) / 6.5) ** 2)
    dust = np.exp(-_dust(from_centre, latitude, clumps))
    fade = np.clip((_LATITUDE_DEG - np.abs(latitude)) / 12, 0, 1)
    light = (band + bulge) * dust * (0.55 + 0.9 * clumps) * fade
    core = np.exp(-((from_centre / 40) ** 2)) * np.ones_like(latitude)
    colour = _ARMS[:, None, None] + (_CORE - _ARMS)[:, None, None] * core
    return np.asarray(S10 * light * colour, np.float32)


def _dust(
    from_centre: NDArray[np.float64],
    latitude: NDArray[np.float64],
    clumps: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return the optical depth of the dust: the Great Rift from Cygnus to Centaurus, and thin clouds along the band."""
    ridge = (
        0.4
        + 3.2 * np.exp(-(((from_centre - 18) / 22) ** 2))
        - 1.4 * np.exp(-(((from_centre + 30) / 22) ** 2))
    )
    ridge = ridge + 5 * (clumps.mean(axis=0) - 0.5)
    rift = np.exp(-(((from_centre - 10) / 58) ** 4))
    lane = (
        2.4
        * rift
        * np.exp(-(((latitude - ridge) / 2.6) ** 2))
        * (0.35 + 1.3 * (1 - clumps))
    )
    wisps = 1.1 * np.clip(0.55 - clumps, 0, 1) * np.exp(-((latitude / 7) ** 2)) * 2
    return np.asarray(lane + wisps)


def _seamless(clumps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return noise whose right edge runs into its left edge, blended over 60 columns."""
    blend = np.linspace(0, 1, 60, dtype=np.float32)
    joined = clumps.copy()
    joined[:, -60:] = clumps[:, -60:] * (1 - blend) + clumps[:, 59::-1] * blend
    return joined
