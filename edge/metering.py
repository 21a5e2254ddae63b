"""How bright the sky is in a frame: measured on linear light, from a sparse sample.

The background is the median in the middle of the frame, which is not fooled by stars, the moon or a lamp; the
highlights are those of the whole sky. Some thousand pixels are enough for both. What the owner's sky mask covers counts
for neither.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from edge.cameras import Frame, RawImage

# Radii as parts of the frame's shorter side: of the metered circle, and of what is sky in any fisheye's picture.
RADIUS, SKY_RADIUS = 0.3, 0.45
HIGHLIGHT_PART = 0.01  # of the sky: what is smaller, like the sun's disc and the moon's, may be white
_SAMPLES_ACROSS = 200  # along the frame's shorter side
_SATURATED_LEVEL = 250  # of 255
_SATURATED_PART = 0.98  # of the range between black and white


@dataclass(frozen=True, slots=True)
class Metered:
    """What was measured, as parts of saturation in linear light (0: no light).

    ``background`` is the median of the middle, ``highlight`` what the brightest hundredth of the sky exceeds;
    ``saturated`` is the part of the sky that is saturated.
    """

    background: float
    saturated: float
    highlight: float

    @classmethod
    def of_levels(
        cls, level: float, saturated: float | None, highlight_level: float | None
    ) -> Self:
        """Return what was measured from the levels (0-255) that were stored of it."""
        shown = level if highlight_level is None else highlight_level
        return cls(srgb_linear(level / 255), saturated or 0.0, srgb_linear(shown / 255))

    @property
    def level(self) -> float:
        """The background as a level of a stored frame, 0-255."""
        return 255 * srgb_encoded(self.background)

    @property
    def highlight_level(self) -> float:
        """The brightest hundredth as a level of a stored frame, 0-255."""
        return 255 * srgb_encoded(self.highlight)


def meter(frame: Frame, open_sky: NDArray[np.bool_] | None = None) -> Metered:
    """Measure a frame: on the raw pixels if there are any.

    ``open_sky`` is bool, true for sky, in the shape of the frame and of any size; None is sky everywhere. Where it
    leaves nothing of the middle, the whole sky is the background, too.
    """
    if frame.raw:
        return _meter_raw(frame.raw, open_sky)
    return _meter_rgb(frame.rgb, open_sky)


def srgb_linear(encoded: float) -> float:
    """Return the linear light (0-1) of a gamma-encoded value (0-1), IEC 61966-2-1."""
    return encoded / 12.92 if encoded <= 0.04045 else ((encoded + 0.055) / 1.055) ** 2.4


def srgb_encoded(linear: float) -> float:
    """Return the gamma-encoded value (0-1) of linear light (0-1), IEC 61966-2-1."""
    return (
        linear * 12.92 if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    )


def _meter_rgb(rgb: NDArray[np.uint8], open_sky: NDArray[np.bool_] | None) -> Metered:
    """Measure gamma-encoded pixels, shape (H, W, 3): green for the background, any channel for the highlights."""
    step = _step(*rgb.shape[:2])
    red, green, blue = rgb[::step, ::step].transpose(2, 0, 1).copy()
    in_middle, in_sky = _metered_parts(green, open_sky)
    middle = green[in_middle]
    sky = np.maximum(np.maximum(red, green), blue)[in_sky]
    brightest = np.bincount(sky, minlength=256)
    exceeded = np.cumsum(brightest[::-1]) > HIGHLIGHT_PART * len(sky)
    return Metered(
        srgb_linear(_median_level(np.bincount(middle, minlength=256)) / 255),
        brightest[_SATURATED_LEVEL:].sum() / len(sky),
        srgb_linear((255 - int(np.argmax(exceeded))) / 255),
    )


def _meter_raw(raw: RawImage, open_sky: NDArray[np.bool_] | None) -> Metered:
    """Measure one of the two green pixels of each 2x2 block of the mosaic."""
    row, column = divmod(raw.pattern.index("G"), 2)
    step = 2 * _step(raw.mosaic.shape[0] // 2, raw.mosaic.shape[1] // 2)
    green = raw.mosaic[row::step, column::step]
    whole = raw.white - raw.black
    in_middle, in_sky = _metered_parts(green, open_sky)
    background = (float(np.median(green[in_middle])) - raw.black) / whole
    sky = green[in_sky]
    highlight = (float(np.quantile(sky, 1 - HIGHLIGHT_PART)) - raw.black) / whole
    limit = raw.black + _SATURATED_PART * whole
    return Metered(
        min(max(background, 0.0), 1.0),
        np.count_nonzero(sky >= limit) / len(sky),
        min(max(highlight, 0.0), 1.0),
    )


def _median_level(counts: NDArray[np.intp]) -> float:
    """Return the median of a histogram of levels, between the levels (0-255): a dark sky has only a few of them."""
    below = np.cumsum(counts)
    half = below[-1] / 2
    level = int(np.searchsorted(below, half))
    inside = (half - (below[level] - counts[level])) / counts[level]
    return float(min(max(level - 0.5 + inside, 0.0), 255.0))


def _step(height: int, width: int) -> int:
    return max(1, min(height, width) // _SAMPLES_ACROSS)


def _metered_parts(
    sparse: NDArray[Any], open_sky: NDArray[np.bool_] | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which pixels of a sparse frame (H, W) are the middle, and which are the sky."""
    height, width = sparse.shape
    middle, sky = (_circle(height, width, radius) for radius in (RADIUS, SKY_RADIUS))
    if open_sky is None:
        return middle, sky
    rows, columns = open_sky.shape
    across = np.arange(width) * columns // width
    seen = open_sky[(np.arange(height) * rows // height)[:, None], across]
    if not (sky & seen).any():
        return middle, sky
    sky = sky & seen
    return (middle & seen if (middle & seen).any() else sky), sky


@lru_cache(maxsize=8)
def _circle(height: int, width: int, radius_part: float) -> NDArray[np.bool_]:
    """Return which pixels of a (sparse) frame lie in a circle around its middle."""
    y, x = np.ogrid[:height, :width]
    radius = max(1.0, radius_part * min(height, width))
    inside: NDArray[np.bool_] = (y - (height - 1) / 2) ** 2 + (
        x - (width - 1) / 2
    ) ** 2 <= radius**2
    return inside
