"""Time series: the readings of all cameras in ``series.db``, apart from everything else, about 25 bytes a reading.

A reading is named by camera, sensor, quantity and time (to the millisecond), so the same one sent twice is one row.
Values outside the plausible limits of ``products/quantities.py`` are stored like any other: who shows them marks them.
So are quantities that only a newer camera knows: nothing has to change here for a new kind of reading to be kept.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import g
from pydantic import ValidationError
from sqlite_utils import Database, Migrations

from hub.db import apply, connect, writing
from hub.db.requests import hub_settings
from products.manifest import Point, ReadingsAnswer, Rejected
from products.quantities import QUANTITIES

__all__ = [
    "LatestReading",
    "add_points",
    "connect",
    "latest_readings",
    "migrate",
    "readings_between",
    "series_db",
]
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
FUTURE = dt.timedelta(minutes=5)

migrations = Migrations("series")


@migrations(transactional=False)
def m001_wal(db: Database) -> None:
    """Let readers work while a camera writes."""
    db.enable_wal()


@migrations()
def m002_series_and_readings(db: Database) -> None:
    """Create one row per series and one per reading; the latter is its own index."""
    db.execute("""
        CREATE TABLE series (id INTEGER PRIMARY KEY, camera_id TEXT NOT NULL, sensor TEXT NOT NULL,
            quantity TEXT NOT NULL, unit TEXT NOT NULL, UNIQUE (camera_id, sensor, quantity)) STRICT
    """)
    db.execute("""
        CREATE TABLE reading (series_id INTEGER NOT NULL REFERENCES series (id), ts_ms INTEGER NOT NULL,
            value REAL NOT NULL, PRIMARY KEY (series_id, ts_ms)) STRICT, WITHOUT ROWID
    """)


@dataclass(frozen=True, slots=True)
class LatestReading:
    """The newest value of one quantity of one sensor."""

    sensor: str
    quantity: str
    unit: str
    value: float
    taken_utc: dt.datetime


def migrate(path: Path) -> None:
    """Bring ``series.db`` up to date, creating it if need be; processes that do this at once wait for each other."""
    apply(migrations, path)


def series_db() -> Database:
    """Return this request's connection to ``series.db``."""
    if "series_db" not in g:
        g.series_db = connect(hub_settings().series_db)
    db: Database = g.series_db
    return db


def add_points(
    db: Database, camera_id: str, points: Sequence[dict[str, Any]], now: dt.datetime
) -> ReadingsAnswer:
    """Store a batch in one transaction, each point judged by itself, and count what became of them.

    ``accepted`` is new; ``duplicate`` was there with the same value; ``conflict`` was there with another value, which
    stays; ``rejected`` names the points that are not readings, and why.
    """
    good: list[Point] = []
    rejected: list[Rejected] = []
    for index, raw in enumerate(points):
        try:
            good.append(_judge(Point.model_validate(raw), now))
        except ValidationError as error:
            rejected.append(_explain(index, error))
        except _RejectedError as error:
            rejected.append(Rejected(index=index, code=error.code, detail=error.detail))
    counts = {"accepted": 0, "duplicate": 0, "conflict": 0}
    if good:
        with writing(db):
            series = _series(db, camera_id)
            for point in good:
                counts[_add(db, camera_id, series, point)] += 1
    return ReadingsAnswer(**counts, rejected=rejected)


def readings_between(
    db: Database, camera_id: str, start: dt.datetime, end: dt.datetime
) -> dict[tuple[str, str], list[tuple[dt.datetime, float]]]:
    """Return (sensor, quantity) -> [(time, value)] with ``start`` <= time < ``end``, oldest first, by one query."""
    sql = """
        SELECT sensor, quantity, ts_ms, value FROM series JOIN reading ON series_id = series.id
        WHERE camera_id = ? AND ts_ms >= ? AND ts_ms < ? ORDER BY sensor, quantity, ts_ms
    """
    found: dict[tuple[str, str], list[tuple[dt.datetime, float]]] = {}
    for row in db.query(sql, [camera_id, _milliseconds(start), _milliseconds(end)]):
        series = found.setdefault((row["sensor"], row["quantity"]), [])
        series.append((_moment(row["ts_ms"]), row["value"]))
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
            _moment(row["ts_ms"]),
        )
        for row in db.query(sql, [camera_id])
    ]


class _RejectedError(Exception):
    """A point that reads well but cannot be true."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def _judge(point: Point, now: dt.datetime) -> Point:
    quantity = QUANTITIES.get(point.quantity)
    if quantity and point.unit != quantity.unit:
        raise _RejectedError(
            "wrong_unit", f"{quantity.name} is measured in {quantity.unit!r}."
        )
    if point.time > now + FUTURE:
        raise _RejectedError("future", "The time is more than 5 minutes ahead.")
    if point.time < EARLIEST:
        raise _RejectedError("too_old", "The time is that of a clock never set.")
    return point


def _explain(index: int, error: ValidationError) -> Rejected:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(map(str, first["loc"]))
    return Rejected(index=index, code="invalid", detail=f"{field}: {first['msg']}")


def _series(db: Database, camera_id: str) -> dict[tuple[str, str], int]:
    sql = "SELECT id, sensor, quantity FROM series WHERE camera_id = ?"
    return {
        (row["sensor"], row["quantity"]): row["id"]
        for row in db.query(sql, [camera_id])
    }


def _add(
    db: Database, camera_id: str, series: dict[tuple[str, str], int], point: Point
) -> str:
    key = point.sensor, point.quantity
    if key not in series:
        sql = "INSERT INTO series (camera_id, sensor, quantity, unit) VALUES (?, ?, ?, ?) RETURNING id"
        series[key] = db.execute(sql, [camera_id, *key, point.unit]).fetchone()[0]
    row = series[key], _milliseconds(point.time)
    added = db.execute(
        "INSERT OR IGNORE INTO reading VALUES (?, ?, ?)", [*row, point.value]
    )
    if added.rowcount == 1:
        return "accepted"
    sql = "SELECT value FROM reading WHERE series_id = ? AND ts_ms = ?"
    same = db.execute(sql, row).fetchone()[0] == point.value
    return "duplicate" if same else "conflict"


def _milliseconds(moment: dt.datetime) -> int:
    return round((moment - _EPOCH) / dt.timedelta(milliseconds=1))


def _moment(ts_ms: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(milliseconds=ts_ms)


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
