"""What a request needs: the settings, the time, and one connection to each file, closed at its end."""

import datetime as dt

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
    """Close the connections when a request ends."""
    app.teardown_appcontext(_close)


def _close(_error: BaseException | None) -> None:
    for name in ("hub_db", "series_db"):
        if (db := g.pop(name, None)) is not None:
            db.close()
