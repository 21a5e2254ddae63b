"""Blobs: whole files, named by their SHA-256. A camera sees only those that it has sent itself."""

import re

from flask import Blueprint, Response, request

from hub.db import blobs
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.inspection import UnfitFileError
from hub.media import WrongHashError, blob_store
from hub.sync.access import calling_camera
from hub.sync.messages import answer
from hub.sync.problems import ApiError
from products.manifest import API, MEDIA_TYPES, Blob

blueprint = Blueprint("blobs", __name__, url_prefix=f"{API}/sync/blobs")


@blueprint.route("/<sha256>", methods=["HEAD"])
def head_blob(sha256: str) -> Response:
    """Say whether the hub has this file from this camera."""
    key = calling_camera()
    blob = blobs.owned_blobs(hub_db(), key.camera_id, [sha256]).get(sha256)
    if blob is None or not blob_store(hub_settings()).has(blob):
        raise ApiError(404, "no_such_blob", "The hub does not have it from you.")
    response = Response(content_type=blob.type)
    response.content_length = blob.size
    return response


@blueprint.put("/<sha256>")
def put_blob(sha256: str) -> Response:
    """Store a file."""
    key, settings = calling_camera(), hub_settings()
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ApiError(422, "invalid", "The address ends with 64 hex digits.")
    _check_head(settings.largest_blob_bytes)
    blob = _receive(sha256)
    new = blobs.add_blob(hub_db(), key.camera_id, blob, hub_now())
    if not blob_store(settings).has(blob):  # removed as unused a moment ago
        raise ApiError(503, "busy", "Send it again.", retryable=True)
    return answer(blob, 201 if new else 200)


def _check_head(largest_bytes: int) -> None:
    if request.content_length is None:
        raise ApiError(411, "length_required", "Send a Content-Length.")
    if request.content_length > largest_bytes:
        raise ApiError(413, "too_large", f"At most {largest_bytes:,} bytes.")
    if request.mimetype not in MEDIA_TYPES:
        known = ", ".join(MEDIA_TYPES)
        raise ApiError(415, "unsupported_type", f"Content-Type: one of {known}.")
    request.max_content_length = largest_bytes


def _receive(sha256: str) -> Blob:
    settings = hub_settings()
    store, pixels = blob_store(settings), settings.largest_image_pixels
    try:
        return store.receive(request.stream, sha256, request.mimetype, pixels)
    except WrongHashError as error:
        raise ApiError(422, "wrong_hash", str(error), retryable=True) from error
    except UnfitFileError as error:
        raise ApiError(422, "unfit_file", str(error)) from error
