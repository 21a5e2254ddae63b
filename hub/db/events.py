"""Events: meteor candidates and the like, with a stable id and a growing revision."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from hub.db import publication, tombstones, writing
from hub.db.publication import Judgement, ProductKey, Verdict
from products.manifest import EVENT_KIND, Event, event_sha256
from products.utc import parse_utc, utc_text


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


def judge(db: Database, camera_id: str, event_id: str, offered: Event) -> Judgement:
    """Compare an offered event with the one of the same id that the hub has."""
    if tombstones.is_event_deleted(db, camera_id, event_id):
        return Judgement(Verdict.DELETED)
    sql = "SELECT rev, sha256 FROM events WHERE camera_id = ? AND id = ?"
    row = next(db.query(sql, [camera_id, event_id]), None)
    if row is None:
        return Judgement(Verdict.NEW)
    same = row["sha256"] == event_sha256(offered)
    return Judgement.of(offered.rev, row["rev"], same=same)


def publish(
    db: Database, camera_id: str, event_id: str, event: Event, now: dt.datetime
) -> Judgement:
    """Publish an event whose picture is there, if it is `Verdict.NEW`; judge and write in one transaction."""
    with writing(db):
        judged = judge(db, camera_id, event_id, event)
        if judged.verdict is Verdict.NEW:
            for old in _keys(db, camera_id, event_id):  # of another night, perhaps
                remove(db, old)
            insert(db, event_key(camera_id, event_id, event), event, utc_text(now))
    return judged


def event_key(camera_id: str, event_id: str, event: Event) -> ProductKey:
    """Return the name of an event in digests, in tombstones, and among those that need files."""
    return ProductKey(camera_id, event.night, EVENT_KIND, event_id)


def insert(db: Database, key: ProductKey, event: Event, published_utc: str) -> None:
    """Write the row of an event and its need of a picture, within the transaction of the caller."""
    row = {
        "camera_id": key.camera_id,
        "id": key.part,
        "night": event.night,
        "taken_utc": utc_text(event.taken_utc),
        "rev": event.rev,
        "sha256": event_sha256(event),
        "event": event.model_dump_json(),
        "published_utc": published_utc,
    }
    db.table("events").insert(row, replace=True)
    publication.refer(db, key, {event.picture.sha256} if event.picture else set())


def remove(db: Database, key: ProductKey) -> None:
    """Delete the row of an event and its need of a picture, within the transaction of the caller."""
    publication.refer(db, key, set())
    sql = "DELETE FROM events WHERE camera_id = ? AND id = ?"
    db.execute(sql, [key.camera_id, key.part])


def withdraw(db: Database, key: ProductKey) -> None:
    """Take back a published event."""
    with writing(db):
        remove(db, key)


def picture_of(db: Database, camera_id: str, event_id: str) -> set[str]:
    """Return the SHA-256 of the picture that the published event of this id needs, if any."""
    keys = _keys(db, camera_id, event_id)
    return {one for key in keys for one in publication.needed_blobs(db, key)}


def events_in_night(db: Database, camera_id: str, night: str) -> int:
    """Return how many events of a night there are."""
    sql = "SELECT count(*) FROM events WHERE camera_id = ? AND night = ?"
    (count,) = db.execute(sql, [camera_id, night]).fetchone()
    return int(count)


def _keys(db: Database, camera_id: str, event_id: str) -> list[ProductKey]:
    sql = "SELECT night FROM events WHERE camera_id = ? AND id = ?"
    nights = [row["night"] for row in db.query(sql, [camera_id, event_id])]
    return [ProductKey(camera_id, night, EVENT_KIND, event_id) for night in nights]


def _events(rows: Iterator[dict[str, Any]]) -> Iterator[PublishedEvent]:
    for row in rows:
        yield PublishedEvent(
            row["camera_id"],
            row["id"],
            parse_utc(row["published_utc"]),
            Event.model_validate_json(row["event"]),
        )
