"""The heartbeat of a camera, and what it says it is."""

import zoneinfo

from flask import Blueprint, Response

from hub.db import cameras, keys, publication
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.sync.access import calling_camera
from hub.sync.messages import answer, read_message
from hub.sync.problems import ApiError
from products.manifest import API, CameraDescription, Hello, HelloAnswer, Limits

blueprint = Blueprint("camera", __name__, url_prefix=f"{API}/sync")


@blueprint.post("/hello")
def hello() -> Response:
    """Store a heartbeat; name the nights whose products are not those that the camera believes are here."""
    key, db, now = calling_camera(), hub_db(), hub_now()
    message = read_message(Hello)
    cameras.heard_from(db, key.camera_id, message, now)
    keys.key_used(db, key.sha256, now)
    said = message.digests
    held = (
        publication.night_digests(db, key.camera_id, min(said), max(said))
        if said
        else {}
    )
    return answer(
        HelloAnswer(
            server_time=now,
            limits=Limits(blob_bytes=hub_settings().largest_blob_bytes),
            nights=sorted(night for night in said if held.get(night) != said[night]),
            cursor=message.cursor,
        )
    )


@blueprint.put("/camera")
def describe() -> Response:
    """Store what a camera says it is."""
    key = calling_camera()
    description = read_message(CameraDescription)
    _check(description)
    cameras.describe(hub_db(), key.camera_id, description)
    return Response(status=204)


def _check(description: CameraDescription) -> None:
    try:
        zoneinfo.ZoneInfo(description.zone)
    except (LookupError, ValueError, OSError) as error:  # OSError: a folder of zones
        raise ApiError(
            422, "invalid", f"zone: no time zone is called {description.zone!r}."
        ) from error
    country = description.country
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise ApiError(422, "invalid", "country: two capital letters (ISO 3166).")
    if not description.name.isprintable() or not description.name.strip():
        raise ApiError(422, "invalid", "name: it must be readable on one line.")
