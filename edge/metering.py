"""How bright the sky is in a frame: measured on linear light, in the middle of the frame, from a sparse sample.

The median is not fooled by stars, the moon or a lamp, and some thousand pixels are enough for it.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from edge.cameras import Frame, RawImage

RADIUS = 0.3  # of the metered circle, as a part of the frame's shorter side
_SAMPLES_ACROSS = 200  # along the frame's shorter side
_SATURATED_LEVEL = 250  # of 255
_SATURATED_PART = 0.98  # of the range between black and white


@dataclass(frozen=True, slots=True)
class Metered:
    """What was measured: linear background as a part of saturation (0: no light), and the part that is saturated."""

    background: float
    saturated: float

    @classmethod
    def of_level(cls, level: float) -> Self:
        """Return what is known again from the stored level (0-255) of a frame; saturation is not stored."""
        return cls(srgb_linear(level / 255), 0.0)

    @property
    def level(self) -> float:
        """The background as a level of a stored frame, 0-255."""
        return 255 * srgb_encoded(self.background)


def meter(frame: Frame) -> Metered:
    """Measure the circle of radius `RADIUS` in the middle of the frame: on the raw pixels if there are any."""
    return _meter_raw(frame.raw) if frame.raw else _meter_rgb(frame.rgb)


def srgb_linear(encoded: float) -> float:
    """Return the linear light (0-1) of a gamma-encoded value (0-1), IEC 61966-2-1."""
    return encoded / 12.92 if encoded <= 0.04045 else ((encoded + 0.055) / 1.055) ** 2.4


def srgb_encoded(linear: float) -> float:
    """Return the gamma-encoded value (0-1) of linear light (0-1), IEC 61966-2-1."""
    return (
        linear * 12.92 if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    )


def _meter_rgb(rgb: NDArray[np.uint8]) -> Metered:
    """Measure gamma-encoded pixels, shape (H, W, 3): green for the background, any channel for saturation."""
    step = _step(*rgb.shape[:2])
    sample = rgb[::step, ::step][_circle(*rgb[::step, ::step].shape[:2])]
    counts = np.bincount(sample[:, 1], minlength=256)
    brightest = np.maximum(np.maximum(sample[:, 0], sample[:, 1]), sample[:, 2])
    saturated = np.count_nonzero(brightest >= _SATURATED_LEVEL) / len(sample)
    return Metered(srgb_linear(_median_level(counts) / 255), saturated)


def _meter_raw(raw: RawImage) -> Metered:
    """Measure one of the two green pixels of each 2x2 block of the mosaic."""
    row, column = divmod(raw.pattern.index("G"), 2)
    step = 2 * _step(raw.mosaic.shape[0] // 2, raw.mosaic.shape[1] // 2)
    green = raw.mosaic[row::step, column::step]
    sample = green[_circle(*green.shape)]
    whole = raw.white - raw.black
    background = (float(np.median(sample)) - raw.black) / whole
    limit = raw.black + _SATURATED_PART * whole
    return Metered(
        min(max(background, 0.0), 1.0), np.count_nonzero(sample >= limit) / len(sample)
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


@lru_cache(maxsize=4)
def _circle(height: int, width: int) -> NDArray[np.bool_]:
    """Return which pixels of a (sparse) frame are metered."""
    y, x = np.ogrid[:height, :width]
    radius = max(1.0, RADIUS * min(height, width))
    inside: NDArray[np.bool_] = (y - (height - 1) / 2) ** 2 + (
        x - (width - 1) / 2
    ) ** 2 <= radius**2
    return inside
