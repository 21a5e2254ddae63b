"""The newest frame of a camera: swapped in at once, never queued, never replaced by an older one."""

import datetime as dt

from flask import Blueprint, request

from hub.db import products
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.inspection import UnfitFileError
from hub.media import DiskStore, live_store, remove_old_frames
from hub.sync import bodies, quotas
from hub.sync.access import calling_camera
from hub.sync.messages import parse_message
from hub.sync.problems import ApiError
from products.manifest import API, LIVE_WIDTHS, Blob, LiveFacts
from products.utc import utc_text

FUTURE = dt.timedelta(minutes=5)
KEPT = dt.timedelta(minutes=1)
_STALE = {"ignored": "stale"}

blueprint = Blueprint("live", __name__, url_prefix=f"{API}/sync")


@blueprint.put("/live")
def put_live() -> dict[str, str]:
    """Take the newest frame with its facts and smaller versions."""
    key, db, now = calling_camera(), hub_db(), hub_now()
    size = bodies.announced_bytes(hub_settings().largest_live_bytes)
    counter = quotas.spend_bytes(key.camera_id, size, live=True)
    with bodies.counted_body(counter, size):
        facts = parse_message(LiveFacts, request.form.get("facts", ""))
    if facts.taken_utc > now + FUTURE:
        raise ApiError(422, "future", "The frame is more than 5 minutes in the future.")
    newest = products.live_frame(db, key.camera_id)
    if newest and utc_text(newest.taken_utc) >= utc_text(facts.taken_utc):
        return _STALE
    store = live_store(hub_settings(), key.camera_id)
    image = _receive(store, "image")
    widths = [str(width) for width in LIVE_WIDTHS if str(width) in request.files]
    live = products.Live(
        camera_id=key.camera_id,
        taken_utc=facts.taken_utc,
        received_utc=now,
        sha256=image.sha256,
        facts=facts.model_copy(update={"width": image.width, "height": image.height}),
        variants={width: _receive(store, width).sha256 for width in widths},
    )
    if not products.set_live(db, live):
        return _STALE
    remove_old_frames(store, {live.sha256, *live.variants.values()}, now - KEPT)
    return {"stored": live.sha256}


def _receive(store: DiskStore, field: str) -> Blob:
    if field not in request.files:
        raise ApiError(422, "invalid", f"{field}: the JPEG is missing.")
    stream, pixels = request.files[field].stream, hub_settings().largest_image_pixels
    try:
        return store.receive(stream, None, "image/jpeg", pixels)
    except UnfitFileError as error:
        raise ApiError(422, "unfit_file", f"{field}: {error}") from error
