"""The file of the readings, ``series.db``, and its tables."""

from pathlib import Path

from flask import g
from sqlite_utils import Database, Migrations

from hub.db import apply, connect
from hub.db.requests import hub_settings

migrations = Migrations("series")


@migrations(transactional=False)
def m001_wal(db: Database) -> None:
    """Let readers work while a camera writes."""
    db.enable_wal()


@migrations()
def m002_series_and_readings(db: Database) -> None:
    """Create one row per series and one per reading; the latter is its own index."""
    db.execute("""
        CREATE TABLE series (id INTEGER PRIMARY KEY, camera_id TEXT NOT NULL, sensor TEXT NOT NULL,
            quantity TEXT NOT NULL, unit TEXT NOT NULL, UNIQUE (camera_id, sensor, quantity)) STRICT
    """)
    db.execute("""
        CREATE TABLE reading (series_id INTEGER NOT NULL REFERENCES series (id), ts_ms INTEGER NOT NULL,
            value REAL NOT NULL, PRIMARY KEY (series_id, ts_ms)) STRICT, WITHOUT ROWID
    """)


@migrations()
def m003_rollups(db: Database) -> None:
    """Create the hours and days of each series, and the list of hours to be summed up anew: all that there are.

    Hours and days are counted from 1970 in UTC. ``n`` counts every reading, ``marked`` the implausible ones among them,
    which the other columns leave out.
    """
    for name, unit in (("hourly", "hour"), ("daily", "day")):
        db.execute(f"""
            CREATE TABLE {name} (series_id INTEGER NOT NULL REFERENCES series (id), {unit} INTEGER NOT NULL,
                n INTEGER NOT NULL, marked INTEGER NOT NULL, low REAL, high REAL, total REAL,
                PRIMARY KEY (series_id, {unit})) STRICT, WITHOUT ROWID
        """)
    db.execute("""
        CREATE TABLE dirty (series_id INTEGER NOT NULL REFERENCES series (id), hour INTEGER NOT NULL,
            PRIMARY KEY (series_id, hour)) STRICT, WITHOUT ROWID
    """)
    db.execute("""
        INSERT INTO dirty SELECT DISTINCT series_id, ts_ms / 3600000 FROM reading
    """)


def migrate(path: Path) -> None:
    """Bring ``series.db`` up to date, creating it if need be; processes that do this at once wait for each other."""
    apply(migrations, path)


def series_db() -> Database:
    """Return this request's connection to ``series.db``."""
    if "series_db" not in g:
        g.series_db = connect(hub_settings().series_db)
    db: Database = g.series_db
    return db
