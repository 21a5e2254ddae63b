"""The readings of the whole network at once: the newest of a few quantities, who measures what, sums and records."""

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from hub.series.latest import LatestReading
from hub.series.moments import moment_of

Highest = Mapping[str, tuple[float, dt.date]]
_EPOCH_DAY = dt.date(1970, 1, 1)


def newest_of(
    db: Database, quantities: Sequence[str]
) -> dict[str, list[LatestReading]]:
    """Return the newest readings of these quantities, by camera ID, from one query."""
    marks = ", ".join("?" * len(quantities))
    sql = f"""
        SELECT camera_id, sensor, quantity, unit, value, ts_ms FROM series JOIN reading ON series_id = series.id
        AND ts_ms = (SELECT max(ts_ms) FROM reading WHERE series_id = series.id)
        WHERE quantity IN ({marks}) ORDER BY camera_id, sensor, quantity
    """
    found: dict[str, list[LatestReading]] = {}
    for row in db.query(sql, list(quantities)):
        reading = LatestReading(
            row["sensor"],
            row["quantity"],
            row["unit"],
            row["value"],
            moment_of(row["ts_ms"]),
        )
        found.setdefault(row["camera_id"], []).append(reading)
    return found


def sensors_of_all(db: Database) -> dict[str, frozenset[str]]:
    """Return the names of the sensors that ever sent a reading, by camera ID."""
    sql = "SELECT camera_id, group_concat(DISTINCT sensor) AS sensors FROM series GROUP BY camera_id"
    return {r["camera_id"]: frozenset(r["sensors"].split(",")) for r in db.query(sql)}


def count_readings(db: Database) -> int:
    """Return how many readings are stored: sums of days, and one by one those of days that are not summed up yet."""
    sql = """
        WITH dirty_days AS (SELECT DISTINCT series_id, hour / 24 AS day FROM dirty)
        SELECT coalesce((SELECT sum(n) FROM daily WHERE (series_id, day) NOT IN (SELECT * FROM dirty_days)), 0)
            + (SELECT count(*) FROM dirty_days JOIN reading USING (series_id)
               WHERE ts_ms >= day * 86400000 AND ts_ms < (day + 1) * 86400000) AS n
    """
    return int(next(db.query(sql))["n"])


def highest(db: Database, quantity: str) -> Highest:
    """Return the highest plausible value that each camera has measured, and on which UTC day, by camera ID.

    Days that have not been summed up yet are not in it.
    """
    sql = """
        SELECT camera_id, max(high) AS value, day FROM daily JOIN series ON series.id = series_id
        WHERE quantity = ? AND high IS NOT NULL GROUP BY camera_id
    """
    return {
        row["camera_id"]: (row["value"], _EPOCH_DAY + dt.timedelta(days=row["day"]))
        for row in db.query(sql, [quantity])
    }
