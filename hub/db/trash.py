"""The trash: what was deleted is gone for visitors at once, and for 30 days it can be taken back."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from hub.db import events, publication, tombstones, writing
from hub.db.publication import ProductKey
from products.manifest import EVENT_KIND, Event, ProductManifest
from products.utc import parse_utc, utc_text

KEPT = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Trashed:
    """A product or event in the trash."""

    camera_id: str
    key: str
    deleted_utc: dt.datetime

    @property
    def until_utc(self) -> dt.datetime:
        """When its files go."""
        return self.deleted_utc + KEPT


def delete_products(
    db: Database, camera_id: str, keys: Iterable[str], who: str, now: dt.datetime
) -> list[str]:
    """Delete products and events of a camera by their names, in one transaction; return those that were published.

    The camera is told not to send them, also those that it has not sent yet.
    """
    names = sorted(set(keys))
    with writing(db):
        found = [name for name in names if _move(db, camera_id, name, utc_text(now))]
        tombstones.say(db, camera_id, names, now, who=who, deleted=True)
    return found


def restore_products(
    db: Database, camera_id: str, keys: Iterable[str], who: str, now: dt.datetime
) -> list[str]:
    """Take products and events back and let the camera send them again; return those that were still in the trash."""
    names = sorted(set(keys))
    with writing(db):
        found = [name for name in names if _move_back(db, camera_id, name)]
        tombstones.say(db, camera_id, names, now, who=who, deleted=False)
    return found


def trashed(
    db: Database, camera_id: str | None = None, before: dt.datetime | None = None
) -> list[Trashed]:
    """Return what is in the trash, oldest first: of one camera or all, deleted before a moment or at all."""
    sql = """
        SELECT camera_id, key, deleted_utc FROM trash
        WHERE (:camera IS NULL OR camera_id = :camera) AND deleted_utc < :before ORDER BY deleted_utc, camera_id, key
    """
    values = {"camera": camera_id, "before": utc_text(before) if before else "~"}
    return list(_trashed(db.query(sql, values)))


def empty_trash(db: Database, one: Trashed) -> set[str]:
    """Remove one thing from the trash for ever; return the SHA-256 of the files that it needed."""
    with writing(db):
        sql = "SELECT sha256 FROM trash_blobs WHERE camera_id = ? AND key = ?"
        rows = list(db.query(sql, [one.camera_id, one.key]))
        sql = "DELETE FROM trash WHERE camera_id = ? AND key = ?"
        db.execute(sql, [one.camera_id, one.key])
    return {row["sha256"] for row in rows}


def _move(db: Database, camera_id: str, name: str, deleted_utc: str) -> bool:
    key = ProductKey.named(camera_id, name)
    if key.kind == EVENT_KIND:
        sql = "SELECT event AS content, published_utc FROM events WHERE camera_id = ? AND id = ? AND night = ?"
        values = [camera_id, key.part, key.night]
    else:
        sql = """
            SELECT manifest AS content, published_utc FROM products
            WHERE camera_id = ? AND night = ? AND kind = ? AND part = ?
        """
        values = list(key.row.values())
    row = next(db.query(sql, values), None)
    if row is None:
        return False
    names = {"camera_id": camera_id, "key": name}
    db.table("trash").insert(names | row | {"deleted_utc": deleted_utc}, replace=True)
    needed = publication.needed_blobs(db, key)
    db.table("trash_blobs").insert_all(
        names | {"sha256": sha256} for sha256 in sorted(needed)
    )
    if key.kind == EVENT_KIND:
        events.remove(db, key)
    else:
        publication.remove(db, key)
    return True


def _move_back(db: Database, camera_id: str, name: str) -> bool:
    sql = "DELETE FROM trash WHERE camera_id = ? AND key = ? RETURNING content, published_utc"
    row = db.execute(sql, [camera_id, name]).fetchone()
    if row is None:
        return False
    content, published_utc = row
    key = ProductKey.named(camera_id, name)
    if key.kind == EVENT_KIND:
        event = Event.model_validate_json(content)
        events.insert(db, key, event, published_utc)
    else:
        manifest = ProductManifest.model_validate_json(content)
        publication.insert(db, key, manifest, published_utc)
    return True


def _trashed(rows: Iterator[dict[str, Any]]) -> Iterator[Trashed]:
    for row in rows:
        deleted_utc = parse_utc(row["deleted_utc"])
        yield Trashed(row["camera_id"], row["key"], deleted_utc)
