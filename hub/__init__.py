"""The web side: take finished products and readings from cameras and show them."""

from flask import Flask

from hub.config import HubSettings, load


def create_app(settings: HubSettings | None = None) -> Flask:
    """Return the WSGI application; gunicorn calls this once in every worker."""
    from hub import public, sync
    from hub.db import requests as db_requests

    app = Flask(__name__)
    app.config["HUB"] = settings or load()
    app.json.sort_keys = False  # type: ignore[attr-defined]
    db_requests.init_app(app)
    sync.init_app(app)
    public.init_app(app)
    return app
