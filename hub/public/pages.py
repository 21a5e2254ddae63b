"""The pages of the network and of its cameras."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the pages and the languages."""
