"""Buckets: the readings of a stretch of time in one row, from whichever table holds them nearest to that."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

from sqlite_utils import Database

from hub.series.moments import DAY_MS, HOUR_MS
from hub.series.rollups import limits_of


class Series(NamedTuple):
    """One quantity of one sensor of a camera."""

    id: int
    sensor: str
    quantity: str
    unit: str

    @property
    def name(self) -> str:
        """How the API calls it: ``outside.temperature``."""
        return f"{self.sensor}.{self.quantity}"


class Bucket(NamedTuple):
    """``n`` readings from ``start_ms`` on; the ``marked`` ones are implausible and not in the other columns.

    A reading shown as it is keeps its value in ``total``, also a marked one.
    """

    start_ms: int
    n: int
    marked: int
    low: float | None
    high: float | None
    total: float | None

    @property
    def mean(self) -> float | None:
        """The mean of the plausible readings; None when there is none."""
        good = self.n - self.marked
        return None if self.total is None or not good else self.total / good


def readings(
    db: Database, series: Series, start_ms: int, end_ms: int, most: int
) -> list[Bucket]:
    """Return every reading as a bucket of its own, oldest first; at most ``most`` of them."""
    sql = """
        SELECT ts_ms, value FROM reading WHERE series_id = ? AND ts_ms >= ? AND ts_ms < ? ORDER BY ts_ms LIMIT ?
    """
    lowest, highest = limits_of(series.quantity).values()
    return [
        Bucket(ts_ms, 1, 0, value, value, value)
        if lowest <= value <= highest
        else Bucket(ts_ms, 1, 1, None, None, value)
        for ts_ms, value in db.execute(sql, [series.id, start_ms, end_ms, most])
    ]


def buckets(
    db: Database, series: Series, start_ms: int, end_ms: int, width_ms: int
) -> list[Bucket]:
    """Return the buckets that have readings, oldest first; all three times are whole multiples of the width."""
    asked = {"id": series.id, "start_ms": start_ms, "end_ms": end_ms} | limits_of(
        series.quantity
    )
    if width_ms >= DAY_MS:
        return fold(_days(db, asked), width_ms)
    if width_ms >= HOUR_MS:
        return _rows(db, _HOURS, asked | {"width_ms": width_ms})
    return _rows(db, _READINGS, asked | {"width_ms": width_ms})


def fold(finer: Iterable[Bucket], width_ms: int) -> list[Bucket]:
    """Return wider buckets, made of readings or of finer buckets in the order of time."""
    return [
        _together(start * width_ms, list(same))
        for start, same in groupby(finer, key=lambda one: one.start_ms // width_ms)
    ]


def _together(start_ms: int, parts: list[Bucket]) -> Bucket:
    good = [one for one in parts if one.n > one.marked]
    return Bucket(
        start_ms,
        sum(one.n for one in parts),
        sum(one.marked for one in parts),
        min((one.low for one in good if one.low is not None), default=None),
        max((one.high for one in good if one.high is not None), default=None),
        sum(one.total for one in good if one.total is not None) if good else None,
    )


_GOOD = "CASE WHEN value BETWEEN :lowest AND :highest THEN value END AS good"
_SUMS = "count(*), count(*) - count(good), min(good), max(good), sum(good)"
_READINGS = f"""
    SELECT slot * :width_ms, {_SUMS}
    FROM (SELECT ts_ms / :width_ms AS slot, {_GOOD} FROM reading
          WHERE series_id = :id AND ts_ms >= :start_ms AND ts_ms < :end_ms)
    GROUP BY slot ORDER BY slot
"""
_DIRTY = "dirty.series_id = :id AND dirty.hour >= :start_ms / 3600000 AND dirty.hour < :end_ms / 3600000"
_HOURS = f"""
    SELECT slot * :width_ms, sum(n), sum(marked), min(low), max(high), sum(total) FROM (
        SELECT hour * 3600000 / :width_ms AS slot, n, marked, low, high, total FROM hourly
        WHERE series_id = :id AND hour >= :start_ms / 3600000 AND hour < :end_ms / 3600000
            AND hour NOT IN (SELECT hour FROM dirty WHERE {_DIRTY})
        UNION ALL
        SELECT slot, {_SUMS} FROM (
            SELECT hour * 3600000 / :width_ms AS slot, {_GOOD}
            FROM dirty CROSS JOIN reading ON reading.series_id = :id
            AND ts_ms >= hour * 3600000 AND ts_ms < (hour + 1) * 3600000 WHERE {_DIRTY}
        ) GROUP BY slot
    ) GROUP BY slot ORDER BY slot
"""
_CLEAN_DAYS = f"""
    SELECT day * 86400000, n, marked, low, high, total FROM daily
    WHERE series_id = :id AND day >= :start_ms / 86400000 AND day < :end_ms / 86400000
        AND day NOT IN (SELECT hour / 24 FROM dirty WHERE {_DIRTY})
"""
_DIRTY_DAYS = f"SELECT DISTINCT hour / 24 FROM dirty WHERE {_DIRTY}"


def _days(db: Database, asked: dict[str, Any]) -> list[Bucket]:
    found = _rows(db, _CLEAN_DAYS, asked)
    for (day,) in db.execute(_DIRTY_DAYS, asked).fetchall():
        its = {"start_ms": day * DAY_MS, "end_ms": (day + 1) * DAY_MS}
        found += _rows(db, _HOURS, asked | its | {"width_ms": DAY_MS})
    return sorted(found)


def _rows(db: Database, sql: str, asked: dict[str, Any]) -> list[Bucket]:
    return list(map(Bucket._make, db.execute(sql, asked)))
