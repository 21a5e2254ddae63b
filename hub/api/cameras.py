"""The cameras of the network as GeoJSON: for our map, and for the maps of others."""

import json
from typing import Any

from flask import Blueprint, Response, request, url_for

from hub.db import cameras, products
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.public.cards import Card
from hub.public.languages import language
from hub.public.page_cache import kept_for_a_moment
from hub.public.phrases import state_words
from products.manifest import API
from products.sun import Place
from products.utc import utc_text

KEPT_S = 30

blueprint = Blueprint("open_cameras", __name__)


@blueprint.get(f"{API}/cameras.geojson")
def cameras_geojson() -> Response:
    """Serve every public camera whose place is known; ``?lang=`` chooses the language of what is meant for people."""
    answer = Response(
        kept_for_a_moment(_collection),
        content_type="application/geo+json",
        headers={
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": f"public, max-age={KEPT_S}",
        },
    )
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _collection() -> str:
    db, now = hub_db(), hub_now()
    live = products.live_frames(db)
    cards = (Card.of(one, live.get(one.id), now) for one in cameras.public_cameras(db))
    collection = {
        "type": "FeatureCollection",
        "features": [
            _feature(card, card.camera.place) for card in cards if card.camera.place
        ],
    }
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":"))


def _feature(card: Card, place: Place) -> dict[str, Any]:
    """Return one camera: its public place, its state, and where its page and its newest picture are."""
    camera = card.camera
    site = hub_settings().url.rstrip("/")
    page = url_for("pages.camera", lang=language(), camera_id=camera.id)
    facts: dict[str, Any] = {
        "id": camera.id,
        "name": camera.name,
        "country": camera.country,
        "elevation_m": place.elevation_m,
        "state": card.status.state.value,
        "state_words": state_words(card.status, card.now, camera.tz),
        "url": f"{site}{page}",
    }
    if card.live:
        facts["taken_utc"] = utc_text(card.live.taken_utc)
        facts["image_url"] = f"{site}{card.picture(480)}"
    return {
        "type": "Feature",
        "id": camera.id,
        "geometry": {
            "type": "Point",
            "coordinates": [place.longitude_deg, place.latitude_deg],
        },
        "properties": facts,
    }
