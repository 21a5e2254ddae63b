"""Gaps: where a series is silent for longer than three of its usual intervals, and why, where that can be told."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from sqlite_utils import Database

from hub.series.buckets import Bucket, Series

INTERVALS = 3
_EARLIER = 21  # so many readings before a stretch tell the interval of a series that is silent in it
_AROUND, _FEW = 10, 5
_MOST_EXPLAINED = 50  # of one series: the longest ones


class Reason(StrEnum):
    """Why a series is silent."""

    CAMERA_OFFLINE = "camera_offline"  # no sensor of the camera has a reading
    SENSOR_SILENT = "sensor_silent"  # others have
    UNKNOWN = "unknown"  # nobody has looked: there are too many gaps


@dataclass(frozen=True, slots=True)
class Gap:
    """A silence from the last reading (or the end of its bucket) to the next one, in milliseconds since 1970."""

    start_ms: int
    end_ms: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one series over the stretch from ``start_ms`` to ``end_ms``, which is not in the future."""

    series: Series
    buckets: Sequence[Bucket]
    width_ms: int
    start_ms: int
    end_ms: int


def gaps_of(db: Database, camera_id: str, seen: Seen) -> tuple[float | None, list[Gap]]:
    """Return the usual interval of a series in milliseconds, None while nobody can tell, and its gaps, oldest first."""
    earlier = _earlier(db, seen)
    interval_ms = usual_interval_ms(seen.buckets, seen.width_ms) or _median_spacing(
        sorted(earlier)
    )
    if interval_ms is None:
        return None, []
    last = earlier[0] if earlier else None
    silences = list(_silences(seen, last))
    found = [
        (max(start, seen.start_ms), end)
        for index, (start, end) in enumerate(silences)
        if end - start > INTERVALS * interval_ms
        and end - start > INTERVALS * _usual_here(silences, index)
    ]
    longest = sorted(found, key=lambda one: one[0] - one[1])[:_MOST_EXPLAINED]
    reasons = {one: _reason(db, camera_id, one, interval_ms) for one in longest}
    return interval_ms, [Gap(*one, reasons.get(one, Reason.UNKNOWN)) for one in found]


def usual_interval_ms(buckets: Sequence[Bucket], width_ms: int) -> float | None:
    """Return the median time from one reading to the next; of full buckets, their width by their number of readings."""
    spacing = _median_spacing([one.start_ms for one in buckets])
    if width_ms and (spacing == width_ms or len(buckets) == 1):
        return statistics.median(width_ms / one.n for one in buckets)
    return spacing


def _usual_here(silences: Sequence[tuple[int, int]], index: int) -> float:
    """Return the median silence around one of them, if there are a few: an owner may have changed the interval."""
    around = silences[max(0, index - _AROUND) : index + _AROUND + 1]
    if len(around) < _FEW:
        return 0.0
    return statistics.median(end - start for start, end in around)


def _median_spacing(moments_ms: Sequence[int]) -> float | None:
    if len(moments_ms) < 2:
        return None
    return statistics.median(b - a for a, b in pairwise(moments_ms))


def _earlier(db: Database, seen: Seen) -> list[int]:
    """Return the times of the newest readings before the stretch, newest first."""
    sql = "SELECT ts_ms FROM reading WHERE series_id = ? AND ts_ms < ? ORDER BY ts_ms DESC LIMIT ?"
    span = [seen.series.id, seen.start_ms, _EARLIER]
    return [row[0] for row in db.execute(sql, span)]


def _silences(seen: Seen, before_ms: int | None) -> Iterator[tuple[int, int]]:
    """Yield every time without a reading: before the first bucket, between two, and after the last."""
    quiet_since = before_ms
    for bucket in seen.buckets:
        if quiet_since is not None:
            yield quiet_since, bucket.start_ms
        quiet_since = bucket.start_ms + seen.width_ms
    if quiet_since is not None and seen.end_ms > quiet_since:
        yield quiet_since, seen.end_ms


def _reason(
    db: Database, camera_id: str, gap: tuple[int, int], interval_ms: float
) -> Reason:
    """Look whether any sensor of the camera has a reading well inside a gap."""
    margin = min(interval_ms, (gap[1] - gap[0]) / INTERVALS)
    sql = """
        SELECT EXISTS (SELECT 1 FROM series JOIN reading ON series_id = series.id
            WHERE camera_id = ? AND ts_ms > ? AND ts_ms < ?)
    """
    inside = [camera_id, gap[0] + margin, gap[1] - margin]
    others = db.execute(sql, inside).fetchone()[0]
    return Reason.SENSOR_SILENT if others else Reason.CAMERA_OFFLINE
