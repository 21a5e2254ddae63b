"""The API for cameras: what they send, checked, stored and answered (``docs/api.md``)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the addresses under ``/api/v1``."""
