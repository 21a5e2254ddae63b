"""Thumbnails: one small JPEG a frame, from pixels that are in memory anyway."""

import math

from products import jpeg
from products.scaling import LARGEST_DIVISOR, Rgb, divided, resized

WIDTH = 200
QUALITY = 80
# Of a large frame this many rows a pixel are enough, and cost a fraction of all.
_ROWS = 4


def thumbnail(rgb: Rgb, width: int = WIDTH) -> bytes:
    """Return a JPEG of ``rgb``, (H, W, 3) uint8, ``width`` pixels wide or as wide as the frame if that is narrower."""
    height, full = rgb.shape[:2]
    width = min(width, full)
    height = max(1, round(height * width / full))
    return jpeg.encode(resized(_coarse(rgb, width), width, height), QUALITY)


def _coarse(rgb: Rgb, width: int) -> Rgb:
    """Return ``rgb`` divided by a whole number, but still at least ``width`` wide."""
    divisor = min(rgb.shape[1] // width, LARGEST_DIVISOR)
    if divisor < 2 or divisor > len(rgb):
        return rgb
    return divided(rgb, divisor, every=math.ceil(divisor / _ROWS))
