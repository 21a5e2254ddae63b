"""The API for cameras: what they send, checked, stored and answered (``docs/api.md``)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the addresses under ``/api/v1``."""
    from hub.sync import (
        blobs,
        bodies,
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
    app.before_request(bodies.give_up_silent_lines)
    for part in (join, hello, camera, live, readings, events, blobs, products):
        app.register_blueprint(part.blueprint)
