"""The pictures of pages for those who share them: one for each camera now, one for each of its nights.

A card is drawn when somebody asks for it, and kept below ``cards/`` in the data folder, named by the SHA-256 of what it
was drawn from, until a day has passed.
"""

import datetime as dt
from pathlib import Path

from flask import Flask, Response, abort

from hub.config import HubSettings
from hub.db import products
from hub.db.cameras import Camera
from hub.db.products import Live, Product
from hub.db.requests import hub_db, hub_settings
from hub.media import blob_store, live_store
from hub.public import phrases
from hub.public.answers import NEWEST, open_blueprint, stored_file
from hub.public.blueprint import camera_or_404, night_or_404
from hub.public.card_picture import Disc, Words, draw_card
from hub.public.pictures import bare_ribbon, smallest
from hub.public.ring import day_ring
from products.files import write_atomically
from products.manifest import Circle, sha256_hex
from products.night import Night

KEPT = dt.timedelta(days=1)
_FORM = 1  # of the drawing: a new one makes all cards new
_SKY_PX = 960

blueprint = open_blueprint("card")


def init_app(app: Flask) -> None:
    """Add the addresses of cards."""
    app.register_blueprint(blueprint)


@blueprint.get("/c/<camera_id>/card.jpg")
def camera_card(camera_id: str) -> Response:
    """Serve the card of a camera: its newest sky."""
    camera = camera_or_404(camera_id)
    live = products.live_frame(hub_db(), camera.id)
    if live is None:
        return _served(camera, "now", _words(camera, camera.name, _place(camera)))
    local = live.taken_utc.astimezone(camera.tz)
    taken = f"{phrases.date(local.date())}, {phrases.clock_time(local, camera.tz)}"
    words = _words(camera, camera.name, _place(camera), taken)
    return _served(camera, "now", words, _sky_now(camera, live))


@blueprint.get("/c/<camera_id>/<night_name>/card.jpg")
def night_card(camera_id: str, night_name: str) -> Response:
    """Serve the card of a night: its keogram and its startrails."""
    camera = camera_or_404(camera_id)
    night = night_or_404(night_name, camera)
    kinds = products.night_products(hub_db(), camera.id, night.name)
    if not kinds:
        abort(404)
    words = _words(camera, phrases.night_title(night), camera.name, _place(camera))
    trails, keogram = kinds.get("startrails"), kinds.get("keogram")
    disc = Disc(_file(trails), _circle(camera)) if trails else None
    ribbon = _ribbon(keogram) if keogram else None
    return _served(camera, night.name, words, disc, ribbon)


def forget_old_cards(settings: HubSettings, now: dt.datetime) -> bool:
    """Delete the cards that were drawn more than a day ago, and say whether there were any; they can be drawn again."""
    oldest = (now - KEPT).timestamp()
    cards = (settings.data / "cards").glob("*/*/*")
    old = [card for card in cards if card.stat().st_mtime < oldest]
    for card in old:
        card.unlink(missing_ok=True)
    return bool(old)


def _served(
    camera: Camera,
    name: str,
    words: Words,
    disc: Disc | None = None,
    ribbon: Path | None = None,
) -> Response:
    """Serve a card, drawing it when there is none yet of exactly this."""
    drawn_from = sha256_hex(repr((_FORM, words, disc, ribbon)).encode())
    path = hub_settings().data / "cards" / camera.id / name / drawn_from
    if not path.is_file():
        try:
            card = draw_card(words, disc, ribbon)
        except (
            OSError
        ):  # a picture that is gone or damaged costs the card only its picture
            card = draw_card(words, None)
        write_atomically(path, card, durable=False)
    return stored_file(path, "image/jpeg", NEWEST)


def _sky_now(camera: Camera, live: Live) -> Disc:
    sha256 = live.variants.get(str(_SKY_PX), live.sha256)
    picture = live_store(hub_settings(), camera.id).path(sha256)
    night = Night.at(live.taken_utc, camera.tz)
    ring = day_ring(camera.place, night) if camera.place else None
    tick = ring.tick(live.taken_utc) if ring else None
    return Disc(picture, _circle(camera), ring, tick)


def _circle(camera: Camera) -> Circle | None:
    return camera.description.circle if camera.description else None


def _file(product: Product) -> Path:
    return blob_store(hub_settings()).path(smallest(product.manifest, _SKY_PX).sha256)


def _ribbon(keogram: Product) -> Path:
    blob = bare_ribbon(keogram.manifest, _SKY_PX) or keogram.manifest
    return blob_store(hub_settings()).path(blob.sha256)


def _words(camera: Camera, title: str, *lines: str) -> Words:
    network = f"{hub_settings().network} · {camera.id}"
    return Words(title, tuple(line for line in lines if line), network)


def _place(camera: Camera) -> str:
    place = phrases.coordinates(camera.place) if camera.place else ""
    parts = (phrases.country_name(camera.country), place)
    return ", ".join(part for part in parts if part)
