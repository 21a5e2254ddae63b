"""The map of all cameras, and what every page with a map needs."""

from flask import Flask, render_template

from hub import headers
from hub.db import cameras, products
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.public.blueprint import LANG, pages
from hub.public.cards import Card


def init_app(app: Flask) -> None:
    """Let templates ask whether their map may offer tiles."""
    app.jinja_env.globals.update(map_tiles=map_tiles)


def map_tiles() -> bool:
    """Return whether the map offers tiles of another site, and let the page of this request load them."""
    origin = hub_settings().site.tiles_origin
    if origin:
        # Leaflet empties tiles that it no longer needs with a one-pixel image in a data address.
        headers.allow_images(f"{origin} data:")
    return bool(origin)


@pages.get(LANG + "/map")
def map_page(lang: str) -> str:
    """Show all cameras on a map, and the same in words."""
    db, now = hub_db(), hub_now()
    live = products.live_frames(db)
    cards = [Card.of(one, live.get(one.id), now) for one in cameras.public_cameras(db)]
    return render_template("map.html", cards=cards, now=now)
