"""Hot pixels: found in frames of a covered lens, and replaced by what is around them.

The charge that heat frees in a pixel grows with the exposure and doubles every six or seven kelvins; the gain amplifies
it like light (Widenhorn et al. 2002, Proc. SPIE 4669, 193). So one number tells what a pixel shows in any frame:
its rate, in parts of saturation per second at gain 1 and at the temperature at which it was measured.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DOUBLING_K = 6.5
"""Kelvins in which the dark current doubles."""
SHOWS_ABOVE = 0.004
"""Parts of saturation: about the noise of a dark sky at gain 8. What shows less is not replaced."""
KEPT_ABOVE = SHOWS_ABOVE / 2
"""In the strongest frames; weaker pixels show when it is warmer, those beneath this are left out of the map."""

_SURE = 5.0  # standard deviations of a rate
_SATURATED = 0.9  # beyond this a value no longer tells a rate
_MOST = 500_000  # candidates; more is no sensor but light
_NEIGHBOURS = 8
_REACH = 3  # in steps, for neighbours that are not hot themselves
_SAMPLE = 7  # every so many-th pixel tells background and noise


@dataclass(frozen=True, slots=True)
class HotPixels:
    """Pixels of frames of ``width`` x ``height``: ``x`` and ``y``, int32, and ``rate_s``, float32, each (N,)."""

    width: int
    height: int
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    rate_s: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.x)

    def cut(self, left: int, top: int, width: int, height: int) -> "HotPixels":
        """Return those in a part of the frame, as places in it."""
        x, y = self.x - left, self.y - top
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        return HotPixels(width, height, x[inside], y[inside], self.rate_s[inside])

    def showing(self, exposure_s: float, gain: float, warmer_k: float) -> NDArray[Any]:
        """Return the indices of those that show in a frame, which is ``warmer_k`` kelvins warmer than the map."""
        strength = exposure_s * gain * 2 ** (warmer_k / DOUBLING_K)
        return np.flatnonzero(self.rate_s * np.float32(strength) > SHOWS_ABOVE)


class HotPixelSearch:
    """Finds hot pixels in dark frames that are given one after the other, the most strongly exposed first."""

    def __init__(self) -> None:
        self._shape = (0, 0)
        self._places: NDArray[np.intp] = np.empty(0, np.intp)
        self._values: list[NDArray[np.float32]] = []
        self._strengths: list[float] = []
        self._noises: list[float] = []

    def add(self, linear: NDArray[np.float32], strength: float) -> None:
        """Take in a frame, (H, W), in parts of saturation; ``strength`` is its exposure in seconds times its gain."""
        flat = linear.ravel()
        sample = flat[::_SAMPLE]
        dark = float(np.median(sample))
        if not self._values:
            self._shape = linear.shape[0], linear.shape[1]
            above = np.flatnonzero(flat > dark + KEPT_ABOVE)
            if len(above) > _MOST:
                above = np.sort(above[np.argpartition(-flat[above], _MOST)[:_MOST]])
            self._places = above
        self._values.append(flat[self._places] - np.float32(dark))
        self._strengths.append(strength)
        self._noises.append(1.4826 * float(np.median(np.abs(sample - dark))))

    def found(self) -> HotPixels:
        """Return the pixels that are hot in all frames, with their rates by least squares, in the order of rows.

        A particle that struck one frame is not in the median of the strongest ones.
        """
        values = np.array(self._values)
        strengths = np.array(self._strengths, np.float32)
        strongest = strengths == strengths.max()
        tells = (values < _SATURATED) | strongest[:, None]
        weights = tells * strengths[:, None]
        rate_s = (values * weights).sum(0) / (weights * strengths[:, None]).sum(0)
        noise = max(self._noises) / np.sqrt(np.count_nonzero(strongest))
        least = max(KEPT_ABOVE, _SURE * noise)
        hot = (rate_s * strengths.max() > least) & (
            np.median(values[strongest], axis=0) > least
        )
        y, x = np.divmod(self._places[hot], self._shape[1])
        return HotPixels(
            self._shape[1],
            self._shape[0],
            x.astype(np.int32),
            y.astype(np.int32),
            rate_s[hot].astype(np.float32),
        )


class Repair:
    """Replaces hot pixels by the median of those around them that are not hot themselves.

    Parameters
    ----------
    hot
        The hot pixels of the frames.
    step
        Pixels from one to the next of the same colour: 1 in a picture, 2 in a sensor's mosaic.
    """

    def __init__(self, hot: HotPixels, step: int) -> None:
        self._hot = hot
        width, height, x, y = hot.width, hot.height, hot.x, hot.y
        is_hot = np.zeros((height, width), np.bool_)
        is_hot[y, x] = True
        self._places = y.astype(np.intp) * width + x
        self._around = np.repeat(self._places[:, None], _NEIGHBOURS, axis=1)
        filled = np.zeros(len(x), np.intp)
        for down, right in _NEAREST_FIRST:
            row, column = y + down * step, x + right * step
            good = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            good[good] = ~is_hot[row[good], column[good]]
            good &= filled < _NEIGHBOURS
            self._around[good, filled[good]] = row[good] * width + column[good]
            filled += good
        for count in range(1, _NEIGHBOURS):  # near a corner: those found count again
            few = filled == count
            again = np.arange(_NEIGHBOURS) % count
            self._around[few] = self._around[few][:, again]

    def apply(
        self, pixels: NDArray[Any], exposure_s: float, gain: float, warmer_k: float
    ) -> int:
        """Replace in place what shows in ``pixels``, (H, W) or (H, W, channels), and return how many pixels that were.

        2,000 of them in 12 megapixels take about a millisecond.
        """
        which = self._hot.showing(exposure_s, gain, warmer_k)
        flat = pixels.reshape(-1, *pixels.shape[2:])
        around = flat[self._around[which]]
        around.partition((_NEIGHBOURS // 2 - 1, _NEIGHBOURS // 2), axis=1)
        low, high = around[:, _NEIGHBOURS // 2 - 1], around[:, _NEIGHBOURS // 2]
        flat[self._places[which]] = low + (high - low) // 2
        return len(which)


def _nearest_first() -> list[tuple[int, int]]:
    """Return the places around a pixel, rows and columns from it, the nearest first."""
    side = range(-_REACH, _REACH + 1)
    places = [(y, x) for y in side for x in side if (y, x) != (0, 0)]
    return sorted(places, key=lambda place: place[0] ** 2 + place[1] ** 2)


_NEAREST_FIRST = _nearest_first()
