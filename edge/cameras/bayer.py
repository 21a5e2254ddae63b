"""The sensor's raw pixels as libcamera lays them out in memory.

Each pixel has 16 bits: a Pi 4 puts its value at the low end (``SRGGB12``), a Pi 5 at the high end (``SRGGB16``); both
fill up the rows. What a driver really does stands in the configuration it answers with, so nothing is assumed here.
"""

import re
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from edge.cameras import RawImage

_UNPACKED = re.compile(r"S([RGB]{4})(\d+)")
_CONTAINER_BITS = 16


@dataclass(frozen=True, slots=True)
class BayerLayout:
    """How the pixels of a raw stream lie in memory.

    Parameters
    ----------
    pattern
        The colours of the first 2x2 pixels, row by row.
    bits
        How many bits the format has; 16 means that the value stands at the high end.
    sensor_bits
        How many bits the sensor's converter has.
    width, height, stride_bytes
        Pixels in a row, rows, and bytes from one row to the next.
    """

    pattern: str
    bits: int
    sensor_bits: int
    width: int
    height: int
    stride_bytes: int

    @classmethod
    def of(
        cls, name: str, size: tuple[int, int], stride_bytes: int, sensor_bits: int
    ) -> Self | None:
        """Return the layout of libcamera's format ``name``; None when it is packed, compressed or has no colours."""
        found = _UNPACKED.fullmatch(name)
        if found is None or int(found[2]) <= 8:
            return None
        return cls(found[1], int(found[2]), sensor_bits, *size, stride_bytes)

    def image(self, memory: NDArray[np.uint8], black_of_16_bits: float) -> RawImage:
        """Return the pixels in ``memory`` without copying them.

        Parameters
        ----------
        memory
            The buffer, at least height x stride bytes, uint8.
        black_of_16_bits
            The level of no light on libcamera's scale, 0-65535.
        """
        rows = memory[: self.height * self.stride_bytes].reshape(self.height, -1)
        mosaic = rows.view(np.uint16)[:, : self.width]
        left_aligned = self.bits == _CONTAINER_BITS
        depth = self.sensor_bits if left_aligned else self.bits
        white = ((1 << depth) - 1) << (_CONTAINER_BITS - depth if left_aligned else 0)
        black = black_of_16_bits / (1 << (_CONTAINER_BITS - self.bits))
        return RawImage(mosaic, self.pattern, round(black), white)
