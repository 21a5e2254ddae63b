"""Thumbnails: one small JPEG a frame, from pixels that are in memory anyway."""

import numpy as np

from products import jpeg
from products.scaling import Rgb, resized

WIDTH = 200
QUALITY = 80
_ROWS = (
    4  # of a large frame this many rows a pixel are enough, and cost a fraction of all
)


def thumbnail(rgb: Rgb, width: int = WIDTH) -> bytes:
    """Return a JPEG of ``rgb``, (H, W, 3) uint8, ``width`` pixels wide or as wide as the frame if that is narrower."""
    height, full = rgb.shape[:2]
    width = min(width, full)
    height = max(1, round(height * width / full))
    small = resized(_fewer_rows(rgb, full // width), width, height, quick=True)
    return jpeg.encode(small, QUALITY)


def _fewer_rows(rgb: Rgb, divisor: int) -> Rgb:
    """Return the means of every ``divisor`` rows, or of some of them where there are many."""
    height = len(rgb) // divisor
    if divisor < 2 or height == 0:
        return rgb
    step = max(1, divisor // _ROWS)
    taken = range(0, divisor, step)
    whole = rgb[: height * divisor]
    sums = whole[::divisor].astype(np.uint16)
    for row in taken[1:]:
        sums += whole[row::divisor]
    sums += len(taken) // 2
    sums //= len(taken)
    return sums.astype(np.uint8)
