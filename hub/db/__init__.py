"""All the SQL of the hub: a connection, the migrations, and one module per subject.

Functions have verb names and return dataclasses; nobody else sees a query. Two files: ``hub.db`` holds cameras, keys
and products, ``series.db`` the readings (`hub.series`), so that millions of points never slow down a page.
"""

import contextlib
import fcntl
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database, Migrations

from hub.db import migrations_of_sync  # noqa: F401 - its steps join the others
from hub.db.migrations import migrations


def connect(path: Path) -> Database:
    """Open a database of the hub; one connection per request, never shared by threads.

    What is committed is on disk (``FULL``), because a camera forgets what the hub has confirmed.
    """
    db = Database(sqlite3.connect(path, timeout=30))
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = FULL")
    return db


def copy_database(source: Path, target: Path) -> None:
    """Write a copy of a database as it is at one moment, while others go on reading and writing it."""
    target.unlink(missing_ok=True)
    with (
        contextlib.closing(sqlite3.connect(source, timeout=30)) as original,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)
        copy.execute(
            "PRAGMA journal_mode = DELETE"
        )  # one file, without a log beside it


def migrate(path: Path) -> None:
    """Bring ``hub.db`` up to date, creating it if need be; processes that do this at once wait for each other."""
    apply(migrations, path)


def apply(steps: Migrations, path: Path) -> None:
    """Run the pending migrations of one database file while holding the lock beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with contextlib.closing(connect(path)) as db:
            steps.apply(db)


@contextlib.contextmanager
def writing(db: Database) -> Iterator[None]:
    """Hold the write lock from the start: what the block reads is still true when it writes.

    A transaction that reads first and asks for the lock afterwards is refused at once, without waiting, when another
    process has written in between; so everything that writes begins with this.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def faults(db: Database) -> list[str]:
    """Return what SQLite itself finds wrong with a database file."""
    damage = [row[0] for row in db.execute("PRAGMA integrity_check")]
    orphans = [
        f"row without its parent in {row[0]}"
        for row in db.execute("PRAGMA foreign_key_check")
    ]
    return [fault for fault in damage if fault != "ok"] + orphans
