"""Startrails that fade: each star draws a tail behind it like a comet, bright where it was last.

A frame taken a half-life before the end counts half, one two half-lives before it a quarter. Fading step by step,
``picture = max(picture * fading, frame)``, would depend on the order of frames and on every restart. Weighing each
frame by ``2 ** (its time / half-life)`` comes to the same once all is divided by the weight of the last frame, and a
maximum of weighed frames does not care about order. So this is a maximum like that of the plain startrails: it can be
continued after any interruption, and a frame that comes late or twice does no harm.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from products.columns import FrameRecord
from products.scaling import Rgb
from products.sky_mask import SkyMask
from products.startrails import TrailMaximum

LONGEST_SIDE_PX = 1440
HALF_LIFE_MIN, HALF_LIFE_MAX = 10.0, 600.0
"""Limits of the half-life in minutes; with a shorter one, the weights of a polar night would not fit into 32 bits."""
_FIRST_EXPONENT = (
    -110.0
)  # of the weights; 2 ** -126 to 2 ** 127 are whole numbers of 32 bits
_BAND_ROWS = 16  # as much as stays in the processor's cache


@dataclass(frozen=True, slots=True)
class Fading:
    """How fast trails fade, from the beginning of the night's axis on."""

    start_utc: dt.datetime
    half_life_min: float

    def weight(self, moment: dt.datetime) -> np.float32:
        """Return what a frame counts; only the ratio of two weights means something."""
        minutes = (moment - self.start_utc).total_seconds() / 60
        return np.float32(2.0 ** (_FIRST_EXPONENT + minutes / self.half_life_min))


class CometMaximum(TrailMaximum):
    """The maximum of weighed frames, 32-bit numbers; `picture` divides by the weight of the last one."""

    dtype = np.float32

    def __init__(self, folder: Path, fading: Fading, mask: SkyMask | None) -> None:
        self._fading = fading
        super().__init__(folder, mask)

    def picture(self, frames: Iterable[FrameRecord]) -> Rgb | None:
        """Return the trails as they are at the last of ``frames``, (H, W, 3) uint8: that frame shines through whole."""
        last_utc = max((one.taken_utc for one in frames), default=None)
        if last_utc is None or self._pixels is None:
            return None
        weight = self._fading.weight(last_utc)
        picture = np.empty(self._pixels.shape, np.uint8)
        for band in _bands(len(picture)):
            picture[band] = np.rint(self._pixels[band] / weight)
        return self._with_foreground(picture)

    def _raise(
        self, pixels: np.memmap[Any, np.dtype[Any]], rgb: Rgb, frame: FrameRecord
    ) -> None:
        weight = self._fading.weight(frame.taken_utc)
        weighed = np.empty((_BAND_ROWS, *pixels.shape[1:]), np.float32)
        for band in _bands(len(pixels)):
            part = pixels[band]
            counts = weighed[: len(part)]
            np.multiply(rgb[band], weight, out=counts, dtype=np.float32)
            np.maximum(part, counts, out=part)


def _bands(rows: int) -> list[slice]:
    return [slice(first, first + _BAND_ROWS) for first in range(0, rows, _BAND_ROWS)]
