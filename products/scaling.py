"""Pictures made smaller: every pixel of the large one counts in the small one, so that no star vanishes or flickers."""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from PIL import Image

Rgb = NDArray[np.uint8]  # (H, W, 3), in the order R, G, B
_NEAR_ENOUGH = 0.9  # a whole divisor that reaches this much of the wanted size is taken
_LARGEST_DIVISOR = 16  # the sums of 16 x 16 pixels still fit into 16 bits
_STRIP_ROWS = 16  # of the small picture: as much as stays in the processor's cache
_LANES = 4  # 16-bit sums of one pixel that are moved as one 64-bit word: R, G, B and one that means nothing


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

    Large frames are divided by a whole number when that comes near the wanted size: this takes a sixth of the time of
    a free resize, in strips and without a second copy of the frame.
    """
    height, width = rgb.shape[:2]
    longest = max(width, height)
    if longest <= longest_side:
        return rgb[: height // 2 * 2, : width // 2 * 2]
    divisor = math.ceil(longest / longest_side)
    if (
        divisor <= _LARGEST_DIVISOR
        and longest // divisor >= _NEAR_ENOUGH * longest_side
    ):
        reduced = divided(rgb, divisor)
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


def divided(rgb: Rgb, divisor: int) -> Rgb:
    """Return the means, rounded, of blocks of ``divisor`` x ``divisor`` pixels (2 to 16).

    Incomplete blocks at the right and lower edge are dropped.

    Notes
    -----
    Rows are added up first, then pixels ``divisor`` apart in one row of sums; both run over memory in order. One sum of
    each block is then picked out, its three channels as one word.
    """
    height, width = (side // divisor for side in rgb.shape[:2])
    out = np.empty((height, width, 3), np.uint8)
    rows = rgb[:, : width * divisor].reshape(len(rgb), -1)
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, height)
        sums = _block_sums(rows[top * divisor : bottom * divisor], divisor)
        sums += divisor * divisor // 2
        sums //= divisor * divisor
        for channel in range(
            3
        ):  # one after another, a quarter of the time of all at once
            out[top:bottom, :, channel] = sums[:, :, channel]
    return out


def _block_sums(rows: NDArray[np.uint8], divisor: int) -> NDArray[np.uint16]:
    """Return the sums of blocks of pixels, (H / divisor, W / divisor, 4) uint16; the fourth number means nothing."""
    height, length = len(rows) // divisor, rows.shape[1]
    down = np.zeros(height * length + _LANES, np.uint16)
    added = down[:-_LANES].reshape(height, length)
    added[:] = rows[::divisor]
    for row in range(1, divisor):
        added += rows[row::divisor]
    reach = len(down) - 3 * (divisor - 1)
    across = down[:reach] + down[3 : 3 + reach]
    for pixel in range(2, divisor):
        across += down[3 * pixel : 3 * pixel + reach]
    block_bytes = 3 * divisor * across.itemsize
    words = as_strided(
        across[:_LANES].view(np.uint64),
        (height, length // (3 * divisor)),
        (length * across.itemsize, block_bytes),
    )
    return words.copy().view(np.uint16).reshape(*words.shape, _LANES)
