"""How bright each column of a keogram is: the level that is stored, and the light behind it at equal exposure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from products.columns import FrameRecord
from products.scaling import Rgb
from products.startrails_rule import linear

_LUMA = np.array([0.299, 0.587, 0.114])  # of stored levels, ITU-R BT.601, as in JPEG
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of light, IEC 61966-2-1
_LINEAR = np.array([linear(level) for level in range(256)], np.float32)
_SATURATED = 250
_SATURATED_PART = 0.02  # of a column; beyond it the light is more than what was counted


@dataclass(frozen=True, slots=True)
class ColumnLight:
    """Two series with a number for each column, None where it is not known.

    ``mean`` is the mean level, 0-255 as stored. ``light`` is the mean light in parts of saturation, divided by
    exposure time in seconds and gain: it says how bright the sky was, whatever the exposure control did. It is
    uncalibrated (it trusts that the picture is sRGB-encoded), and unknown where exposure or gain are, or where more
    than 2 % of the column is saturated.
    """

    mean: list[float | None]
    light: list[float | None]

    @classmethod
    def of(cls, sky: Rgb, shown: Sequence[FrameRecord | None]) -> "ColumnLight":
        """Return the numbers of a ribbon, (samples, columns, 3) uint8, whose columns are those of the frames."""
        mean = sky.mean(axis=0) @ _LUMA
        saturated = (sky >= _SATURATED).any(axis=2).mean(axis=0)
        light = [
            _at_equal_exposure(sky[:, column], frame)
            if frame and saturated[column] <= _SATURATED_PART
            else None
            for column, frame in enumerate(shown)
        ]
        return cls(
            [
                round(float(level), 1) if frame else None
                for level, frame in zip(mean, shown, strict=True)
            ],
            light,
        )

    @property
    def exposure_known(self) -> bool:
        """Whether the light is known of at least half of the columns that show anything."""
        shown = sum(one is not None for one in self.mean)
        return 2 * sum(one is not None for one in self.light) >= max(1, shown)


def _at_equal_exposure(column: NDArray[np.uint8], frame: FrameRecord) -> float | None:
    if not frame.exposure_us or not frame.gain:
        return None
    light = float(_LINEAR[column].mean(axis=0) @ _LUMINANCE)
    return float(f"{light / (frame.exposure_us / 1e6 * frame.gain):.4g}")
