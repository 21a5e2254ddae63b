"""The API for cameras: what they send, checked, stored and answered (``docs/api.md``)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the addresses under ``/api/v1``."""
    from hub.sync import (
        blobs,
        camera,
        events,
        hello,
        join,
        live,
        problems,
        products,
        readings,
    )

    problems.init_app(app)
    for part in (join, hello, camera, live, readings, events, blobs, products):
        app.register_blueprint(part.blueprint)
