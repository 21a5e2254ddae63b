"""The history of the sensors in `edge.db`: every reading for a while, and what became of each hour and day.

Every reading goes into its hour and day exactly once, in the transaction that moves the mark of how far that has come;
what is marked as impossible goes into neither. Hours and days are those of UTC.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from edge.store import Store, writing
from products.utc import parse_utc, utc_text


class Span(StrEnum):
    """What one sample of the history stands for."""

    READING = "reading"
    HOUR = "hour"
    DAY = "day"


# How much of a moment's text names its hour or day, and what completes it.
_STARTS = {Span.HOUR: (13, ":00:00.000Z"), Span.DAY: (10, "T00:00:00.000Z")}


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading, or what became of the readings of an hour or a day.

    ``quality`` is empty, or says why a reading cannot be true.
    """

    start_utc: dt.datetime
    sensor: str
    quantity: str
    unit: str
    lowest: float
    mean: float
    highest: float
    count: int = 1
    quality: str = ""


def roll_up(store: Store, limit: int) -> bool:
    """Take so many readings at most into their hours and days; say whether there may be more."""
    with writing(store.db):
        sql = (
            "SELECT last_id, (SELECT max(id) FROM readings) AS newest_id FROM rolled_up"
        )
        row = next(store.db.query(sql))
        newest = row["newest_id"] or 0
        upto = min(newest, row["last_id"] + limit)
        if upto <= row["last_id"]:
            return False
        sql = """
            INSERT INTO rollups SELECT sensor, quantity, unit, ?, substr(taken_utc, 1, ?) || ? AS start,
            min(value), sum(value), max(value), count(*) FROM readings
            WHERE id > ? AND id <= ? AND quality = '' GROUP BY sensor, quantity, start
            ON CONFLICT DO UPDATE SET lowest = min(lowest, excluded.lowest), total = total + excluded.total,
            highest = max(highest, excluded.highest), count = count + excluded.count
        """
        for span, (length, rest) in _STARTS.items():
            store.db.execute(sql, [span.value, length, rest, row["last_id"], upto])
        store.db.execute("UPDATE rolled_up SET last_id = ?", [upto])
    return bool(upto < newest)


def purge_readings(
    store: Store, before: dt.datetime, limit: int, *, unsent: bool
) -> bool:
    """Remove so many readings older than ``before``; say whether there may be more.

    Those that are not in their hour and day yet stay, and without ``unsent`` those that wait for the hub. The newest
    stays always: its number is where the count goes on.
    """
    sql = """
        DELETE FROM readings WHERE id IN (SELECT id FROM readings WHERE taken_utc < ? AND sent >= ?
        AND id <= (SELECT last_id FROM rolled_up) AND id < (SELECT max(id) FROM readings) LIMIT ?)
    """
    with writing(store.db):
        gone = store.db.execute(sql, [utc_text(before), int(not unsent), limit])
    return bool(gone.rowcount == limit)


def purge_hours(store: Store, before: dt.datetime, limit: int) -> bool:
    """Remove so many hours older than ``before``; say whether there may be more. Days stay."""
    sql = """
        DELETE FROM rollups WHERE (sensor, quantity, span, start_utc) IN (SELECT sensor, quantity, span, start_utc
        FROM rollups WHERE span = 'hour' AND start_utc < ? LIMIT ?)
    """
    with writing(store.db):
        gone = store.db.execute(sql, [utc_text(before), limit])
    return bool(gone.rowcount == limit)


def samples(
    store: Store, span: Span, start: dt.datetime, end: dt.datetime, quantity: str = ""
) -> Iterator[Sample]:
    """Yield the history from ``start`` until before ``end`` by sensor, quantity and time, of one quantity or of all."""
    if span is Span.READING:
        sql = """
            SELECT taken_utc AS start_utc, sensor, quantity, unit, value AS lowest, value AS mean, value AS highest,
            1 AS count, quality FROM readings WHERE taken_utc >= ?1 AND taken_utc < ?2
            AND ?3 IN ('', quantity) ORDER BY sensor, quantity, taken_utc
        """
    else:
        sql = """
            SELECT start_utc, sensor, quantity, unit, lowest, total / count AS mean, highest, count, '' AS quality
            FROM rollups WHERE start_utc >= ?1 AND start_utc < ?2 AND ?3 IN ('', quantity) AND span = ?4
            ORDER BY sensor, quantity, start_utc
        """
    chosen = [utc_text(start), utc_text(end), quantity]
    for row in store.db.query(
        sql, chosen + ([span.value] * (span is not Span.READING))
    ):
        yield Sample(**row | {"start_utc": parse_utc(row["start_utc"])})
