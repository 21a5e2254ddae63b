"""What a request needs: the settings, the time, and one connection to each file, closed at its end."""

import datetime as dt
import sqlite3
import weakref
from pathlib import Path

from flask import Flask, current_app, g
from sqlite_utils import Database

from hub.config import HubSettings
from hub.db import connect


def hub_settings() -> HubSettings:
    """Return the settings of the application that serves this request."""
    settings: HubSettings = current_app.config["HUB"]
    return settings


def hub_now() -> dt.datetime:
    """Return the time of the hub, aware, in UTC; `hub.create_app` was given the clock."""
    now: dt.datetime = current_app.config["NOW"]()
    return now


def hub_db() -> Database:
    """Return this request's connection to ``hub.db``."""
    if "hub_db" not in g:
        g.hub_db = connect(hub_settings().hub_db)
    db: Database = g.hub_db
    return db


def init_app(app: Flask) -> None:
    """Close the connections when a request ends, but never the last one of this process.

    With the last connection SQLite would put away its log, and make it anew for the next request: slowly, and not at
    all when the disk is full, when pages should still be shown.
    """
    app.teardown_appcontext(_close)
    settings: HubSettings = app.config["HUB"]
    for file in (settings.hub_db, settings.series_db):
        if file.exists():
            weakref.finalize(app, _idle(file).close)


def _idle(file: Path) -> sqlite3.Connection:
    """Return a connection that has read and will do nothing more but be closed with the application, by any thread."""
    connection = sqlite3.connect(file, timeout=30, check_same_thread=False)
    connection.execute("PRAGMA schema_version").fetchall()
    return connection


def _close(_error: BaseException | None) -> None:
    for name in ("hub_db", "series_db"):
        if (db := g.pop(name, None)) is not None:
            db.close()
