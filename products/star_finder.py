"""Points of light in a frame: what stands above the background around it, and is highest within three pixels.

Over every pixel only in whole numbers, strip by strip: a mesh of the background and its noise, and the smoothed frame
against it. Which of the points are stars is decided in `products.star_shapes`.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from products.sky_plane import Floats, Places, Plane
from products.star_list import StarList
from products.star_shapes import PATCH_PX, stars_among

THRESHOLD_SIGMAS = 5.5
"""How many times the noise of the smoothed frame a star stands above its background."""
MOST_POINTS = 10_000
"""Of more points than this only the strongest are looked at: no sky shows so many, but wet glass or trees may."""
SMALLEST_SIDE = 64
"""A frame needs at least this many pixels on each side for a background."""

CELL = 48
"""Pixels of the plane on each side of a cell of the mesh."""

_SAMPLE_STEP = 3  # pixels
_BESIDE = 2  # steps from a sample to those beside it that tell the noise
_LEAST_SIGMA = 0.5  # levels
_SHADOW, _SHADOW_SIGMA = 3.0, 2.0  # levels
_QUANTILE, _QUANTILE_SIGMAS = 0.9, 1.645  # of the size of normal noise
_REACH = 3  # pixels: nearer than this to a higher point none is seen
_MARGIN = PATCH_PX + 1
_PORTION = 1000  # points whose surroundings are in memory at once, 10 MB


@dataclass(frozen=True, slots=True)
class Mesh:
    """Background and noise of the smoothed plane in cells of 48 pixels, both (rows, columns) float32, in its sums."""

    background: Floats
    sigma: Floats


def measure_mesh(plane: Plane) -> Mesh:
    """Return background and noise of a plane of at least `SMALLEST_SIDE` pixels, from every ninth smoothed pixel.

    The background is the median of a cell. The noise comes from how much a point differs from the mean of those six
    pixels to both sides: so near that moonlight is a plane and none of it, so far that noise which a camera or a JPEG
    has smeared over several pixels is whole. A few stars change neither. The noise is at least half a level, in shadows
    two: there it is cut off at black, and what is left of it says little.
    """
    height, width = ((side - 2) // CELL for side in plane.values.shape)
    rows = [_measure_row(plane, row * CELL, width) for row in range(height)]
    background, sigma = (np.stack(part) for part in zip(*rows, strict=True))
    shadow = background < plane.sum_of(_SHADOW)
    least = np.where(shadow, plane.sum_of(_SHADOW_SIGMA), plane.sum_of(_LEAST_SIGMA))
    return Mesh(background, np.maximum(sigma, least))


def _measure_row(plane: Plane, top: int, width: int) -> tuple[Floats, Floats]:
    """Return background and noise of a row of ``width`` cells that begins at line ``top`` of the plane."""
    samples = CELL // _SAMPLE_STEP
    smoothed = _sampled(plane, top, samples, width * samples)
    cells = smoothed.reshape(samples, width, samples).swapaxes(0, 1)
    beside = cells[..., : -2 * _BESIDE].astype(np.float32) + cells[..., 2 * _BESIDE :]
    apart = np.abs(2 * cells[..., _BESIDE:-_BESIDE] - beside)
    sigma = _quantile(apart, _QUANTILE) / np.float32(_QUANTILE_SIGMAS * math.sqrt(6))
    return _quantile(cells, 0.5), sigma


def _quantile(cells: NDArray[Any], part: float) -> Floats:
    """Return a quantile of each cell (cells, ...)."""
    flat = np.sort(cells.reshape(len(cells), -1), axis=-1)
    return np.asarray(flat[..., round(part * (flat.shape[-1] - 1))], np.float32)


def find_stars(
    plane: Plane,
    mesh: Mesh,
    threshold_sigmas: float = THRESHOLD_SIGMAS,
    least: Floats | None = None,
) -> StarList:
    """Return the stars of a plane with its mesh, brightest first.

    Parameters
    ----------
    plane, mesh
        The frame, and its background and noise.
    threshold_sigmas
        How far above the noise a star stands.
    least
        For each cell of the mesh the light below which it does not show the sky (`products.obstacles`).
    """
    limits = _Limits(mesh, threshold_sigmas, plane.values.shape[1])
    bottom = len(plane.values) - _MARGIN
    strips = [
        _highest_points(plane, limits, top, min(top + CELL, bottom))
        for top in range(_MARGIN, bottom, CELL)
    ]
    rows, columns, above = (np.concatenate(part) for part in zip(*strips, strict=True))
    inside = plane.is_inside(rows, columns)
    rows, columns, above = rows[inside], columns[inside], above[inside]
    strongest = np.argsort(-above, kind="stable")[:MOST_POINTS]
    rows, columns = rows[strongest], columns[strongest]
    known: Floats | None = None
    if least is not None:
        last_row, last_column = (side - 1 for side in least.shape)
        known = least[
            np.minimum(rows // CELL, last_row), np.minimum(columns // CELL, last_column)
        ]
    portions = [
        stars_among(
            plane,
            rows[first : first + _PORTION],
            columns[first : first + _PORTION],
            None if known is None else known[first : first + _PORTION],
        )
        for first in range(0, len(rows), _PORTION)
    ]
    return StarList.joined(portions)


class _Limits:
    """The level that a point of the smoothed frame must exceed, between the middles of the cells interpolated."""

    def __init__(self, mesh: Mesh, sigmas: float, width: int) -> None:
        limits = mesh.background + np.float32(sigmas) * mesh.sigma
        middles = 1 + CELL * (np.arange(limits.shape[1]) + 0.5)
        columns = np.arange(_MARGIN, width - _MARGIN)
        lines = [np.interp(columns, middles, line) for line in limits]
        self._lines = np.array([*lines, lines[-1]], np.float32)

    def of_rows(self, top: int, bottom: int) -> Floats:
        """Return the levels of these rows, without the margin at both sides."""
        cell = (np.arange(top, bottom) - 1) / CELL - 0.5
        cell = np.clip(cell, 0, len(self._lines) - 2)
        first = cell.astype(np.intp)
        part = (cell - first).astype(np.float32)[:, None]
        steps = self._lines[first + 1] - self._lines[first]
        steps *= part
        steps += self._lines[first]
        return steps


def _highest_points(
    plane: Plane, limits: _Limits, top: int, bottom: int
) -> tuple[Places, Places, Floats]:
    """Return rows, columns and height above the limit of the highest points in these rows of a plane."""
    around = _REACH + 1
    strip = plane.values[top - around : bottom + around].astype(plane.sum_type)
    smoothed = _smoothed(strip, plane.weights[1])
    middle = smoothed[_REACH:-_REACH, _MARGIN - 1 : 1 - _MARGIN]
    above = middle - limits.of_rows(top, bottom)
    rows, columns = np.nonzero(above > 0)
    highest = _are_highest(smoothed, rows + _REACH, columns + _MARGIN - 1)
    rows, columns = rows[highest], columns[highest]
    return rows + top, columns + _MARGIN, above[rows, columns]


def _are_highest(
    smoothed: NDArray[Any], rows: Places, columns: Places
) -> NDArray[np.bool_]:
    """Return which points nothing within three pixels exceeds; of equal ones the first."""
    own = smoothed[rows, columns]
    highest = np.ones(rows.shape, np.bool_)
    for down in range(-_REACH, _REACH + 1):
        for across in range(-_REACH, _REACH + 1):
            other = smoothed[rows + down, columns + across]
            if (down, across) < (0, 0):
                highest &= own > other
            else:
                highest &= own >= other
    return highest


def _smoothed(values: NDArray[Any], weight: int) -> NDArray[Any]:
    """Return sums weighted 1, ``weight``, 1 in both directions; a pixel is lost on each side."""
    middle = values.dtype.type(weight)
    down = values[1:-1] * middle
    down += values[:-2]
    down += values[2:]
    both = down[:, 1:-1] * middle
    both += down[:, :-2]
    both += down[:, 2:]
    return np.asarray(both)


def _sampled(plane: Plane, top: int, height: int, width: int) -> NDArray[Any]:
    """Return every third row and column of the smoothed plane from line ``top`` on, ``height`` x ``width`` of them."""
    smoothed = np.zeros((height, width), plane.sum_type)
    for down, weight_down in enumerate(plane.weights):
        for across, weight_across in enumerate(plane.weights):
            taps = plane.values[top + down :: _SAMPLE_STEP, across::_SAMPLE_STEP]
            taps = taps[:height, :width].astype(plane.sum_type)
            taps *= plane.sum_type.type(weight_down * weight_across)
            smoothed += taps
    return smoothed
