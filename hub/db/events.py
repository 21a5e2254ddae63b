"""Events: meteor candidates and the like, with a stable id and a growing revision."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from products.manifest import Event
from products.utc import parse_utc


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event of a camera as the hub has it."""

    camera_id: str
    id: str
    published_utc: dt.datetime
    event: Event


def events_of_night(db: Database, camera_id: str, night: str) -> list[PublishedEvent]:
    """Return the events of one night, oldest first."""
    sql = (
        "SELECT * FROM events WHERE camera_id = ? AND night = ? ORDER BY taken_utc, id"
    )
    return list(_events(db.query(sql, [camera_id, night])))


def recent_events(
    db: Database, limit: int, camera_id: str | None = None
) -> list[PublishedEvent]:
    """Return the newest events, newest first: of one camera, or of all that visitors may see."""
    whose = "camera_id = :camera" if camera_id else "true"
    sql = f"""
        SELECT events.* FROM events JOIN visible_cameras ON visible_cameras.id = camera_id
        WHERE {whose} ORDER BY taken_utc DESC, events.id LIMIT :limit
    """
    return list(_events(db.query(sql, {"camera": camera_id, "limit": limit})))


def _events(rows: Iterator[dict[str, Any]]) -> Iterator[PublishedEvent]:
    for row in rows:
        yield PublishedEvent(
            row["camera_id"],
            row["id"],
            parse_utc(row["published_utc"]),
            Event.model_validate_json(row["event"]),
        )
