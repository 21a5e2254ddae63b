"""Less flicker in a video: every frame's brightness is drawn towards that of its neighbours.

The background of a frame (`products.statistics`) is compared with the median of the eleven frames around it, five
before and five after; the frame is scaled in linear light by their ratio, by half a stop at most. At both ends of the
video the window is narrower, but always as long before the frame as after it. Where brightness only rises or only
falls, as in twilight, the median is the frame itself and nothing changes; a step that lasts stays a step. Differences
of less than 1 % are left alone, and so is a background darker than 4 of 255, where they mean nothing.
"""

import functools
from collections.abc import Sequence
from statistics import median

import numpy as np

from products import jpeg
from products.startrails_rule import encoded, linear

AHEAD = 5
"""How many frames must be known after a frame before it can be shown."""
_DARKEST = 4.0  # levels of 0-255
_HALF_A_STOP = 2**0.5
_NOTICED = 0.01
_QUALITY = 92  # a second time through JPEG


def gain_at(levels: Sequence[float], index: int) -> float:
    """Return by what a frame is multiplied in linear light, rounded to a thousandth; 1 leaves it as it is.

    Parameters
    ----------
    levels
        The background of every frame of the video in order, 0-255 as stored; nan where it is not known.
    index
        Which frame.
    """
    reach = min(AHEAD, index, len(levels) - 1 - index)
    around = levels[index - reach : index + reach + 1]
    if not all(level >= _DARKEST for level in around):  # nan is not
        return 1.0
    ratio = linear(median(around)) / linear(levels[index])
    gain = round(min(max(ratio, 1 / _HALF_A_STOP), _HALF_A_STOP), 3)
    return 1.0 if abs(gain - 1) < _NOTICED else gain


def brightened(content: bytes, gain: float) -> bytes:
    """Return a JPEG whose pixels are multiplied by ``gain`` in linear light."""
    table = np.frombuffer(_table(gain), np.uint8)
    return jpeg.encode(table[jpeg.decode(content)], _QUALITY)


@functools.lru_cache(maxsize=64)
def _table(gain: float) -> bytes:
    """Return the new level of each level."""
    return bytes(round(encoded(linear(level) * gain)) for level in range(256))
