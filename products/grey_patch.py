"""The white balance of a sensor, from its own pixels of something grey."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

MIDDLE = 0.3
"""Side of the patch that is looked at, as a part of the frame's shorter side."""
_TILES = 3  # along each side of the patch, compared with one another
_SATURATED = 0.98


@dataclass(frozen=True, slots=True)
class GreyPatch:
    """What the middle of a frame shows, in parts of saturation above black.

    ``saturated`` is the part of its pixels that are white; ``uneven`` is by how much the gains differ at most from one
    ninth of the patch to another, as a part of them.
    """

    red: float
    green: float
    blue: float
    saturated: float
    uneven: float

    @property
    def gains(self) -> tuple[float, float]:
        """By what red and blue have to be multiplied to be as large as green."""
        return self.green / self.red, self.green / self.blue

    @property
    def brightest(self) -> float:
        """The largest of the three colours."""
        return max(self.red, self.green, self.blue)

    @classmethod
    def of(
        cls, mosaic: NDArray[np.uint16], pattern: str, black: int, white: int
    ) -> Self:
        """Measure the middle of a mosaic.

        Parameters
        ----------
        mosaic
            (H, W), the sensor's linear counts.
        pattern
            The colours of its first 2 x 2 pixels, row by row, such as 'RGGB'.
        black, white
            The counts of no light and of saturation.
        """
        height, width = mosaic.shape
        side = max(4 * _TILES, round(MIDDLE * min(height, width)))
        top, left = (height - side) // 4 * 2, (width - side) // 4 * 2
        patch = mosaic[top : top + side, left : left + side]
        whole = white - black
        planes = {
            colour: (_plane(patch, pattern, colour) - black) / whole for colour in "RGB"
        }
        red, green, blue = (float(planes[one].mean()) for one in "RGB")
        return cls(
            red,
            green,
            blue,
            float(np.mean(patch >= black + _SATURATED * whole)),
            max(_spread(planes["G"], planes[colour]) for colour in "RB"),
        )


def _plane(patch: NDArray[np.uint16], pattern: str, colour: str) -> NDArray[np.float64]:
    """Return the pixels of one colour as a picture of half the size, the mean of both greens."""
    height, width = (side // 2 * 2 for side in patch.shape)
    places = [divmod(index, 2) for index, one in enumerate(pattern) if one == colour]
    planes = [patch[row:height:2, column:width:2] for row, column in places]
    mean: NDArray[np.float64] = np.mean(planes, axis=0, dtype=np.float64)
    return mean


def _spread(green: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return by how much the ratio of two colours differs over the tiles, as a part of its mean."""
    ratios = np.array(
        [
            one.mean() / max(two.mean(), 1e-9)
            for one, two in zip(_tiles(green), _tiles(other), strict=True)
        ]
    )
    return float(np.ptp(ratios) / ratios.mean()) if ratios.mean() > 0 else 0.0


def _tiles(plane: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    return [
        tile
        for rows in np.array_split(plane, _TILES)
        for tile in np.array_split(rows, _TILES, axis=1)
    ]
