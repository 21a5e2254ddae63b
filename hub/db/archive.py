"""The archive: frames that a camera sends now and then, found by the moment they were taken, never by their number."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from products.manifest import ProductManifest

_PART = "%Y%m%dT%H%M%SZ"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ArchiveFrame:
    """One frame of the archive: when it was taken, which night it is filed under, and its files."""

    taken_utc: dt.datetime
    night: str
    manifest: ProductManifest


def frame_part(taken_utc: dt.datetime) -> str:
    """Return the part under which a frame is filed: ``20261122T030000Z``."""
    return taken_utc.astimezone(dt.UTC).strftime(_PART)


def frame_time(part: str) -> dt.datetime:
    """Return when the frame of a part was taken, or raise ValueError when the part is no such name."""
    taken_utc = dt.datetime.strptime(part, _PART).replace(tzinfo=dt.UTC)
    if frame_part(taken_utc) != part:
        raise ValueError(f"{part!r} is not written like 20261122T030000Z")
    return taken_utc


def archive_days(
    db: Database, camera_id: str, first: dt.date, last: dt.date, zone: ZoneInfo
) -> dict[dt.date, int]:
    """Return how many frames there are of each day of ``zone``, ``first`` to ``last`` inclusive, without empty days.

    Only an index is read: a month of 144 frames a day takes about a millisecond.
    """
    sql = "SELECT count(*) FROM products WHERE camera_id = ? AND kind = 'frame' AND part >= ? AND part < ?"
    found = {}
    for day in _days(first, last):
        span = (_midnight(day, zone), _midnight(day + _DAY, zone))
        (count,) = db.execute(sql, [camera_id, *map(frame_part, span)]).fetchone()
        if count:
            found[day] = count
    return found


def archive_frames(
    db: Database, camera_id: str, start_utc: dt.datetime, end_utc: dt.datetime
) -> list[ArchiveFrame]:
    """Return the frames with ``start_utc`` <= time < ``end_utc``, oldest first."""
    sql = """
        SELECT part, night, manifest FROM products
        WHERE camera_id = ? AND kind = 'frame' AND part >= ? AND part < ? ORDER BY part
    """
    span = frame_part(start_utc), frame_part(end_utc)
    return list(_frames(db.query(sql, [camera_id, *span])))


def first_frames(
    db: Database, camera_id: str, days: Iterable[dt.date], zone: ZoneInfo
) -> dict[dt.date, ArchiveFrame]:
    """Return the first frame of each of these days of ``zone``, which is that of the middle of a night."""
    sql = """
        SELECT part, night, manifest FROM products
        WHERE camera_id = ? AND kind = 'frame' AND part >= ? AND part < ? ORDER BY part LIMIT 1
    """
    found = {}
    for day in days:
        span = (_midnight(day, zone), _midnight(day + _DAY, zone))
        frames = _frames(db.query(sql, [camera_id, *map(frame_part, span)]))
        if frame := next(frames, None):
            found[day] = frame
    return found


def neighbour_frames(
    db: Database, camera_id: str, start_utc: dt.datetime, end_utc: dt.datetime
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return when the last frame before ``start_utc`` and the first at ``end_utc`` or after it were taken."""
    sql = """
        SELECT (SELECT max(part) FROM products WHERE camera_id = :id AND kind = 'frame' AND part < :start) AS before,
               (SELECT min(part) FROM products WHERE camera_id = :id AND kind = 'frame' AND part >= :end) AS after
    """
    span = {"start": frame_part(start_utc), "end": frame_part(end_utc)}
    row = next(db.query(sql, {"id": camera_id, **span}))
    before, after = (frame_time(one) if one else None for one in row.values())
    return before, after


def archive_span(
    db: Database, camera_id: str
) -> tuple[dt.datetime, dt.datetime] | None:
    """Return when the oldest and the newest frame of the archive were taken, or None when it is empty."""
    sql = """
        SELECT (SELECT min(part) FROM products WHERE camera_id = :id AND kind = 'frame') AS first,
               (SELECT max(part) FROM products WHERE camera_id = :id AND kind = 'frame') AS last
    """
    row = next(db.query(sql, {"id": camera_id}))
    if row["first"] is None:
        return None
    return frame_time(row["first"]), frame_time(row["last"])


def _frames(rows: Iterator[dict[str, Any]]) -> Iterator[ArchiveFrame]:
    for row in rows:
        yield ArchiveFrame(
            frame_time(row["part"]),
            row["night"],
            ProductManifest.model_validate_json(row["manifest"]),
        )


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    return (first + n * _DAY for n in range((last - first).days + 1))


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)
