"""Blobs: files, whole or in pieces, named by their SHA-256. A camera sees only those that it has sent itself."""

import contextlib
import re
from collections.abc import Iterator

from flask import Blueprint, Response, request

from hub import uploads
from hub.db import blobs
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.db.uploads import Upload, find_upload
from hub.inspection import UnfitFileError
from hub.media import WrongHashError, arriving, blob_store
from hub.sync import bodies, quotas
from hub.sync.access import calling_camera
from hub.sync.messages import answer
from hub.sync.problems import ApiError
from products.manifest import API, MEDIA_TYPES, Blob

OFFSET, LENGTH = "Upload-Offset", "Upload-Length"

blueprint = Blueprint("blobs", __name__, url_prefix=f"{API}/sync/blobs")


@blueprint.route("/<sha256>", methods=["HEAD"])
def head_blob(sha256: str) -> Response:
    """Say whether the hub has this file from this camera, or how much of it."""
    camera = calling_camera().camera_id
    if blob := _held(camera, sha256):
        response = Response(content_type=blob.type)
        response.content_length = blob.size
        return response
    known = find_upload(hub_db(), camera, sha256)
    offset = uploads.offset_of(hub_settings(), hub_db(), known) if known else 0
    if known is None or not offset:
        raise ApiError(404, "no_such_blob", "The hub does not have it from you.")
    return _incomplete(known, offset)


@blueprint.put("/<sha256>")
def put_blob(sha256: str) -> Response:
    """Store a whole file."""
    camera, settings = calling_camera().camera_id, hub_settings()
    size = _check_head(sha256)
    quotas.check_room(size)
    store, pixels = blob_store(settings), settings.largest_image_pixels
    counter = quotas.spend_bytes(camera, size)
    with bodies.counted_body(counter, size) as body, _named_faults():
        blob = store.receive(body, sha256, request.mimetype, pixels)
    new = blobs.add_blob(hub_db(), camera, blob, hub_now())
    uploads.drop_partial(settings, hub_db(), camera, sha256)
    return _stored(blob, new=new)


@blueprint.patch("/<sha256>")
def patch_blob(sha256: str) -> Response:
    """Store a piece of a file, and with its last piece the file."""
    camera, settings, db = calling_camera().camera_id, hub_settings(), hub_db()
    size = _check_head(sha256)
    if blob := _held(camera, sha256):
        return _stored(blob, new=False)
    piece = _piece(camera, sha256, size)
    quotas.check_room(piece.size - piece.offset)
    counter = quotas.spend_bytes(camera, size)
    with arriving(settings.data / "incoming") as (_, file):
        with bodies.counted_body(counter, size) as body:
            bodies.copy_what_comes(body, file)
        file.seek(0)
        with _named_faults():
            done = uploads.add_piece(settings, db, piece, file, hub_now())
    if isinstance(done, uploads.Stored):
        return _stored(done.blob, new=done.new)
    return _incomplete(piece, done)


def _check_head(sha256: str) -> int:
    """Return the announced size of the body, if it may come."""
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ApiError(422, "invalid", "The address ends with 64 hex digits.")
    size = bodies.announced_bytes(hub_settings().largest_blob_bytes)
    if request.mimetype not in MEDIA_TYPES:
        known = ", ".join(MEDIA_TYPES)
        raise ApiError(415, "unsupported_type", f"Content-Type: one of {known}.")
    return size


def _piece(camera: str, sha256: str, size: int) -> Upload:
    """Return which piece of which file is coming, if it is the one that the hub lacks."""
    largest = hub_settings().largest_blob_bytes
    offset, length = bodies.header_number(OFFSET), bodies.header_number(LENGTH)
    if length > largest:
        raise ApiError(413, "too_large", f"At most {largest:,} bytes.")
    if length == 0 or offset + size > length:
        raise ApiError(422, "invalid", f"{LENGTH}: the piece ends beyond it.")
    piece = Upload(camera, sha256, length, request.mimetype, offset)
    here = uploads.offset_of(hub_settings(), hub_db(), piece)
    if here != offset:
        raise _wrong_offset(here)
    return piece


def _held(camera: str, sha256: str) -> Blob | None:
    """Return the file if this camera has sent it and it is there."""
    blob = blobs.owned_blobs(hub_db(), camera, [sha256]).get(sha256)
    return blob if blob and blob_store(hub_settings()).has(blob) else None


def _stored(blob: Blob, *, new: bool) -> Response:
    if not blob_store(hub_settings()).has(blob):  # removed as unused a moment ago
        raise ApiError(503, "busy", "Send it again.", retryable=True)
    return answer(blob, 201 if new else 200)


def _incomplete(upload: Upload, offset: int) -> Response:
    headers = {OFFSET: str(offset), LENGTH: str(upload.size)}
    return Response(status=204, headers=headers)


def _wrong_offset(here: int) -> ApiError:
    return ApiError(
        409,
        "wrong_offset",
        f"The hub has {here:,} bytes of it; go on from there.",
        retryable=True,
        headers={OFFSET: here},
        offset=here,
    )


@contextlib.contextmanager
def _named_faults() -> Iterator[None]:
    """Answer what can be wrong with a file that has arrived."""
    try:
        yield
    except WrongHashError as error:
        raise ApiError(422, "wrong_hash", str(error), retryable=True) from error
    except UnfitFileError as error:
        raise ApiError(422, "unfit_file", str(error)) from error
    except uploads.WrongOffsetError as error:
        raise _wrong_offset(error.offset) from error
