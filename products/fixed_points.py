"""Points that stay where they are: lamps and hot pixels shine like stars, but do not move with the sky.

In an hour a star of the equator moves by 15 degrees, and one four degrees from the pole still by one: by several pixels
of any frame. What is seen at the same pixel for an hour, in half of the frames or more, is therefore no star. Only at
the pole itself this is not so: stars within a quarter of a degree of it at 12 megapixels, within one degree at 760
pixels of width, Polaris perhaps, are taken for fixed points.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from products.star_list import StarList

FIXED_AFTER_S = 3600.0
"""So long a point must have been seen at the same place."""

_NEAR_PX = 1.0  # the same place
_SEEN_PART = 0.5  # of the frames
_MOST_MISSED = 4  # frames in a row, before a point is forgotten
_MOST_MISSED_FIXED = 1500  # the same of a fixed point: about a night
_SEEING_MAKES_UP_FOR = 10  # frames missed: more than stars do that pass by
_LONGEST_GAP_S = 900.0  # between frames; after a longer one only fixed points are known
_MOST_POINTS = 20_000
_COLUMNS = 1 << 17  # more than any frame has

_Numbers = NDArray[np.float64]


@dataclass(slots=True)
class _Tracked:
    """What is remembered of points, arrays (N,).

    Where, when first seen, in how many frames of how many, in how many lately not, whether known to be fixed.
    """

    x: _Numbers
    y: _Numbers
    first_s: _Numbers
    seen: NDArray[np.intp]
    frames: NDArray[np.intp]
    missed: NDArray[np.intp]
    fixed: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        x: NDArray[np.float32],
        y: NDArray[np.float32],
        now_s: float,
        *,
        fixed: bool,
    ) -> "_Tracked":
        """Return points that are seen for the first time, or known to be fixed."""
        ones = np.ones(len(x), np.intp)
        return cls(
            np.asarray(x, np.float64),
            np.asarray(y, np.float64),
            np.full(len(x), now_s),
            ones,
            ones.copy(),
            0 * ones,
            np.full(len(x), fixed),
        )

    def where(self, kept: NDArray[np.bool_]) -> "_Tracked":
        """Return some of the points."""
        return _Tracked(*(getattr(self, name)[kept] for name in self.__slots__))

    def and_those(self, other: "_Tracked") -> "_Tracked":
        """Return both."""
        return _Tracked(
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])
                for name in self.__slots__
            )
        )


class FixedPoints:
    """Learns from one night frame after the other which points stay in place; some may be known from before."""

    def __init__(self, known: StarList | None = None) -> None:
        stars = known or StarList.empty()
        self._points = _Tracked.of(stars.x, stars.y, 0.0, fixed=True)
        self._last_s: float | None = None

    @property
    def places(self) -> StarList:
        """The points that are known to be fixed, with a light of 1."""
        fixed = self._points.where(self._points.fixed)
        x, y = fixed.x.astype(np.float32), fixed.y.astype(np.float32)
        return StarList(x, y, np.ones(len(x), np.float32))

    def moving(self, stars: StarList, taken_utc: dt.datetime) -> StarList:
        """Learn from the points of the next frame and return those that are not known to be fixed."""
        now_s = taken_utc.timestamp()
        self._pass_time(now_s)
        points = self._points
        of_star = _nearest(points, stars)
        known = of_star >= 0
        again = np.zeros(len(points.x), np.bool_)
        again[of_star[known]] = True
        is_fixed = np.zeros(len(stars), np.bool_)
        is_fixed[known] = points.fixed[of_star[known]]
        points.frames += 1
        points.seen += again
        points.missed += np.where(again, -_SEEING_MAKES_UP_FOR, 1)
        np.maximum(points.missed, 0, out=points.missed)
        lasted = now_s - points.first_s >= FIXED_AFTER_S
        points.fixed |= lasted & again & (points.seen >= _SEEN_PART * points.frames)
        most = np.where(points.fixed, _MOST_MISSED_FIXED, _MOST_MISSED)
        new = _Tracked.of(stars.x[~known], stars.y[~known], now_s, fixed=False)
        self._points = points.where(points.missed <= most).and_those(new)
        if len(self._points.x) > _MOST_POINTS:
            self._points = self._points.where(self._points.fixed)
        return StarList(*(part[~is_fixed] for part in (stars.x, stars.y, stars.flux)))

    def _pass_time(self, now_s: float) -> None:
        """Forget what is not known to be fixed when there was a pause, or the clock was set back."""
        last_s, self._last_s = self._last_s, now_s
        if last_s is None or not 0 < now_s - last_s <= _LONGEST_GAP_S:
            self._points = self._points.where(self._points.fixed)


def _nearest(points: _Tracked, stars: StarList) -> NDArray[np.intp]:
    """Return for each star the index of a point at its place, -1 where there is none.

    Points and stars are sorted into squares of one pixel, and only the nine around each star are looked into.
    """
    found = np.full(len(stars), -1, np.intp)
    if not len(points.x) or not len(stars):
        return found
    square = np.rint(points.y).astype(np.int64) * _COLUMNS + np.rint(points.x)
    order = np.argsort(square, kind="stable")
    ordered = square[order]
    own = np.rint(stars.y).astype(np.int64) * _COLUMNS + np.rint(stars.x)
    nearest_px = np.full(len(stars), _NEAR_PX)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            wanted = own + down * _COLUMNS + right
            at = np.minimum(np.searchsorted(ordered, wanted), len(order) - 1)
            point = order[at]
            away = np.hypot(points.x[point] - stars.x, points.y[point] - stars.y)
            nearer = (ordered[at] == wanted) & (away <= nearest_px)
            found[nearer], nearest_px[nearer] = point[nearer], away[nearer]
    return found
