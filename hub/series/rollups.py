"""Hours and days of every series: how many readings, the least, the largest and their sum.

A batch marks the hours it touches as dirty; `recompute_dirty` sums them up anew once they are over. Whoever reads takes
a dirty hour, and a day with one, from the readings themselves, so no answer depends on whether that has been done.
Readings beyond the plausible limits of their quantity are counted and marked, but bend no curve.
"""

import datetime as dt
import json
import math
from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database

from hub.db import writing
from hub.series.moments import DAY_MS, HOUR_MS, HOURS_A_DAY, day_number, milliseconds
from products.quantities import QUANTITIES

HOURS_AT_ONCE = 500
_SETTLED_MS = (
    10 * 60_000
)  # a camera sends within minutes; what comes later is summed up again

_HOUR = """
    INSERT OR REPLACE INTO hourly
    SELECT :series_id, :hour, count(*), count(*) - count(good), min(good), max(good), sum(good)
    FROM (SELECT CASE WHEN value BETWEEN :lowest AND :highest THEN value END AS good FROM reading
          WHERE series_id = :series_id AND ts_ms >= :hour * 3600000 AND ts_ms < (:hour + 1) * 3600000)
    HAVING count(*) > 0
"""
_DAY = """
    INSERT OR REPLACE INTO daily
    SELECT series_id, hour / 24, sum(n), sum(marked), min(low), max(high), sum(total) FROM hourly
    WHERE series_id = :series_id AND hour >= :day * 24 AND hour < (:day + 1) * 24 GROUP BY series_id
"""


def limits_of(quantity: str) -> dict[str, float]:
    """Return the plausible ``lowest`` and ``highest`` value of a quantity; of one that is not known, any."""
    known = QUANTITIES.get(quantity)
    if known is None:
        return {"lowest": -math.inf, "highest": math.inf}
    return {"lowest": known.lowest, "highest": known.highest}


def recompute_dirty(db: Database, limit: int, now: dt.datetime) -> bool:
    """Sum up at most ``limit`` dirty hours that are over, and their days; return whether there were any."""
    closed = (milliseconds(now) - _SETTLED_MS) // HOUR_MS
    sql = """
        SELECT series_id, hour, quantity FROM dirty JOIN series ON series_id = series.id
        WHERE hour < ? ORDER BY series_id, hour LIMIT ?
    """
    with writing(db):
        hours = list(db.query(sql, [closed, limit]))
        db.conn.executemany(_HOUR, [one | limits_of(one["quantity"]) for one in hours])
        days = {(one["series_id"], one["hour"] // HOURS_A_DAY) for one in hours}
        db.conn.executemany(_DAY, [{"series_id": s, "day": day} for s, day in days])
        done = "DELETE FROM dirty WHERE series_id = :series_id AND hour = :hour"
        db.conn.executemany(done, hours)
    return bool(hours)


def counts_by_day(db: Database, camera_id: str, days: Iterable[str]) -> dict[str, int]:
    """Return how many readings of a camera there are of each of these UTC days (``2026-11-22``).

    Also a day whose hours have not been summed up is counted rightly. What is not a date is left out.
    """
    numbers = {number: day for day in days if (number := _number(day)) is not None}
    counts = dict.fromkeys(numbers, 0)
    asked = {"camera_id": camera_id, "days": json.dumps(list(numbers))}
    for row in db.query(_SUMMED_UP, asked):
        counts[row["day"]] += row["n"]
    for row in db.query(_DIRTY_DAYS, asked):
        counts[row["day"]] += _count(db, row)
    return {numbers[number]: n for number, n in counts.items()}


_MINE = """
    WITH mine AS (SELECT id FROM series WHERE camera_id = :camera_id),
        asked AS (SELECT value AS day FROM json_each(:days)),
        dirty_days AS (SELECT DISTINCT series_id, hour / 24 AS day FROM mine JOIN dirty ON series_id = id)
"""
_SUMMED_UP = (
    _MINE
    + """
    SELECT daily.day, sum(n) AS n FROM asked JOIN mine
    JOIN daily ON daily.series_id = mine.id AND daily.day = asked.day
    WHERE (daily.series_id, daily.day) NOT IN (SELECT series_id, day FROM dirty_days) GROUP BY daily.day
"""
)
_DIRTY_DAYS = _MINE + "SELECT series_id, day FROM dirty_days JOIN asked USING (day)"


def _count(db: Database, row: dict[str, Any]) -> int:
    sql = (
        "SELECT count(*) FROM reading WHERE series_id = ? AND ts_ms >= ? AND ts_ms < ?"
    )
    day: int = row["day"]
    span = [row["series_id"], day * DAY_MS, (day + 1) * DAY_MS]
    found: int = db.execute(sql, span).fetchone()[0]
    return found


def _number(day: str) -> int | None:
    try:
        return day_number(dt.date.fromisoformat(day))
    except ValueError:
        return None
