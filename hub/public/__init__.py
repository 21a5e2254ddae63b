"""What everybody may see: pages and media, and what other sites and programs show of them."""

import importlib

from flask import Flask

PARTS = (
    "media",
    "pages",
    "badge",
    "cards_og",
    "embed",
    "feeds",
    "oembed",
    "sitemap",
    "wellknown",
)


def init_app(app: Flask) -> None:
    """Add pages, media and languages."""
    for name in PARTS:
        importlib.import_module(f"hub.public.{name}").init_app(app)
