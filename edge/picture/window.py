"""The part of the camera's frame that is kept: the square around the circle of the lens."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from edge.settings.picture import CropSettings

_COLOURS = 2  # the pattern of the sensor's filters repeats after so many pixels


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle, in pixels of a frame that it may stick out of; ``left`` and ``top`` are even, also below zero."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def of(cls, crop: CropSettings, height: int, width: int) -> Self:
        """Return what is kept of a frame of this size: all of it, or a square with even sides.

        It begins at even pixels, so that the sensor's own pixels keep the order of their colours.
        """
        if crop.radius is None:
            return cls(0, 0, width, height)
        radius_px = round(crop.radius * width)
        left = crop.centre_x * width - radius_px
        top = crop.centre_y * height - radius_px
        return cls(_even(left), _even(top), 2 * radius_px, 2 * radius_px)

    def of_frame(self, height: int, width: int) -> tuple[slice, slice]:
        """Return the rows and columns of the frame that lie in the window."""
        return (
            slice(max(self.top, 0), min(self.top + self.height, height)),
            slice(max(self.left, 0), min(self.left + self.width, width)),
        )

    def of_window(self, height: int, width: int) -> tuple[slice, slice]:
        """Return the same pixels as rows and columns of the window."""
        rows, columns = self.of_frame(height, width)
        return (
            slice(rows.start - self.top, rows.stop - self.top),
            slice(columns.start - self.left, columns.stop - self.left),
        )

    def cut(self, whole: NDArray[Any], out: NDArray[Any], beyond: int) -> None:
        """Copy the window of ``whole`` into ``out``; what lies beyond the frame becomes ``beyond``."""
        size = whole.shape[:2]
        inside = self.of_window(*size)
        if out[inside].shape != out.shape:
            out[...] = beyond
        out[inside] = whole[self.of_frame(*size)]

    def outside_circle(self) -> NDArray[np.bool_]:
        """Return which pixels of the window, (height, width), lie outside the circle that it holds."""
        y, x = np.ogrid[: self.height, : self.width]
        right, down = x - (self.width - 1) / 2, y - (self.height - 1) / 2
        outside: NDArray[np.bool_] = right**2 + down**2 > (self.width / 2) ** 2
        return outside


def _even(position_px: float) -> int:
    return _COLOURS * round(position_px / _COLOURS)
