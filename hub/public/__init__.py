"""What everybody may see: pages and media, and what other sites show of them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add pages, media and languages."""
    from hub.public import badge, cards_og, embed, media, oembed, pages

    for part in (media, pages, embed, oembed, cards_og, badge):
        part.init_app(app)
