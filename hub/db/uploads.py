"""Files that come in pieces: how much of each is safely on disk."""

import datetime as dt
from dataclasses import dataclass

from sqlite_utils import Database

from hub.db import writing
from products.utc import utc_text


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way from a camera: its whole size, and how many bytes of it have been flushed to disk."""

    camera_id: str
    sha256: str
    size: int
    type: str
    offset: int = 0


def find_upload(db: Database, camera_id: str, sha256: str) -> Upload | None:
    """Return what has come of a file, or None when nothing has."""
    sql = "SELECT camera_id, sha256, size, type, offset FROM uploads WHERE camera_id = ? AND sha256 = ?"
    row = next(db.query(sql, [camera_id, sha256]), None)
    return Upload(**row) if row else None


def save_upload(db: Database, upload: Upload, now: dt.datetime) -> None:
    """Record that a piece is on disk."""
    sql = """
        INSERT OR REPLACE INTO uploads (camera_id, sha256, size, type, offset, piece_utc) VALUES (?, ?, ?, ?, ?, ?)
    """
    named = [upload.camera_id, upload.sha256, upload.size, upload.type]
    with writing(db):
        db.execute(sql, [*named, upload.offset, utc_text(now)])


def drop_upload(db: Database, camera_id: str, sha256: str) -> None:
    """Forget the pieces of a file."""
    sql = "DELETE FROM uploads WHERE camera_id = ? AND sha256 = ?"
    with writing(db):
        db.execute(sql, [camera_id, sha256])


def stale_uploads(db: Database, before: dt.datetime) -> list[Upload]:
    """Return the files of which no piece has come since."""
    sql = (
        "SELECT camera_id, sha256, size, type, offset FROM uploads WHERE piece_utc < ?"
    )
    return [Upload(**row) for row in db.query(sql, [utc_text(before)])]
