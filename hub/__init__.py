"""The web side: take finished products and readings from cameras and show them."""

import datetime as dt
from collections.abc import Callable

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from hub.config import HubSettings, load


def utc_now() -> dt.datetime:
    """Return the computer's time, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def create_app(
    settings: HubSettings | None = None, now: Callable[[], dt.datetime] = utc_now
) -> Flask:
    """Return the WSGI application; gunicorn calls this once in every worker."""
    from hub import api, headers, public, sync
    from hub.db import requests as db_requests

    app = Flask(__name__)
    app.config["HUB"] = settings or load()
    app.config["NOW"] = now
    if proxies := app.config["HUB"].proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000  # views that take more say so
    app.json.sort_keys = False  # type: ignore[attr-defined]
    headers.init_app(app)
    db_requests.init_app(app)
    sync.init_app(app)
    public.init_app(app)
    api.init_app(app)
    return app
