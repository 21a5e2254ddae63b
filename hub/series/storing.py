"""Storing readings: a batch in one transaction, its hours marked to be summed up anew."""

from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database

from hub.db import writing
from hub.series.moments import HOUR_MS
from hub.series.points import Sent, Window, sort_out
from products.manifest import ReadingsAnswer, Rejected

MOST_SERIES = 64
Row = tuple[int, int, float]


def add_points(
    db: Database,
    camera_id: str,
    points: Sequence[dict[str, Any]],
    window: Window,
    *,
    most_series: int = MOST_SERIES,
) -> ReadingsAnswer:
    """Store a batch in one transaction, each point judged by itself, and count what became of them.

    ``accepted`` is new; ``duplicate`` was there with the same value; ``conflict`` was there with another value, which
    stays; ``rejected`` names the points that are not readings, and why. A value beyond the plausible limits of its
    quantity is stored like any other.
    """
    good, rejected = sort_out(points, window)
    counts = {"accepted": 0, "duplicate": 0, "conflict": 0}
    if good:
        with writing(db):
            rows, beyond = _rows(db, camera_id, good, most_series)
            counts = _add(db, rows)
        rejected += beyond
    rejected.sort(key=lambda one: one.index)
    return ReadingsAnswer(**counts, rejected=rejected)


def _rows(
    db: Database, camera_id: str, good: Sequence[Sent], most_series: int
) -> tuple[list[Row], list[Rejected]]:
    """Return the rows to store; points of one series too many are rejected."""
    known = _series(db, camera_id)
    rows: list[Row] = []
    beyond: list[Rejected] = []
    for point in good:
        key = point.sensor, point.quantity
        if key not in known:
            if len(known) >= most_series:
                beyond.append(_too_many(point, most_series))
                continue
            known[key] = _add_series(db, camera_id, point)
        rows.append((known[key], point.ts_ms, point.value))
    return rows, beyond


def _too_many(point: Sent, most_series: int) -> Rejected:
    return Rejected(
        index=point.place,
        code="too_many_series",
        detail=f"A camera has at most {most_series} series; "
        f"{point.sensor}.{point.quantity} would be one more.",
    )


def _series(db: Database, camera_id: str) -> dict[tuple[str, str], int]:
    sql = "SELECT sensor, quantity, id FROM series WHERE camera_id = ?"
    return {(row[0], row[1]): row[2] for row in db.execute(sql, [camera_id])}


def _add_series(db: Database, camera_id: str, point: Sent) -> int:
    sql = "INSERT INTO series (camera_id, sensor, quantity, unit) VALUES (?, ?, ?, ?) RETURNING id"
    row = [camera_id, point.sensor, point.quantity, point.unit]
    series_id: int = db.execute(sql, row).fetchone()[0]
    return series_id


def _add(db: Database, rows: Sequence[Row]) -> dict[str, int]:
    sql = "INSERT OR IGNORE INTO reading VALUES (?, ?, ?)"
    accepted = db.conn.executemany(sql, rows).rowcount if rows else 0
    if accepted:
        hours = {(series_id, ts_ms // HOUR_MS) for series_id, ts_ms, _ in rows}
        db.conn.executemany("INSERT OR IGNORE INTO dirty VALUES (?, ?)", hours)
    conflict = _conflicts(db, rows) if accepted < len(rows) else 0
    duplicate = len(rows) - accepted - conflict
    return {"accepted": accepted, "duplicate": duplicate, "conflict": conflict}


def _conflicts(db: Database, rows: Sequence[Row]) -> int:
    """Return how many rows are there with another value."""
    sql = "SELECT value FROM reading WHERE series_id = ? AND ts_ms = ?"
    return sum(
        db.execute(sql, [series_id, ts_ms]).fetchone()[0] != value
        for series_id, ts_ms, value in rows
    )
