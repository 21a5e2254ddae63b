"""Tombstones: the last word on every key that was deleted, numbered so that a camera can ask what is new.

The number of a word is the hub's time in milliseconds, or one more than the last: a hub that was restored from
yesterday's backup never gives out a number that a camera believes to have seen.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from products.manifest import EVENT_KIND
from products.utc import utc_text

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Words:
    """What was deleted and what was released since a cursor, and the cursor for the next question."""

    deleted: list[str]
    released: list[str]
    cursor: int


def is_deleted(db: Database, camera_id: str, key: str) -> bool:
    """Return whether the last word on a key is that it was deleted."""
    sql = "SELECT 1 FROM tombstones WHERE camera_id = ? AND key = ? AND deleted"
    return db.execute(sql, [camera_id, key]).fetchone() is not None


def is_event_deleted(db: Database, camera_id: str, event_id: str) -> bool:
    """Return whether an event was deleted, under whatever night: a clock put right may have moved it to another."""
    sql = "SELECT 1 FROM tombstones WHERE camera_id = ? AND substr(key, 11) = ? AND deleted"
    values = [camera_id, f"/{EVENT_KIND}/{event_id}"]  # after a night's ten letters
    return db.execute(sql, values).fetchone() is not None


def deleted_keys(db: Database, camera_id: str, night: str) -> list[str]:
    """Return the keys of a night that were deleted."""
    sql = "SELECT key FROM tombstones WHERE camera_id = ? AND key > ? AND key < ? AND deleted ORDER BY key"
    span = f"{night}/", f"{night}0"  # "0" follows "/"
    return [row["key"] for row in db.query(sql, [camera_id, *span])]


def say(
    db: Database,
    camera_id: str,
    keys: Iterable[str],
    now: dt.datetime,
    *,
    who: str,
    deleted: bool,
) -> None:
    """Set the last word on keys, within the transaction of the caller."""
    said_utc, at_ms = utc_text(now), int(now.timestamp() * 1000)
    sql = """
        INSERT OR REPLACE INTO tombstones (seq, camera_id, key, deleted, said_utc, who)
        VALUES (max(?, 1 + coalesce((SELECT max(seq) FROM tombstones), 0)), ?, ?, ?, ?, ?)
    """
    for key in keys:
        db.execute(sql, [at_ms, camera_id, key, deleted, said_utc, who])


def last_word(db: Database, camera_id: str) -> int:
    """Return the number of the last word on a camera's keys, 0 when nothing was said."""
    sql = "SELECT coalesce(max(seq), 0) FROM tombstones WHERE camera_id = ?"
    return int(db.execute(sql, [camera_id]).fetchone()[0])


def words_since(db: Database, camera_id: str, cursor: int) -> Words:
    """Return the words on a camera's keys after ``cursor``, at most `MOST_AT_ONCE`.

    A cursor beyond the last word is that of a hub that was restored from a backup; it comes back as this hub's own.
    """
    sql = "SELECT seq, key, deleted FROM tombstones WHERE camera_id = ? AND seq > ? ORDER BY seq LIMIT ?"
    rows = list(db.query(sql, [camera_id, cursor, MOST_AT_ONCE]))
    return Words(
        deleted=[row["key"] for row in rows if row["deleted"]],
        released=[row["key"] for row in rows if not row["deleted"]],
        cursor=rows[-1]["seq"] if rows else min(cursor, last_word(db, camera_id)),
    )
