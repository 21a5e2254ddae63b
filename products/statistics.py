"""What one frame looks like in a few numbers, from a sparse sample: cheap enough for every frame of every night.

The sky is taken to be the central square of the frame whose corners lie on a circle of 0.45 of its shorter side: inside
the fisheye's circle of a usual all-sky camera, away from trees, lamps and printed text.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from products.scaling import Rgb

_SKY = (
    0.45 * 2**-0.5
)  # half the side of the square, in parts of the frame's shorter side
# Pixels between samples of the background: at least so many, and more where that leaves so many lines of them.
_SKY_STEP, _SKY_LINES = 8, 160
_MEAN_ROWS = 16  # rows between samples of the channel means
_ROWS_IN_16_BITS = 257  # so many of 255 make 65,535
_STAR_LINES = 64  # lines of the sky searched for stars
_NOISE_STEP = 4  # of their pixels, every how many measures the noise
_STAR_REACH = 3  # pixels from a star's middle to the sky beside it
_STAR_SIGMAS, _STAR_LEVELS = 6.0, 6.0
_SATURATED = 250
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as in JPEG
_MAD_TO_SIGMA = 1.4826  # of a normal distribution


@dataclass(frozen=True, slots=True)
class FrameStatistics:
    """Numbers of one frame; levels are 0-255 as stored (gamma-encoded).

    ``red``, ``green``, ``blue`` are means of the whole frame (sampled: see `largest_channel_mean` for the exact one),
    ``background`` is the median luma of the sky, ``saturated`` the part of the sky at the top of the scale, 0-1, and
    ``sharp_points`` how many sampled pixels in a million stand out sharply: stars where the sky is clear, few in cloud.
    """

    red: float
    green: float
    blue: float
    background: float
    saturated: float
    sharp_points: float

    def as_dict(self) -> dict[str, float]:
        """Return the numbers by name."""
        return asdict(self)


def frame_statistics(rgb: Rgb) -> FrameStatistics:
    """Return the numbers of one frame, (H, W, 3) uint8."""
    sky = _sky(rgb)
    step = max(_SKY_STEP, len(sky) // _SKY_LINES)
    sample = sky[step // 2 :: step, step // 2 :: step]
    if not sample.size:  # a frame smaller than the distance of the samples
        sample = sky
    luma = sample.reshape(-1, 3).astype(np.float32) @ _LUMA
    red, green, blue = _means(rgb[::_MEAN_ROWS]).tolist()
    return FrameStatistics(
        red=red,
        green=green,
        blue=blue,
        background=_median(luma),
        saturated=float(np.count_nonzero(luma >= _SATURATED) / luma.size),
        sharp_points=_sharp_points(sky),
    )


def largest_channel_mean(rgb: Rgb) -> float:
    """Return the mean of the brightest channel over every pixel of the frame, exact, 0-1."""
    height, width = rgb.shape[:2]
    columns = rgb.reshape(height, -1).sum(0, dtype=np.uint32).reshape(-1, 3)
    return float(columns.sum(0, dtype=np.uint64).max() / (height * width * 255.0))


def _means(rows: Rgb) -> NDArray[np.float64]:
    """Return the mean of every channel, (3,); 257 rows at a time cannot overflow sums of 16 bits."""
    lines = rows.reshape(len(rows), -1)
    sums = np.zeros(3, np.uint64)
    for top in range(0, len(lines), _ROWS_IN_16_BITS):
        columns = lines[top : top + _ROWS_IN_16_BITS].sum(0, dtype=np.uint16)
        sums += columns.reshape(-1, 3).sum(0, dtype=np.uint64)
    means: NDArray[np.float64] = sums / (rows.shape[0] * rows.shape[1])
    return means


def _median(values: NDArray[np.generic]) -> float:
    """Return what `numpy.median` does, a seventh of its time: one value is put in its place, not three."""
    flat = values.reshape(-1)
    half = flat.size // 2
    ordered = np.partition(flat, half)
    upper = float(ordered[half])
    return upper if flat.size % 2 else (float(ordered[:half].max()) + upper) / 2


def _sky(rgb: Rgb) -> Rgb:
    height, width = rgb.shape[:2]
    half = max(1, int(_SKY * min(height, width)))
    top, left = max(0, height // 2 - half), max(0, width // 2 - half)
    return rgb[top : top + 2 * half, left : left + 2 * half]


def _sharp_points(sky: Rgb) -> float:
    """Return how many in a million pixels of 64 evenly spaced rows are far above both sides a few pixels away."""
    lines: NDArray[np.int16] = sky[:: max(1, len(sky) // _STAR_LINES), :, 1].astype(
        np.int16
    )
    if lines.shape[1] <= 2 * _STAR_REACH:
        return 0.0
    middle = lines[:, _STAR_REACH:-_STAR_REACH]
    beside = np.maximum(lines[:, : -2 * _STAR_REACH], lines[:, 2 * _STAR_REACH :])
    above = middle - beside
    sample = above[:, ::_NOISE_STEP]
    noise = _MAD_TO_SIGMA * _median(np.abs(sample - _median(sample)))
    limit = max(_STAR_LEVELS, _STAR_SIGMAS * noise)
    return float(np.count_nonzero(above > limit) / above.size * 1e6)
