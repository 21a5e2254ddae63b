"""Curves: the readings of a stretch, as coarse as the asker can show them, with least and largest, and their gaps.

The resolution is the finest that gives at most so many points for every series asked for: the readings themselves,
buckets of minutes made of them, of hours made of the hours, or of days made of the days. Buckets begin at whole
multiples of their width in UTC, so that the same stretch always gives the same ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from hub.series.buckets import Bucket, Series, buckets, fold, readings
from hub.series.gaps import Gap, Seen, gaps_of
from hub.series.moments import DAY_MS, HOUR_MS, MINUTE_MS

MOST_POINTS = 1500
MOST_READINGS = 100_000  # in one answer, when the readings themselves are asked for

# Minutes are made of the readings themselves: a month of them would take longer than a page may.
_READ_MOST_MS = 10 * DAY_MS
_WIDTHS_MS = (
    *(minutes * MINUTE_MS for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * HOUR_MS for hours in (1, 2, 3, 6, 12)),
    *(days * DAY_MS for days in (1, 2, 5, 10, 30, 90, 360)),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when, in milliseconds since 1970; the end is not part of it. Nothing is known after ``now_ms``."""

    start_ms: int
    end_ms: int
    now_ms: int

    def widened(self, width_ms: int) -> "Stretch":
        """Return the stretch of whole buckets of this width."""
        start, end = self.start_ms // width_ms, -(-self.end_ms // width_ms)
        return Stretch(start * width_ms, end * width_ms, self.now_ms)


@dataclass(frozen=True, slots=True)
class Curve:
    """One series over a stretch: its buckets, its usual interval where that can be told, and its gaps."""

    series: Series
    buckets: list[Bucket]
    interval_ms: float | None
    gaps: list[Gap]


@dataclass(frozen=True, slots=True)
class Curves:
    """Several series over one stretch; ``width_ms`` is that of their buckets, 0 for the readings themselves."""

    stretch: Stretch
    width_ms: int
    curves: list[Curve]


class TooManyReadingsError(Exception):
    """The readings themselves were asked for, and they are more than one answer holds."""


def series_of(db: Database, camera_id: str) -> list[Series]:
    """Return every series of a camera, by sensor and quantity."""
    sql = """
        SELECT id, sensor, quantity, unit FROM series WHERE camera_id = ? ORDER BY sensor, quantity
    """
    return [Series(**row) for row in db.query(sql, [camera_id])]


def curves(
    db: Database,
    camera_id: str,
    wanted: Sequence[Series],
    stretch: Stretch,
    points: int = MOST_POINTS,
) -> Curves:
    """Return some series of a camera over a stretch, all at one resolution, at most ``points`` buckets of each."""
    dense = stretch.end_ms - stretch.start_ms > points * HOUR_MS
    found = None if dense else _readings(db, wanted, stretch, points)
    if found is not None:
        return _explained(db, camera_id, stretch, 0, found)
    width_ms = next(w for w in _WIDTHS_MS if _fits(stretch, w, points))
    shown = stretch.widened(width_ms)
    bucketed = {
        one: buckets(db, one, shown.start_ms, shown.end_ms, width_ms) for one in wanted
    }
    return _explained(db, camera_id, shown, width_ms, bucketed)


def all_readings(
    db: Database, camera_id: str, wanted: Sequence[Series], stretch: Stretch
) -> Curves:
    """Return the readings themselves; TooManyReadingsError when they are more than `MOST_READINGS`."""
    found: dict[Series, list[Bucket]] = {}
    left = MOST_READINGS
    for one in wanted:
        found[one] = readings(db, one, stretch.start_ms, stretch.end_ms, left + 1)
        left -= len(found[one])
        if left < 0:
            raise TooManyReadingsError
    return _explained(db, camera_id, stretch, 0, found)


def coarser(found: Curves, points: int) -> Curves:
    """Return the same curves in at most ``points`` buckets of each, made of the finer ones; their gaps stay.

    The first and the last hold only what is in the stretch.
    """
    if all(len(one.buckets) <= points for one in found.curves):
        return found
    width_ms = next(  # the widest is a multiple of every other
        width_ms
        for width_ms in _WIDTHS_MS
        if _fits(found.stretch, width_ms, points)
        and (found.width_ms == 0 or width_ms % found.width_ms == 0)
    )
    made = [replace(one, buckets=fold(one.buckets, width_ms)) for one in found.curves]
    return Curves(found.stretch.widened(width_ms), width_ms, made)


def with_holes(curve: Curve, width_ms: int) -> Iterator[Bucket | None]:
    """Yield the buckets in the order of time, and None where a gap parts two of them."""
    gaps = {gap.start_ms for gap in curve.gaps}
    parted = False
    for bucket in curve.buckets:
        if parted:
            yield None
        yield bucket
        parted = bucket.start_ms + width_ms in gaps


def _fits(stretch: Stretch, width_ms: int, points: int) -> bool:
    whole = stretch.widened(width_ms)
    span_ms = whole.end_ms - whole.start_ms
    cheap = width_ms >= HOUR_MS or span_ms <= _READ_MOST_MS
    return (cheap and span_ms <= points * width_ms) or width_ms == _WIDTHS_MS[-1]


def _readings(
    db: Database, wanted: Sequence[Series], stretch: Stretch, most: int
) -> dict[Series, list[Bucket]] | None:
    """Return the readings of every series, or None as soon as one has too many."""
    found = {}
    for one in wanted:
        found[one] = readings(db, one, stretch.start_ms, stretch.end_ms, most + 1)
        if len(found[one]) > most:
            return None
    return found


def _explained(
    db: Database,
    camera_id: str,
    stretch: Stretch,
    width_ms: int,
    found: dict[Series, list[Bucket]],
) -> Curves:
    until_ms = min(stretch.end_ms, stretch.now_ms)
    made = []
    for one, its in found.items():
        seen = Seen(one, its, width_ms, stretch.start_ms, until_ms)
        made.append(Curve(one, its, *gaps_of(db, camera_id, seen)))
    return Curves(stretch, width_ms, made)
