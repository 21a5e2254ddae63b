"""Pictures made smaller: every pixel of the large one counts in the small one, so that no star vanishes or flickers."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Rgb = NDArray[np.uint8]  # (H, W, 3), in the order R, G, B
_NEAR_ENOUGH = 0.9  # a whole divisor that reaches this much of the wanted size is taken
LARGEST_DIVISOR = 16  # the sums of 16 x 16 pixels still fit into 16 bits
_STRIP_SUMS = (
    150_000  # at once: these, 0.3 MB, and their pixels stay in the processor's cache
)
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
    if divisor <= LARGEST_DIVISOR and longest // divisor >= _NEAR_ENOUGH * longest_side:
        reduced = divided(rgb, divisor)
        return reduced[: len(reduced) // 2 * 2, : reduced.shape[1] // 2 * 2]
    return resized(rgb, *within(width, height, longest_side))


def resized(rgb: Rgb, width: int, height: int) -> Rgb:
    """Return ``rgb`` as exactly ``width`` x ``height``: by area where smaller, by repeated pixels where larger."""
    picture = Image.fromarray(np.ascontiguousarray(rgb))
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX))


def divided(rgb: Rgb, divisor: int, every: int = 1) -> Rgb:
    """Return the means, rounded, of blocks of ``divisor`` x ``divisor`` pixels (2 to 16).

    Incomplete blocks at the right and lower edge are dropped. Of the rows of a block ``every`` so many-th is taken.

    Notes
    -----
    Rows are added up first, all of them in order; then, of every block, the columns, one pixel with its three channels
    as one word. Each strip of the frame is done with before the next is read, so that it comes from memory once. Pixels
    are written as words of four bytes, three apart: the fourth, which means nothing, is covered by the next pixel.
    """
    height, width = (side // divisor for side in rgb.shape[:2])
    rows = rgb[:, : width * divisor].reshape(len(rgb), -1)
    flat = np.empty(height * width * 3 + 1, np.uint8)
    words = np.ndarray((height, width), np.uint32, flat.data, 0, (3 * width, 3))
    blocks = _Blocks(width, divisor, every)
    for top in range(0, height, blocks.height):
        bottom = min(top + blocks.height, height)
        words[top:bottom] = blocks.means(rows[top * divisor : bottom * divisor])
    return flat[:-1].reshape(height, width, 3)


class _Blocks:
    """Means of strips of ``height`` x ``width`` blocks, made in memory that every strip uses again."""

    def __init__(self, width: int, divisor: int, every: int) -> None:
        self._divisor, self._taken = divisor, range(0, divisor, every)
        self._length = 3 * divisor * width
        self.height = max(1, _STRIP_SUMS // self._length)
        self._down = np.zeros(self.height * self._length + _LANES, np.uint16)
        self._words = np.empty((2, self.height, width), np.uint64)
        self._means = np.empty((self.height, width, _LANES), np.uint8)
        shape, strides = (self.height, width), (self._length * 2, 6 * divisor)
        self._pixels = [
            np.ndarray(shape, np.uint64, self._down.data, 6 * pixel, strides)
            for pixel in range(divisor)
        ]

    def means(self, rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
        """Return the rounded means of a strip, (H / divisor, width), valid until the next: R, G, B and one more byte.

        No sum reaches 2^16, so that none runs over into the next.
        """
        height = len(rows) // self._divisor
        down = self._down[: height * self._length].reshape(height, -1)
        down[:] = rows[:: self._divisor]
        for row in self._taken[1:]:
            down += rows[row :: self._divisor]
        sums, pixel = self._words[:, :height]
        sums[:] = self._pixels[0][:height]
        for pixels in self._pixels[1:]:
            pixel[:] = pixels[:height]
            sums += pixel
        lanes = sums.view(np.uint16).reshape(height, -1, _LANES)
        area = self._divisor * len(self._taken)
        lanes += area // 2
        lanes //= area
        means = self._means[:height]
        means[:] = lanes
        words: NDArray[np.uint32] = means.view(np.uint32)[:, :, 0]
        return words
