"""Media: immutable files by their SHA-256, and the stable addresses of the newest of everything."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the addresses of media."""
