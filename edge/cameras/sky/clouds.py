"""Clouds: a plane of fractal noise that drifts with the wind, seen in perspective from below."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.fractal import fractal
from edge.cameras.sky.grid import Grid
from edge.cameras.sky.photometry import EXTINCTION_MAG, Map, airmass, flux

_TILE = 1024
_TILE_HEIGHTS = 24.0  # one tile of noise spans this many heights of the cloud base
_EARTH_RADIUS_HEIGHTS = 2500.0
_DRIFT_HEIGHTS_S = (
    0.0022  # about 16 km/h at a base of 2,000 m, and the faster high clouds
)
_LONGEST_BLUR_STEP_S = 12.0
_FINE, _COARSE = 0.68, 0.32  # weights of the large and of the small pattern
_DEPTH = 9.0
_ARCSEC2_PER_SR = (180 / np.pi * 3600) ** 2


class Clouds:
    """The clouds above a grid; the same seed and time give the same clouds."""

    def __init__(self, grid: Grid, seed: int) -> None:
        large, small = (
            fractal((_TILE, _TILE), slope, seed + k)
            for k, slope in enumerate((1.55, 1.3))
        )
        self._large, self._small = large, small
        self._levels = np.sort(_mixed(large, small.T)[::7, ::7].ravel())
        self._far = np.clip((14 - grid.altitude_deg) / 12, 0, 1)
        sine = np.maximum(grid.up, 0.01)
        radius = _EARTH_RADIUS_HEIGHTS
        distance = np.sqrt((radius * sine) ** 2 + 2 * radius + 1) - radius * sine
        scale = np.float32(_TILE / _TILE_HEIGHTS)
        self._east, self._north = (
            grid.east * distance * scale,
            grid.north * distance * scale,
        )
        chance = np.random.default_rng([seed, 0xC])
        heading = chance.uniform(0, 2 * np.pi)
        self._drift_px_s = (
            _DRIFT_HEIGHTS_S
            * float(scale)
            * np.array([np.sin(heading), np.cos(heading)])
        )

    def seen(self, start: dt.datetime, exposure_s: float, cover: float) -> Map | None:
        """Return which part of the light comes through, 0-1, averaged over an exposure; None when there is no cloud.

        Parameters
        ----------
        start
            Beginning of the exposure, aware.
        exposure_s
            Its length: drifting clouds are blurred.
        cover
            Part of the sky that is clouded, 0-1.
        """
        if cover <= 0.005:
            return None
        steps = min(4, 1 + int(exposure_s / _LONGEST_BLUR_STEP_S))
        since = start.timestamp()
        moments = since + exposure_s * (np.arange(steps) + 0.5) / steps
        through = np.zeros_like(self._east)
        for moment in moments:
            through += np.exp(-self._depth(float(moment), cover))
        return np.asarray(through / np.float32(steps), np.float32)

    def _depth(self, moment: float, cover: float) -> Map:
        """Return the optical depth at a moment (seconds since 1970)."""
        pattern = _mixed(
            self._at(self._large, 1.0, moment), self._at(self._small.T, 1.9, moment)
        )
        threshold = self._levels[
            min(self._levels.size - 1, int((1 - cover) * self._levels.size))
        ]
        above = np.maximum(pattern - threshold, 0) * np.float32(_DEPTH)
        thick = above * (1 + above) + np.float32(max(0.0, cover - 0.9) * 14)
        veil = np.float32(0.35 * cover)
        return np.asarray(
            thick
            + self._far
            * (veil + np.float32(1.2 * cover) - 0.6 * np.minimum(thick, cover)),
            np.float32,
        )

    def _at(self, tile: NDArray[np.float32], zoom: float, moment: float) -> Map:
        """Return the noise of a tile where the wind has carried it; finer patterns drift a little faster and change."""
        east, north = np.fmod(
            self._drift_px_s * (moment * (1 + 0.13 * (zoom - 1))) * zoom, _TILE
        )
        columns = (self._east * np.float32(zoom) - np.float32(east)).astype(np.intp) & (
            _TILE - 1
        )
        rows = (self._north * np.float32(zoom) - np.float32(north)).astype(np.intp) & (
            _TILE - 1
        )
        return tile[rows, columns]


def _mixed(
    large: NDArray[np.float32], small: NDArray[np.float32]
) -> NDArray[np.float32]:
    return np.asarray(_FINE * large + _COARSE * small, np.float32)


def cloud_light(
    grid: Grid, direction: NDArray[np.float64], magnitude: float, clear: Map
) -> NDArray[np.float32]:
    """Return the flux per arcsec² of clouds lit from above by sun or moon, (3, n, m).

    The body's light on the cloud is sent on in all directions: nearly half of it through thin cloud, a tenth through
    thick, and several times as much close to the body, as water drops scatter forward.
    """
    up = float(direction[2])
    dimmed = 10 ** (-0.4 * EXTINCTION_MAG * float(airmass(np.array(up, np.float32))))
    falling = flux(magnitude) * up / (np.pi * _ARCSEC2_PER_SR)
    distance_deg = np.degrees(np.arccos(np.clip(grid.cosine_from(direction), -1, 1)))
    forward = 1 + 5 * np.exp(-distance_deg / 9)
    passed = (0.10 + 0.36 * clear) * forward
    return np.asarray(falling * dimmed[:, None, None] * passed, np.float32)
