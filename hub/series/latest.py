"""Readings as they were sent: the newest of every series, and all of a stretch."""

import datetime as dt
from dataclasses import dataclass

from sqlite_utils import Database

from hub.series.moments import milliseconds, moment_of


@dataclass(frozen=True, slots=True)
class LatestReading:
    """The newest value of one quantity of one sensor."""

    sensor: str
    quantity: str
    unit: str
    value: float
    taken_utc: dt.datetime


def readings_between(
    db: Database, camera_id: str, start: dt.datetime, end: dt.datetime
) -> dict[tuple[str, str], list[tuple[dt.datetime, float]]]:
    """Return (sensor, quantity) -> [(time, value)] with ``start`` <= time < ``end``, oldest first, by one query."""
    sql = """
        SELECT sensor, quantity, ts_ms, value FROM series JOIN reading ON series_id = series.id
        WHERE camera_id = ? AND ts_ms >= ? AND ts_ms < ? ORDER BY sensor, quantity, ts_ms
    """
    found: dict[tuple[str, str], list[tuple[dt.datetime, float]]] = {}
    rows = db.execute(sql, [camera_id, milliseconds(start), milliseconds(end)])
    for sensor, quantity, ts_ms, value in rows:
        one = found.setdefault((sensor, quantity), [])
        one.append((moment_of(ts_ms), value))
    return found


def latest_readings(db: Database, camera_id: str) -> list[LatestReading]:
    """Return the newest reading of every series of a camera, by sensor and quantity."""
    sql = """
        SELECT sensor, quantity, unit, value, ts_ms FROM series JOIN reading ON series_id = series.id
        AND ts_ms = (SELECT max(ts_ms) FROM reading WHERE series_id = series.id)
        WHERE camera_id = ? ORDER BY sensor, quantity
    """
    return [
        LatestReading(
            row["sensor"],
            row["quantity"],
            row["unit"],
            row["value"],
            moment_of(row["ts_ms"]),
        )
        for row in db.query(sql, [camera_id])
    ]
