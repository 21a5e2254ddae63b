"""How sharp a frame is: the width of its stars, and a number that every scene has, by day too.

Both are measured on linear light in the middle of the frame, where the lens is best, with the exposure fixed.

- The width is twice the radius that holds half of a star's light. For a Gaussian that is the full width at half maximum
  exactly, and unlike a fit it also holds for the discs and rings of stars out of focus. Stars wider than 12 pixels are
  not measured: until then the sharpness leads.
- The sharpness is how much the light changes over two pixels (Brenner et al. 1976, J. Histochem. Cytochem. 24, 100),
  without what is noise: that of each small square of the frame, and what the quietest quarter of them has beyond it,
  relative to the light itself.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.metering import srgb_linear

Floats = NDArray[np.float32]

MIDDLE_PART = 0.7  # of the frame's shorter side
MOST_STARS = 60
FEWEST_STARS = 3
_REACH_PX = 24  # of the patch around a star, the ring of its sky included
_RING_PX = 18  # where that begins
_BLOCK_PX = 16  # one star at most is looked for in each
_SIGMAS = 6.0  # of the noise, that the smoothed light of a star stands above it
_SATURATED_LEVEL = 250  # of 255
_HOT_PART = 0.03  # of the light of a hot pixel, what its neighbours have at least if it is a star
_NEAR_PX = 4  # around the middle of a star, where nothing may be saturated
_FIRST_APERTURE_PX, _LEAST_APERTURE_PX, _APERTURE_RADII = 6.0, 4.0, 3.0
_STEPS = 4
_LEAST_SIGNAL = 10.0  # of a star's light, in parts of its noise
_TILE_PX = 32
_EMPTY_PART = 0.25  # of the squares show nothing but noise
_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_STEP_PX = 2

_LINEAR = np.array([srgb_linear(level / 255) for level in range(256)], np.float32)
_Y, _X = np.mgrid[-_REACH_PX : _REACH_PX + 1, -_REACH_PX : _REACH_PX + 1]
_DISTANCES = np.hypot(_X, _Y)


@dataclass(frozen=True, slots=True)
class Focus:
    """What one frame shows.

    ``width_px`` is the median width of its stars (FWHM, pixels), None with fewer than three; ``sharpness`` has no unit
    and is larger when sharper; ``brightest`` is x and y of the brightest star in pixels of the frame, None without one.
    """

    stars: int
    width_px: float | None
    sharpness: float
    brightest: tuple[int, int] | None


def measure_focus(rgb: NDArray[np.uint8]) -> Focus:
    """Measure a frame, (H, W, 3) uint8, gamma-encoded (sRGB)."""
    height, width = rgb.shape[:2]
    half = max(1, int(MIDDLE_PART * min(height, width) / 2))
    top, left = max(0, height // 2 - half), max(0, width // 2 - half)
    levels = rgb[top : height // 2 + half, left : width // 2 + half, 1]
    light = _LINEAR[levels]
    found = list(_widths(light, levels))
    brightest = found[0][1:] if found else None
    widths = [width_px for width_px, _, _ in found]
    return Focus(
        stars=len(widths),
        width_px=float(np.median(widths)) if len(widths) >= FEWEST_STARS else None,
        sharpness=_sharpness(light, levels),
        brightest=(brightest[0] + left, brightest[1] + top) if brightest else None,
    )


def _sharpness(light: Floats, levels: NDArray[np.uint8]) -> float:
    """Return how much the light changes over two pixels, as a part of the mean light, where nothing is saturated.

    Around what is saturated, the moon or a lamp, the light would change over more pixels the less sharp it is.
    """
    kept = ~_beside(_tiles(levels, light).max((2, 3)) >= _SATURATED_LEVEL)
    if not kept.any():
        return 0.0
    squares = 0.0
    for change in (
        light[_STEP_PX:] - light[:-_STEP_PX],
        light[:, _STEP_PX:] - light[:, :-_STEP_PX],
    ):
        seen = _tiles(change, light)[kept].reshape(int(kept.sum()), -1)
        noise = _MAD_TO_SIGMA * np.median(np.abs(seen), axis=1)
        more = np.square(seen).mean(1) - np.square(noise)
        squares += float(more.mean() - np.quantile(more, _EMPTY_PART))
    mean = float(_tiles(light, light)[kept].mean())
    return math.sqrt(max(0.0, squares) / 2) / mean if mean > 0 else 0.0


def _tiles(values: NDArray[Any], light: Floats) -> NDArray[Any]:
    """Return ``values`` in squares, (rows, columns, side, side), as many as the light with its changes has."""
    rows, columns = (max(0, side - _STEP_PX) // _TILE_PX for side in light.shape)
    cut = values[: rows * _TILE_PX, : columns * _TILE_PX]
    return cut.reshape(rows, _TILE_PX, columns, _TILE_PX).swapaxes(1, 2)


def _beside(tiles: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the tiles (rows, columns) and those next to them."""
    padded = np.pad(tiles, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    return np.asarray(rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:])


def _widths(
    light: Floats, levels: NDArray[np.uint8]
) -> Iterator[tuple[float, int, int]]:
    """Yield width, x and y of stars in the light (H, W), brightest first."""
    for x, y in _peaks(light):
        rows = slice(y - _REACH_PX, y + _REACH_PX + 1)
        columns = slice(x - _REACH_PX, x + _REACH_PX + 1)
        width_px = _width(light[rows, columns])
        near = levels[y - _NEAR_PX : y + _NEAR_PX + 1, x - _NEAR_PX : x + _NEAR_PX + 1]
        if width_px is not None and near.max() < _SATURATED_LEVEL:
            yield width_px, x, y


def _peaks(light: Floats) -> list[tuple[int, int]]:
    """Return x and y of what stands out and is highest within reach, brightest first."""
    smoothed = _smoothed(light)
    rows, columns = (side // _BLOCK_PX for side in smoothed.shape)
    if min(light.shape) <= 2 * _REACH_PX or min(rows, columns) == 0:
        return []
    blocks = smoothed[: rows * _BLOCK_PX, : columns * _BLOCK_PX]
    blocks = blocks.reshape(rows, _BLOCK_PX, columns, _BLOCK_PX).swapaxes(1, 2)
    flat = blocks.reshape(rows, columns, -1)
    highest, place = flat.max(2), flat.argmax(2)
    sky = np.median(flat, axis=2)
    noise = _MAD_TO_SIGMA * float(np.median(np.abs(flat - sky[..., None])))
    above = highest - sky
    candidates = np.argwhere(above > _SIGMAS * noise)
    order = np.argsort(-above[tuple(candidates.T)], kind="stable")
    peaks: list[tuple[int, int]] = []
    for row, column in candidates[order]:
        down, across = divmod(int(place[row, column]), _BLOCK_PX)
        x, y = int(column) * _BLOCK_PX + across, int(row) * _BLOCK_PX + down
        inside = _is_inside(x, light.shape[1]) and _is_inside(y, light.shape[0])
        near = any(max(abs(x - a), abs(y - b)) <= _REACH_PX for a, b in peaks)
        if inside and not near:
            peaks.append((x, y))
        if len(peaks) == MOST_STARS:
            break
    return peaks


def _is_inside(place: int, side: int) -> bool:
    return _REACH_PX <= place < side - _REACH_PX


def _smoothed(light: Floats) -> Floats:
    """Return means of 5 x 5 pixels, two less on each side but of the same shape (the edge repeats)."""
    padded: NDArray[Any] = np.pad(light, 2, mode="edge")
    rows = np.zeros_like(padded[4:])
    for shift in range(5):
        rows += padded[shift : shift + len(rows)]
    both = np.zeros_like(light)
    for shift in range(5):
        both += rows[:, shift : shift + light.shape[1]]
    return both / np.float32(25)


def _width(patch: Floats) -> float | None:
    """Return twice the radius that holds half the light of a star; None for a hot pixel, a faint star, a wide one.

    The aperture follows the star: three times that radius, which holds all but a thousandth of a Gaussian.
    """
    ring = patch[_DISTANCES >= _RING_PX]
    sky = np.median(ring)
    noise = _MAD_TO_SIGMA * float(np.median(np.abs(ring - sky)))
    above = patch - sky
    if _is_hot(above):
        return None
    radius_px = _FIRST_APERTURE_PX / _APERTURE_RADII
    for _ in range(_STEPS):
        aperture_px = max(_LEAST_APERTURE_PX, _APERTURE_RADII * radius_px)
        if aperture_px > _RING_PX:
            return None
        radius_px, light = _half_light(above, aperture_px)
        if light < _LEAST_SIGNAL * noise * aperture_px * math.sqrt(math.pi):
            return None
    return 2 * radius_px


def _half_light(above: Floats, aperture_px: float) -> tuple[float, float]:
    """Return the radius that holds half the light of an aperture around its centroid, and all of its light."""
    weights = np.maximum(above, 0) * (aperture_px >= _DISTANCES)
    total = float(weights.sum()) or 1.0
    x, y = float((weights * _X).sum()) / total, float((weights * _Y).sum()) / total
    distance = np.hypot(_X - x, _Y - y)
    inside = distance <= aperture_px
    order = np.argsort(distance[inside], kind="stable")
    grown = np.cumsum(above[inside][order])
    whole = float(grown[-1])
    if whole <= 0:
        return aperture_px, 0.0
    half = int(np.argmax(grown >= whole / 2))
    before = float(grown[half - 1]) if half else 0.0
    part = (whole / 2 - before) / (float(grown[half]) - before)
    return math.sqrt((half + part) / math.pi), whole


def _is_hot(above: Floats) -> bool:
    """Say whether the light is that of a single pixel."""
    y, x = np.unravel_index(int(above.argmax()), above.shape)
    near = above[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
    others = (float(near.sum()) - float(above[y, x])) / max(1, near.size - 1)
    return others < _HOT_PART * float(above[y, x])
