"""The heartbeat of a camera: what it is doing, and what the hub lacks, has deleted, or wants sent again."""

from flask import Blueprint, Response, request
from pydantic import ValidationError

from hub import series
from hub.db import cameras, clocks, keys, publication, tombstones
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.sync.access import calling_camera
from hub.sync.messages import answer, read_message
from products.manifest import API, CameraClock, Hello, HelloAnswer, Limits

MOST_COMPARED = 100  # nights, and days, in one hello
_NOT_KEPT: dict[str, dict[str, int]] = {"digests": {}, "readings": {}}

blueprint = Blueprint("hello", __name__, url_prefix=f"{API}/sync")


@blueprint.post("/hello")
def hello() -> Response:
    """Store a heartbeat; name the nights and days that differ from what the camera believes is here."""
    key, db, now = calling_camera(), hub_db(), hub_now()
    message, camera = read_message(Hello), key.camera_id
    cameras.heard_from(db, camera, message.model_copy(update=_NOT_KEPT), now)
    keys.key_used(db, key.sha256, now)
    clocks.set_clock(db, camera, _clock(message), now)
    said = tombstones.words_since(db, camera, message.cursor)
    settings = hub_settings()
    return answer(
        HelloAnswer(
            server_time=now,
            limits=Limits(
                blob_bytes=settings.largest_blob_bytes, spread_s=settings.spread_s
            ),
            nights=_nights_that_differ(camera, message.digests),
            days=_days_that_differ(camera, message.readings),
            tombstones=said.deleted,
            released=said.released,
            cursor=said.cursor,
        )
    )


def _nights_that_differ(camera: str, said: dict[str, str]) -> list[str]:
    asked = sorted(said, reverse=True)[:MOST_COMPARED]
    held = publication.night_digests(hub_db(), camera, asked)
    return sorted(night for night in asked if held[night] != said[night])


def _days_that_differ(camera: str, said: dict[str, int]) -> list[str]:
    asked = sorted(said, reverse=True)[:MOST_COMPARED]
    held = series.counts_by_day(series.series_db(), camera, asked) if asked else {}
    return sorted(day for day in held if held[day] != said[day])


def _clock(message: Hello) -> CameraClock:
    """Return the clock of the camera at this request; nothing depends on it but what operators see."""
    try:
        return CameraClock.model_validate_json(request.headers.get("Camera-Clock", ""))
    except ValidationError:
        return CameraClock(time=message.time, quality=message.clock[:32])
