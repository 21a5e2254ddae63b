"""The blueprint of all public pages, and the funnels through which every page of a camera or a night is fetched."""

from flask import Blueprint, abort, request

from hub.db import cameras
from hub.db.cameras import Camera
from hub.db.requests import hub_db
from products.night import Night

LANG = "/<any(en, de):lang>"
KEPT = (
    "from", "to", "year", "category", "camera", "page",
    "q", "state", "country", "sensor", "sort", "view", "range", "clock",
)  # fmt: skip

pages = Blueprint("pages", __name__)


def camera_or_404(camera_id: str) -> Camera:
    """Return a camera that visitors may see: every page of a camera begins with this."""
    found = cameras.public_camera(hub_db(), camera_id)
    return found or abort(404)


def night_or_404(name: str, camera: Camera) -> Night:
    """Return the night of this name; only its one canonical spelling counts."""
    try:
        found = Night.named(name, camera.tz)
        found.end_utc  # noqa: B018 - the last days of the calendar have no next noon
    except (ValueError, OverflowError):
        abort(404)
    return found if found.name == name else abort(404)


def kept() -> dict[str, str]:
    """Return the part of the query that links to other views of a page keep; nothing else may reach an address."""
    return {name: request.args[name] for name in KEPT if name in request.args}
