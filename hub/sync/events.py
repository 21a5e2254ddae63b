"""Events: meteor candidates and the like, each with a stable id and a growing revision."""

import re
from typing import Any

from flask import Blueprint

from hub.db import blobs, events
from hub.db.publication import Verdict
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.media import blob_store
from hub.sync import quotas
from hub.sync.access import calling_camera
from hub.sync.messages import read_message
from hub.sync.problems import ApiError
from hub.sync.verdicts import (
    answered,
    check_blobs,
    check_facts,
    check_night,
    still_there,
)
from products.manifest import API, Event

IMAGES = {"image/jpeg", "image/png"}

blueprint = Blueprint("events", __name__, url_prefix=f"{API}/sync/events")


@blueprint.put("/<event_id>")
def put_event(event_id: str) -> tuple[dict[str, Any], int]:
    """Publish an event whose picture, if it has one, is here."""
    camera, db = calling_camera().camera_id, hub_db()
    event = read_message(Event)
    _check(event_id, event)
    judged = events.judge(db, camera, event_id, event)
    if judged.verdict is Verdict.NEW:
        if not judged.rev:
            quotas.check_events(camera, event.night)
        check_blobs(camera, [event.picture] if event.picture else [])
        before = events.picture_of(db, camera, event_id)
        with still_there():
            judged = events.publish(db, camera, event_id, event, hub_now())
        remove = blob_store(hub_settings()).remove
        blobs.forget_blobs(db, camera, before, remove)
    return answered(judged, {"event": event_id, "rev": event.rev})


def _check(event_id: str, event: Event) -> None:
    if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]{0,63}", event_id):
        raise ApiError(422, "invalid", "id: letters, digits, dot, hyphen, _.")
    check_night(event.night, event.taken_utc)
    check_facts(event.facts)
    if event.picture and event.picture.type not in IMAGES:
        raise ApiError(422, "wrong_type", f"{event.picture.type!r} is no picture.")
