"""Fractal noise that repeats without a seam."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=8)
def fractal(
    shape: tuple[int, int], slope: float, seed: int, largest: float = 1.0
) -> NDArray[np.float32]:
    """Return periodic noise in 0-1, float32, every value equally frequent; kept, and therefore read-only.

    Parameters
    ----------
    shape
        Rows and columns of the tile.
    slope
        Amplitude falls with frequency to this power: 1 is rough, 2 is smooth.
    seed
        The same seed gives the same noise.
    largest
        Size of the largest patterns, as a part of the tile.
    """
    white = np.random.default_rng(seed).standard_normal(shape)
    rows, columns = np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1])
    frequency = np.hypot(rows[:, None], columns[None, :])
    frequency = np.hypot(frequency, 1 / (largest * max(shape)))
    noise = np.fft.irfft2(np.fft.rfft2(white) * frequency**-slope, shape)
    ranks = np.empty(noise.size, np.float32)
    ranks[np.argsort(noise, axis=None)] = np.linspace(
        0, 1, noise.size, dtype=np.float32
    )
    ranks.flags.writeable = False
    return ranks.reshape(shape)
