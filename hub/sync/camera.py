"""What a camera says it is."""

import zoneinfo

from flask import Blueprint, Response

from hub.db import cameras
from hub.db.requests import hub_db
from hub.sync.access import calling_camera
from hub.sync.messages import read_message
from hub.sync.problems import ApiError
from products.manifest import API, CameraDescription

blueprint = Blueprint("camera", __name__, url_prefix=f"{API}/sync")


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
