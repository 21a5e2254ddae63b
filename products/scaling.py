"""Pictures made smaller: every pixel of the large one counts in the small one, so that no star vanishes or flickers."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Rgb = NDArray[np.uint8]  # (H, W, 3), in the order R, G, B
_NEAR_ENOUGH = 0.9  # a whole divisor that reaches this much of the wanted size is taken
_STRIP_ROWS = 64  # as much of a frame as stays in the processor's cache


def within(width: int, height: int, longest_side: int) -> tuple[int, int]:
    """Return the largest even (width, height) of the same shape whose sides are at most ``longest_side``.

    Never larger than the picture; an odd side loses a pixel, because video wants even sides.
    """
    factor = min(1.0, longest_side / max(width, height))

    def even(side: int) -> int:
        return max(2, min(side // 2 * 2, round(side * factor / 2) * 2))

    return even(width), even(height)


def shrink(rgb: Rgb, longest_side: int) -> Rgb:
    """Return ``rgb`` with even sides of at most ``longest_side`` pixels, each the mean of the pixels it stands for.

    Large frames are divided by a whole number when that comes near the wanted size: this takes a third of the time of
    a free resize, in strips and without a second copy of the frame.
    """
    height, width = rgb.shape[:2]
    longest = max(width, height)
    if longest <= longest_side:
        return rgb[: height // 2 * 2, : width // 2 * 2]
    divisor = math.ceil(longest / longest_side)
    if longest // divisor >= _NEAR_ENOUGH * longest_side:
        reduced = _divided(rgb, divisor)
        return reduced[: len(reduced) // 2 * 2, : reduced.shape[1] // 2 * 2]
    return resized(rgb, *within(width, height, longest_side))


def resized(rgb: Rgb, width: int, height: int, *, quick: bool = False) -> Rgb:
    """Return ``rgb`` as exactly ``width`` x ``height``: by area where smaller, by repeated pixels where larger.

    ``quick`` divides by a whole number first and takes half the time; edges get a little softer.
    """
    picture = Image.fromarray(np.ascontiguousarray(rgb))
    gap = 1.0 if quick else None
    return np.asarray(
        picture.resize((width, height), Image.Resampling.BOX, reducing_gap=gap)
    )


def _divided(rgb: Rgb, divisor: int) -> Rgb:
    """Return the means of blocks of ``divisor`` x ``divisor`` pixels; incomplete blocks at the edge are dropped."""
    height, width = (side // divisor for side in rgb.shape[:2])
    out = np.empty((height, width, 3), np.uint8)
    rows = max(1, _STRIP_ROWS // divisor)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = rgb[top * divisor : bottom * divisor, : width * divisor]
        picture = Image.fromarray(np.ascontiguousarray(strip))
        out[top:bottom] = np.asarray(picture.reduce(divisor))
    return out
