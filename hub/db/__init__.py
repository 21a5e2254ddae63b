"""All the SQL of the hub: a connection, the migrations, and one module per subject.

Functions have verb names and return dataclasses; nobody else sees a query. Two files: ``hub.db`` holds cameras, keys
and products, ``series.db`` the readings (`hub.series`), so that millions of points never slow down a page.
"""

import sqlite3
from pathlib import Path

from sqlite_utils import Database

from hub.db.migrations import migrations


def connect(path: Path) -> Database:
    """Open ``hub.db``; one connection per request, never shared by threads."""
    db = Database(sqlite3.connect(path, timeout=30))
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def migrate(path: Path) -> None:
    """Bring ``hub.db`` up to date; run once, before the workers start."""
    db = connect(path)
    migrations.apply(db)
    db.close()
