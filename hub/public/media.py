"""Media: immutable files by their SHA-256, and the stable addresses of the newest of everything.

Every answer has a strong ETag, byte ranges, and leave for any site to show it; none sets a cookie. A camera that
visitors may not see answers 404, like one that does not exist.
"""

from flask import Flask, Response, abort, json, url_for

from hub.db import blobs, cameras, products
from hub.db.products import Live
from hub.db.requests import hub_db, hub_settings
from hub.media import blob_store, live_store
from hub.public.answers import IMMUTABLE, NEWEST, document, open_blueprint, stored_file
from products.manifest import LIVE_WIDTHS, MEDIA_TYPES
from products.utc import utc_text

blueprint = open_blueprint("media")


def init_app(app: Flask) -> None:
    """Add the addresses of media."""
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Answer 200 when the hub is up and its database can be read."""
    cameras.is_visible(hub_db(), "")
    headers = {"Cache-Control": "no-store"}
    return Response("ok\n", content_type="text/plain", headers=headers)


@blueprint.get("/b/<sha256>.<extension>")
def blob(sha256: str, extension: str) -> Response:
    """Serve a file of a published product; it never changes."""
    found = blobs.published_blob(hub_db(), sha256)
    if found is None or MEDIA_TYPES.get(found.type) != extension:
        abort(404)
    path = blob_store(hub_settings()).path(sha256)
    return stored_file(path, found.type, IMMUTABLE)


@blueprint.get("/c/<camera_id>/latest.jpg", defaults={"width": ""})
@blueprint.get("/c/<camera_id>/latest-<any('960', '480'):width>.jpg")
def latest_image(camera_id: str, width: str) -> Response:
    """Serve the newest frame; where a camera sends no smaller version, the next larger one stands in."""
    live = _live(camera_id)
    larger = [w for w in sorted(LIVE_WIDTHS) if width and w >= int(width)]
    sha256 = next(
        (live.variants[str(w)] for w in larger if str(w) in live.variants), live.sha256
    )
    path = live_store(hub_settings(), camera_id).path(sha256)
    return stored_file(path, "image/jpeg", NEWEST, live.taken_utc)


@blueprint.get("/c/<camera_id>/latest.json")
def latest_facts(camera_id: str) -> Response:
    """Serve what is known of the newest frame, and where its image is."""
    live = _live(camera_id)
    seen = live.sha256[:16]  # a new address for each frame, for caches that ask nobody
    widths = ["", *sorted(live.variants)]
    facts = live.facts.model_dump(mode="json", exclude_none=True) | {
        "id": camera_id,
        "taken_utc": utc_text(live.taken_utc),
        "received_utc": utc_text(live.received_utc),
        "sha256": live.sha256,
        "urls": {
            width or "image": url_for(
                "media.latest_image", camera_id=camera_id, width=width, v=seen
            )
            for width in widths
        },
    }
    return document(json.dumps(facts), "application/json", live.taken_utc)


@blueprint.get("/c/<camera_id>/keogram/latest.jpg", defaults={"kind": "keogram"})
@blueprint.get("/c/<camera_id>/startrails/latest.jpg", defaults={"kind": "startrails"})
@blueprint.get("/c/<camera_id>/<any('startrails-comet'):kind>/latest.jpg")
@blueprint.get("/c/<camera_id>/timelapse/latest.mp4", defaults={"kind": "timelapse"})
@blueprint.get(
    "/c/<camera_id>/<any('timelapse-day', 'startrails-timelapse'):kind>/latest.mp4"
)
@blueprint.get("/c/<camera_id>/sqm/latest.png", defaults={"kind": "sqm"})
@blueprint.get("/c/<camera_id>/<any('month-keogram', 'year-keogram'):kind>/latest.jpg")
@blueprint.get(
    "/c/<camera_id>/<any('month-video', 'season-video', 'year-video'):kind>/latest.mp4"
)
def latest_product(camera_id: str, kind: str) -> Response:
    """Serve the newest product of this kind."""
    _visible(camera_id)
    newest = products.latest_product(hub_db(), camera_id, kind)
    if newest is None:
        abort(404)
    manifest = newest.manifest
    path = blob_store(hub_settings()).path(manifest.sha256)
    taken = manifest.last or newest.published_utc
    return stored_file(path, manifest.type, NEWEST, taken)


def _visible(camera_id: str) -> None:
    if not cameras.is_visible(hub_db(), camera_id):
        abort(404)


def _live(camera_id: str) -> Live:
    _visible(camera_id)
    live = products.live_frame(hub_db(), camera_id)
    if live is None:
        abort(404)
    return live
