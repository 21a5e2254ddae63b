"""What is new in a night frame: a small map of its light above the surroundings, and the points that another lacks.

A frame is reduced by a whole number, each pixel the exact mean of those it stands for. A thin line keeps its distance
from the noise that way: both fall with the first power of the divisor. The brightest pixel instead of the mean would
cost it a third of that distance. Levels are lumas of 0-255 as stored (gamma-encoded).
"""

import math

import numpy as np
from numpy.typing import NDArray

from products.scaling import Rgb

Map = NDArray[np.float32]
"""One number for each reduced pixel, (h, w)."""
Points = NDArray[np.float64]
"""Places on a map, (N, 2): x to the right and y down, from the centre of the first reduced pixel."""

LONGEST_SIDE_PX = 1100
"""Frames are divided by the smallest number that brings their longer side below this."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as in JPEG
_SURROUNDINGS_PX = 15  # side of the square that a pixel is compared with
_STAR_SIGMAS = 2.0  # what stands out by more is a star
_SAMPLE_STEP = 3  # pixels
_STRIP_PX = 64  # of the map that are summed up at once
_NOISE_BLOCK_PX = 16
_NOISE_FLOOR = 0.15  # levels; an even black is not free of noise, only of levels
_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_OWN_SIGMAS = 3.5  # how far a new point stands above its surroundings
_OWN_FACTOR = 1.6  # and how much it exceeds anything beside it in the other frame
_MOST_POINTS = 2000  # of a torn sky only so many are looked at, the clearest ones


def divisor(rgb: Rgb) -> int:
    """Return by which whole number a frame, (H, W, 3), is reduced."""
    longest = max(int(side) for side in rgb.shape[:2])
    return math.ceil(longest / LONGEST_SIDE_PX)


def reduced(rgb: Rgb, by: int) -> Map:
    """Return the luma of a frame, (H, W, 3) uint8, reduced ``by`` at most 256; an incomplete edge is dropped."""
    height, width = (side // by for side in rgb.shape[:2])
    weights = np.tile(_LUMA, by) / np.float32(by * by)
    luma = np.empty((height, width), np.float32)
    for row in range(height):
        strip = rgb[row * by : (row + 1) * by, : width * by].reshape(by, -1)
        columns = strip.sum(0, dtype=np.uint16).astype(np.float32)
        luma[row] = columns.reshape(width, -1) @ weights
    return luma


def contrast(luma: Map) -> Map:
    """Return how much brighter each pixel, with its neighbours, is than its surroundings of 15 pixels square.

    Stars do not count as surroundings: a line that passes one would break off there.
    """
    softened = _weighted(_weighted(luma, 0), 1)
    around = _mean_around(luma)
    usual = np.float32(_STAR_SIGMAS * _MAD_TO_SIGMA) * _usual_distance(luma, around)
    softened -= _mean_around(np.minimum(luma, around + usual))
    return softened


def _usual_distance(luma: Map, around: Map) -> np.float32:
    """Return the median distance of pixels from their surroundings."""
    step = (slice(None, None, _SAMPLE_STEP),) * 2
    return np.float32(np.median(np.abs(luma[step] - around[step])))


def noise(one: Map, other: Map) -> Map:
    """Return the standard deviation of a single map, by region, from the difference of two `contrast` maps.

    A region is the middle one of three by three blocks of 16 pixels square, so that a bright line is no noise.
    """
    height, width = one.shape
    side = min(_NOISE_BLOCK_PX, height, width)
    rows, columns = height // side, width // side
    change = np.abs(one - other)[: rows * side : 2, : columns * side]
    blocks = change.reshape(rows, -1, columns, side).swapaxes(1, 2)
    spread = np.median(blocks.reshape(rows, columns, -1), axis=2)
    spread *= np.float32(_MAD_TO_SIGMA * 2**-0.5)
    spread = _median_of_nine(np.maximum(spread, np.float32(_NOISE_FLOOR)))
    whole = np.repeat(np.repeat(spread, side, axis=0), side, axis=1)
    missing = (0, height - whole.shape[0]), (0, width - whole.shape[1])
    return np.asarray(np.pad(whole, missing, mode="edge"), np.float32)


def new_points(here: Map, there: Map, sigma: Map) -> Points:
    """Return the points of one `contrast` map that stand out of its noise and have nothing like them in the other.

    Stars and hot pixels are in both, moved by at most a reduced pixel. Of a line one or two points remain across its
    width. When there are more than 2,000, the clearest.
    """
    candidates = here > sigma * np.float32(_OWN_SIGMAS)
    y, x = np.nonzero(candidates)
    inside = (y > 0) & (y < len(here) - 1) & (x > 0) & (x < here.shape[1] - 1)
    y, x = y[inside], x[inside]
    level = here[y, x]
    beside = np.max([there[y + dy, x + dx] for dy, dx in _AROUND], axis=0)
    ridge = ((level >= here[y - 1, x]) & (level >= here[y + 1, x])) | (
        (level >= here[y, x - 1]) & (level >= here[y, x + 1])
    )
    new = ridge & (level > beside * np.float32(_OWN_FACTOR))
    y, x, level = y[new], x[new], level[new]
    if level.size > _MOST_POINTS:
        clearest = np.argsort(-level / sigma[y, x], kind="stable")[:_MOST_POINTS]
        y, x = y[clearest], x[clearest]
    return np.stack([x, y], axis=1).astype(np.float64)


def sample(values: Map, points: Points) -> NDArray[np.float64]:
    """Return the map's value at points, (..., 2), linearly interpolated; beyond the edge that of the edge."""
    height, width = values.shape
    x = np.clip(points[..., 0], 0, width - 1.001)
    y = np.clip(points[..., 1], 0, height - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    across, down = x - left, y - top
    above = values[top, left] * (1 - across) + values[top, left + 1] * across
    below = values[top + 1, left] * (1 - across) + values[top + 1, left + 1] * across
    return np.asarray(above * (1 - down) + below * down, np.float64)


_AROUND = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


def _median_of_nine(blocks: Map) -> Map:
    """Return the median of each block and the eight around it."""
    height, width = blocks.shape
    wide = np.pad(blocks, 1, mode="edge")
    around = [wide[1 + dy :, 1 + dx :][:height, :width] for dy, dx in _AROUND]
    return np.asarray(np.median(around, axis=0), np.float32)


def _weighted(values: Map, axis: int) -> Map:
    """Return the mean of each pixel (half) and its two neighbours (a quarter each) along an axis."""
    turned = values.swapaxes(0, axis)
    out = np.empty_like(values)
    into = out.swapaxes(0, axis)
    np.add(turned[:-2], turned[2:], out=into[1:-1])
    into[1:-1] *= np.float32(0.5)
    into[1:-1] += turned[1:-1]
    into[1:-1] *= np.float32(0.5)
    into[0], into[-1] = turned[0], turned[-1]
    return out


def _mean_around(values: Map) -> Map:
    """Return the mean of the square around each pixel, of its part inside the map."""
    return _mean_along(_mean_along(values, 0), 1)


def _mean_along(values: Map, axis: int) -> Map:
    means = np.empty_like(values)
    turned, into = values.swapaxes(0, axis), means.swapaxes(0, axis)
    length, reach = len(turned), _SURROUNDINGS_PX // 2
    first = np.maximum(np.arange(length) - reach, 0)
    last = np.minimum(np.arange(length) + reach + 1, length)
    count = (last - first)[:, None]
    for left in range(0, turned.shape[1], _STRIP_PX):
        strip = turned[:, left : left + _STRIP_PX]
        sums = np.zeros((length + 1, strip.shape[1]))
        np.cumsum(strip, axis=0, dtype=np.float64, out=sums[1:])
        into[:, left : left + _STRIP_PX] = (sums[last] - sums[first]) / count
    return means
