"""Blobs: which files the hub holds, and which cameras have shown that they hold them too."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from sqlite_utils import Database

from hub.db import writing
from products.manifest import Blob
from products.utc import utc_text

_NEEDED = """(EXISTS (SELECT 1 FROM product_blobs WHERE product_blobs.sha256 = blobs.sha256)
    OR EXISTS (SELECT 1 FROM trash_blobs WHERE trash_blobs.sha256 = blobs.sha256))"""


def owned_blobs(
    db: Database, camera_id: str, sha256s: Iterable[str]
) -> dict[str, Blob]:
    """Return those of the named blobs that this camera has sent, by SHA-256; what only others have is not there."""
    sql = """
        SELECT sha256, size, type, width, height FROM blob_owners JOIN blobs USING (sha256)
        WHERE camera_id = ? AND sha256 = ?
    """
    rows = (row for one in set(sha256s) for row in db.query(sql, [camera_id, one]))
    return {row["sha256"]: Blob.model_validate(row) for row in rows}


def add_blob(db: Database, camera_id: str, blob: Blob, now: dt.datetime) -> bool:
    """Record a blob whose file is in place and that the camera holds it; return whether that is new."""
    row = blob.model_dump() | {"now": utc_text(now)}
    sql = """
        INSERT INTO blobs (sha256, size, type, stored_utc, width, height)
        VALUES (:sha256, :size, :type, :now, :width, :height)
        ON CONFLICT DO UPDATE SET stored_utc = :now, width = :width, height = :height
    """
    with writing(db):
        db.execute(sql, row)
        owner = [camera_id, blob.sha256]
        added = db.execute("INSERT OR IGNORE INTO blob_owners VALUES (?, ?)", owner)
        return int(added.rowcount) == 1


def forget_blobs(
    db: Database,
    camera_id: str,
    sha256s: Iterable[str],
    remove_file: Callable[[str], None],
) -> None:
    """Forget that this camera has sent these blobs; those that nobody else has sent are removed, rows and files.

    What a published product or event needs stays, and what is in the trash. Files go before the transaction ends, so
    that a camera which sends the same file at this moment finds either both or neither.
    """
    with writing(db):
        for sha256 in sha256s:
            sql = f"SELECT 1 FROM blobs WHERE sha256 = ? AND {_NEEDED}"
            if db.execute(sql, [sha256]).fetchone():
                continue
            sql = "DELETE FROM blob_owners WHERE camera_id = ? AND sha256 = ?"
            db.execute(sql, [camera_id, sha256])
            sql = """
                DELETE FROM blobs WHERE sha256 = ?1
                AND NOT EXISTS (SELECT 1 FROM blob_owners WHERE sha256 = ?1)
            """
            if db.execute(sql, [sha256]).rowcount == 1:
                remove_file(sha256)


def unneeded_blobs(
    db: Database, before: dt.datetime, limit: int
) -> list[tuple[str, str]]:
    """Return (camera ID, SHA-256) of blobs that were sent before a moment and that nothing needs."""
    sql = f"""
        SELECT camera_id, sha256 FROM blobs JOIN blob_owners USING (sha256)
        WHERE stored_utc < ? AND NOT {_NEEDED} LIMIT ?
    """
    rows = db.query(sql, [utc_text(before), limit])
    return [(row["camera_id"], row["sha256"]) for row in rows]


def remove_unknown_file(
    db: Database, sha256: str, remove_file: Callable[[str], None]
) -> bool:
    """Remove a file unless there is a row for it; return whether it was removed.

    The write lock is held, so a camera that sends the same file at this moment gets its row before or is told that the
    file is gone.
    """
    with writing(db):
        if db.execute("SELECT 1 FROM blobs WHERE sha256 = ?", [sha256]).fetchone():
            return False
        remove_file(sha256)
        return True


def published_blob(db: Database, sha256: str) -> Blob | None:
    """Return a blob if a published product of a camera that visitors may see needs it."""
    sql = """
        SELECT sha256, size, type FROM blobs WHERE sha256 = ? AND EXISTS (
            SELECT 1 FROM product_blobs JOIN visible_cameras ON visible_cameras.id = camera_id
            WHERE product_blobs.sha256 = blobs.sha256)
    """
    row = next(db.query(sql, [sha256]), None)
    return Blob.model_validate(row) if row else None


def owners(db: Database, sha256: str) -> list[str]:
    """Return the cameras that have sent a file."""
    sql = "SELECT camera_id FROM blob_owners WHERE sha256 = ?"
    return [row["camera_id"] for row in db.query(sql, [sha256])]


def all_blobs(db: Database) -> Iterator[Blob]:
    """Yield every blob that the hub should hold."""
    sql = "SELECT sha256, size, type FROM blobs ORDER BY sha256"
    return (Blob.model_validate(row) for row in db.query(sql))
