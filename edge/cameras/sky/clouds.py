"""Clouds: a plane of fractal noise that drifts with the wind, seen in perspective from below."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.fractal import fractal
from edge.cameras.sky.grid import Grid
from edge.cameras.sky.photometry import EXTINCTION_MAG, Map, airmass, flux

_TILE = 1024
_TILE_HEIGHTS = 30.0  # one tile of noise spans this many heights of the cloud base
_EARTH_RADIUS_HEIGHTS = 2500.0
_DRIFT_HEIGHTS_S = 0.0022  # 16 km/h at a base of 2,000 m, 80 km/h at 10,000 m
_LONGEST_BLUR_STEP_S = 12.0
_LARGE, _SMALL = 0.72, 0.28  # weights of the two patterns
_SMALL_ZOOM = 2.3
_SMALL_DRIFTS_FASTER = 1.17  # so that clouds change while they drift
_DEPTH = 17.0
_COARSEST = 1
_OVERCAST = 0.9
_SKYLIT = np.array([0.90, 1, 1.15], np.float32)  # the blue air lights a cloud, too
_ARCSEC2_PER_SR = (180 / np.pi * 3600) ** 2


class Clouds:
    """The clouds above a grid; the same seed and time give the same clouds."""

    def __init__(self, grid: Grid, seed: int) -> None:
        large = fractal((_TILE, _TILE), 1.9, seed, largest=0.2)
        small = fractal((_TILE, _TILE), 1.5, seed + 1, largest=0.2)
        self._levels = np.sort((_LARGE * large + _SMALL * small.T)[::8, ::8].ravel())
        sine = np.maximum(grid.up, 0.015)
        radius = _EARTH_RADIUS_HEIGHTS
        distance = np.sqrt((radius * sine) ** 2 + 2 * radius + 1) - radius * sine
        footprint = np.radians(1.6) * distance / sine  # of a node, in cloud heights
        scale = _TILE / _TILE_HEIGHTS
        self._large = _Pattern(large, grid, distance * scale, footprint * scale)
        scale *= _SMALL_ZOOM
        self._small = _Pattern(small, grid, distance * scale, footprint * scale)
        self._slant = 1 / np.maximum(grid.up, 0.3)
        self._piled = np.clip((12 - grid.altitude_deg) / 60, 0, 0.2).astype(np.float32)
        heading = np.random.default_rng([seed, 0xC]).uniform(0, 2 * np.pi)
        self._wind = np.array([np.sin(heading), np.cos(heading)])

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
        steps = min(3, 1 + int(exposure_s / _LONGEST_BLUR_STEP_S))
        through = np.zeros(self._slant.shape, np.float32)
        for step in range(steps):
            moment = start.timestamp() + exposure_s * (step + 0.5) / steps
            through += np.exp(-self._depth(moment, cover))
        through /= np.float32(steps)
        return through

    def _depth(self, moment: float, cover: float) -> Map:
        """Return the optical depth at a moment (seconds since 1970)."""
        drift = self._wind * (moment * _DRIFT_HEIGHTS_S * _TILE / _TILE_HEIGHTS)
        pattern = self._large.at(drift)
        pattern *= np.float32(_LARGE)
        small = self._small.at(drift * (_SMALL_ZOOM * _SMALL_DRIFTS_FASTER))
        small *= np.float32(_SMALL)
        pattern += small
        pattern += self._piled * np.float32(cover)
        open_levels = int((1 - cover) * self._levels.size)
        pattern -= self._levels[min(open_levels, self._levels.size - 1)]
        np.maximum(pattern, 0, out=pattern)
        depth = pattern * pattern
        depth *= np.float32(_DEPTH)
        depth += np.float32(max(0.0, cover - _OVERCAST) * 55)
        depth *= self._slant
        return depth


class _Pattern:
    """A tile of noise above each node of a grid, the coarser the more of it the node sees, so that nothing flickers."""

    def __init__(
        self,
        tile: NDArray[np.float32],
        grid: Grid,
        distance: NDArray[np.floating],
        footprint: NDArray[np.floating],
    ) -> None:
        """Prepare a tile; ``distance`` and ``footprint`` of the nodes are in pixels of the tile."""
        halved = [tile]
        while len(halved[-1]) > _COARSEST:
            halved.append(_halved(halved[-1]))
        exact = np.clip(np.log2(footprint), 0, len(halved) - 1.001)
        finer = exact.astype(np.intp)
        level = np.stack([finer, finer + 1])
        self._coarser = (exact - finer).astype(np.float32)
        begins = np.cumsum([0, *(one.size for one in halved[:-1])])
        self._values = np.concatenate([one.ravel() for one in halved])
        self._begin = begins[level]
        self._size = _TILE >> level
        self._part = (0.5**level).astype(np.float32)
        self._east = (grid.east * distance * self._part).astype(np.float32)
        self._north = (grid.north * distance * self._part).astype(np.float32)

    def at(self, drift: NDArray[np.float64]) -> Map:
        """Return the noise above each node after the tile has moved by ``drift`` pixels; interpolated, also in size."""
        moved_east, moved_north = np.fmod(drift, _TILE).astype(np.float32)
        east = self._east - self._part * moved_east
        north = self._north - self._part * moved_north
        column, row = np.floor(east), np.floor(north)
        east -= column
        north -= row
        columns, rows = column.astype(np.intp), row.astype(np.intp)
        last = self._size - 1
        left, right = columns & last, (columns + 1) & last
        here = self._begin + (rows & last) * self._size
        below = self._begin + ((rows + 1) & last) * self._size
        upper: Map = self._values[here + left]
        upper += (self._values[here + right] - upper) * east
        lower = self._values[below + left]
        lower += (self._values[below + right] - lower) * east
        lower -= upper
        lower *= north
        upper += lower
        upper[1] -= upper[0]
        upper[1] *= self._coarser
        upper[0] += upper[1]
        blended: Map = upper[0]
        return blended


def _halved(tile: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means of 2x2 pixels."""
    blocks = tile.reshape(tile.shape[0] // 2, 2, tile.shape[1] // 2, 2)
    means: NDArray[np.float32] = blocks.mean(axis=(1, 3))
    return means


def cloud_light(
    grid: Grid, direction: NDArray[np.float64], magnitude: float, clear: Map
) -> NDArray[np.float32]:
    """Return the flux per arcsec² of clouds lit from above by sun or moon, (3, n, m).

    The body's light on the cloud is sent on in all directions: half of it through thin cloud, a quarter through thick,
    and several times as much close to the body, as water drops scatter forward.
    """
    up = float(direction[2])
    path = float(airmass(np.array(up, np.float32)))
    dimmed = np.float32(10 ** (-0.4 * EXTINCTION_MAG[1])) * 10 ** (
        -0.4 * EXTINCTION_MAG * (path - 1)
    )
    falling = flux(magnitude) * up / (np.pi * _ARCSEC2_PER_SR)
    forward = 1 + 4 * np.exp(-grid.distance_deg(direction) / 9)
    passed = (0.25 + 0.27 * clear) * forward
    colour = (dimmed * _SKYLIT)[:, None, None]
    return np.asarray(falling * colour * passed, np.float32)
