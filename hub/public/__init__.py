"""What everybody may see: pages and media."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add pages, media and languages."""
    from hub.public import media, pages

    media.init_app(app)
    pages.init_app(app)
