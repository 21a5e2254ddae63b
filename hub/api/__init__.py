"""Open data: what programs of others may ask for, without a key. Each file is one subject."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the addresses of open data."""
    from hub.api import cameras, readings

    app.register_blueprint(cameras.blueprint)
    app.register_blueprint(readings.blueprint)
