"""Thin lines among points, alike in all directions: found, fitted by principal axes, and measured on the map.

All lengths are pixels of the reduced map. A fisheye bends straight paths, so a line may bow a little.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from products.meteor_maps import Map, Points, sample

Numbers = NDArray[np.float64]

_NEIGHBOURS_PX = (
    4.0  # points this near belong together: a star's place interrupts a line
)
_FEWEST_POINTS = 5
_ON_LINE_PX = 2.0
_STRAIGHT_PX = 0.9  # root mean square across the line
_LARGEST_BOW = 0.04  # of a chord's length
_BENDS_FROM_PX = 20.0  # a shorter line is straight
_LINES_OF_A_CLUSTER = 3
_ALONE_PX = 20.0  # around a line there are fewer other points than this part of its own
_ALONE_PART, _ALWAYS_ALLOWED = 0.5, 4
_TRIED_POINTS = 24
_GAP_PX = 2
_SEEN_PART = 0.4  # of the shortest line must stand out by itself
_LIT_SIGMAS = 2.0
_LIT_PART = 0.7  # of a line's length
_DARK_LEVEL_PART = 0.25  # of its middle level
_DARK_PX, _DARK_LENGTH_PART = 2.0, 0.02  # it may be dark in one piece
_LEAST_SIGMAS = 3.5  # in the middle of its levels: a star in a cloud is no line
_NEAR_PX, _NEAR_PART = 2.0, 0.55  # of the line's light, on average on both sides
_FLANK_PX = 3.0
_FLANK_PARTS = -0.6, 0.3  # of the line's light; darker is the edge of something bright
_ACROSS_PX = np.arange(-6.0, 7.0)
_RIDGE, _BODY, _BESIDE = slice(5, 8), slice(3, 10), [0, 1, 11, 12]  # of those


@dataclass(frozen=True, slots=True)
class Line:
    """A slightly bowed line: through ``centre`` along the unit vector ``along`` from ``first`` to ``last``.

    At a distance u from the centre it lies ``bow`` * u² + ``offset`` to the side. Pixels.
    """

    centre: Numbers
    along: Numbers
    first: float
    last: float
    bow: float
    offset: float

    @property
    def length(self) -> float:
        """Length of the chord."""
        return self.last - self.first

    def places(self, u: Numbers, v: Numbers | float = 0.0) -> Points:
        """Return the points at distances ``u`` along the line and ``v`` beside it, (..., 2)."""
        aside = np.asarray(self.bow * u**2 + self.offset + v)[..., None]
        across = np.array([-self.along[1], self.along[0]])
        return np.asarray(self.centre + u[..., None] * self.along + aside * across)

    def coordinates(self, points: Points) -> tuple[Numbers, Numbers]:
        """Return how far points lie along the line and beside it: the inverse of `places`."""
        away = points - self.centre
        u = away @ self.along
        v = away @ np.array([-self.along[1], self.along[0]])
        return u, v - self.bow * u**2 - self.offset


@dataclass(frozen=True, slots=True)
class Track:
    """A line with what the map shows along it.

    ``profile`` is the light above the surroundings per pixel of length, in levels times pixels; ``level`` and ``peak``
    are levels of the softened map on the line itself, ``significance`` is the peak in standard deviations of its noise.
    """

    line: Line
    profile: Numbers
    level: float
    peak: float
    significance: float


def fit(points: Points) -> tuple[Line, float]:
    """Return the line through points by principal axes, and the root mean square of their distances from it."""
    centre = points.mean(axis=0)
    away = points - centre
    along = np.linalg.eigh(away.T @ away)[1][:, 1]
    along = along if along[0] > 0 or (along[0] == 0 and along[1] > 0) else -along
    u, v = away @ along, away @ np.array([-along[1], along[0]])
    bow = offset = 0.0
    chord = float(np.ptp(u))
    if chord >= _BENDS_FROM_PX:
        bow, tilt, offset = np.polyfit(u, v, 2).tolist()
        if abs(bow) * chord / 4 > _LARGEST_BOW:
            bow = offset = 0.0
        else:
            v = v - tilt * u  # principal axes of a bowed line lean a little
            along = along + tilt * np.array([-along[1], along[0]])
            along /= np.linalg.norm(along)
    line = Line(centre, along, float(u.min()), float(u.max()), bow, offset)
    return line, float(np.sqrt(np.mean((v - bow * u**2 - offset) ** 2)))


def find_lines(points: Points, shortest: float) -> list[Line]:
    """Return what may be lines of at least ``shortest``: points on a line over most of that, each on one line only."""
    found, seen = [], _SEEN_PART * shortest
    for cluster in _clusters(points):
        rest = cluster
        for _ in range(_LINES_OF_A_CLUSTER):
            if len(rest) < _FEWEST_POINTS or _extent(rest) < seen:
                break
            line, taken = _straightest(rest)
            if line is not None and line.length >= seen and _is_alone(line, points):
                found.append(line)
            rest = rest[~taken]
    return found


def measure(line: Line, here: Map, sigma: Map, shortest: float) -> Track | None:
    """Return a line with its true ends and its light on a `contrast` map; None when it is torn, broad, short, faint."""
    beyond = max(_GAP_PX + 1, round(shortest))
    u = np.arange(line.first - beyond, line.last + beyond + 1)
    levels = sample(here, line.places(u[:, None], _ACROSS_PX))
    ridge = levels[:, _RIDGE].max(axis=1)
    spread = sample(sigma, line.places(u))
    lit = ridge > _LIT_SIGMAS * spread
    first, last = _grown(lit, beyond, len(u) - 1 - beyond)
    whole = slice(first, last + 1)
    if last - first < shortest or _is_torn(ridge[whole], lit[whole]):
        return None
    if np.median(ridge[whole] / spread[whole]) < _LEAST_SIGMAS:
        return None
    level = float(
        np.median(ridge[whole])
    )  # a bright edge that the line crosses counts little
    if _is_broad(line, u[whole], here, level):
        return None
    brightest = first + int(np.argmax(ridge[whole]))
    peak = float(ridge[brightest])
    ends = Line(
        line.centre,
        line.along,
        float(u[first]),
        float(u[last]),
        line.bow,
        line.offset,
    )
    beside = levels[whole, _BESIDE].mean(axis=1, keepdims=True)
    profile = np.maximum((levels[whole, _BODY] - beside).sum(axis=1), 0)
    return Track(ends, profile, level, peak, peak / float(spread[brightest]))


def _is_broad(line: Line, u: Numbers, here: Map, level: float) -> bool:
    """Say whether a line is no thin light on an even ground: a ray of an aurora, the edge of something bright."""
    near, flank = (
        np.median(
            sample(here, line.places(u[:, None], np.array([-away, away]))), axis=0
        )
        / level
        for away in (_NEAR_PX, _FLANK_PX)
    )
    darkest, brightest = _FLANK_PARTS
    return bool(
        near.mean() > _NEAR_PART or flank.min() < darkest or flank.max() > brightest
    )


def _is_torn(ridge: Numbers, lit: NDArray[np.bool_]) -> bool:
    """Say whether a line is dark in between, compared with itself: two tracks near each other are not one."""
    if lit.mean() < _LIT_PART:
        return True
    bright = np.flatnonzero(lit & (ridge > _DARK_LEVEL_PART * np.median(ridge)))
    longest = int(np.diff(bright).max(initial=1)) - 1
    return longest > _DARK_PX + _DARK_LENGTH_PART * len(lit)


def _grown(lit: NDArray[np.bool_], first: int, last: int) -> tuple[int, int]:
    """Return first and last after both were moved outward to where the light breaks off for more than two pixels."""
    shining = np.flatnonzero(lit)
    after, ahead = shining[shining >= last], shining[shining <= first][::-1]
    return _unbroken(first, ahead), _unbroken(last, after)


def _unbroken(end: int, steps: NDArray[np.intp]) -> int:
    """Return the farthest of some steps that can be reached from an end without a leap of more than the gap."""
    for step in steps.tolist():
        if abs(step - end) > _GAP_PX + 1:
            break
        end = step
    return end


def _is_alone(line: Line, points: Points) -> bool:
    """Say whether a line stands out from what is new around it, unlike the seams of a moving cloud."""
    u, v = line.coordinates(points)
    beyond, beside = np.maximum(line.first - u, u - line.last), np.abs(v)
    near, own = beyond <= _ALONE_PX, beside <= _NEIGHBOURS_PX
    on_line = near & own  # with the pieces that a faint line is broken into
    others = int((near & (beside <= _ALONE_PX) & ~own).sum())
    return others <= max(_ALWAYS_ALLOWED, _ALONE_PART * int(on_line.sum()))


def _extent(points: Points) -> float:
    """Return the diagonal of the box around points: no line among them is longer."""
    return float(np.hypot(*np.ptp(points, axis=0)))


def _straightest(points: Points) -> tuple[Line | None, NDArray[np.bool_]]:
    """Return the line with most points, None if there is none, and which points are thereby dealt with."""
    line, straightness = fit(points)
    if straightness <= _STRAIGHT_PX:
        return line, np.ones(len(points), np.bool_)
    on_line = most_on_a_chord(points)
    for _ in range(2):  # a bowed line gathers its ends
        line, straightness = fit(points[on_line])
        u, v = line.coordinates(points)
        near = (u > line.first - _NEIGHBOURS_PX) & (u < line.last + _NEIGHBOURS_PX)
        on_line |= near & (np.abs(v) <= _ON_LINE_PX)
    line, straightness = fit(points[on_line])
    enough = on_line.sum() >= _FEWEST_POINTS and straightness <= _STRAIGHT_PX
    return (line if enough else None), on_line


def most_on_a_chord(points: Points) -> NDArray[np.bool_]:
    """Return which points lie on that chord between two of them on which most do."""
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))]
    tried = ordered[np.linspace(0, len(points) - 1, _TRIED_POINTS).astype(np.intp)]
    i, j = np.triu_indices(len(tried), 1)
    chords = tried[j] - tried[i]
    length = np.hypot(chords[:, 0], chords[:, 1])
    i, chords, length = i[length > 0], chords[length > 0], length[length > 0]
    unit = chords / length[:, None]
    away = points[None, :, :] - tried[i][:, None, :]
    across = np.abs(away[..., 0] * unit[:, None, 1] - away[..., 1] * unit[:, None, 0])
    along = away[..., 0] * unit[:, None, 0] + away[..., 1] * unit[:, None, 1]
    on_chord = (across <= _ON_LINE_PX) & (along >= -1) & (along <= length[:, None] + 1)
    best: NDArray[np.bool_] = on_chord[np.argmax(on_chord.sum(axis=1))]
    return best


def _clusters(points: Points) -> list[Points]:
    """Return the groups of points that hang together by steps of at most five pixels."""
    x, y = points.astype(np.float32).T
    near = np.abs(x[:, None] - x) <= _NEIGHBOURS_PX
    near &= np.abs(y[:, None] - y) <= _NEIGHBOURS_PX
    one, other = np.nonzero(near)
    group = np.arange(len(points))
    while True:  # each takes the smallest name around it and that one's own name, until nothing changes
        smallest = group.copy()
        np.minimum.at(smallest, one, group[other])
        smallest = smallest[smallest]
        if np.array_equal(smallest, group):
            break
        group = smallest
    return [points[group == name] for name in np.unique(group)]
