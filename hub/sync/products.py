"""Products: a manifest arrives after its files, and storing it publishes them."""

import datetime as dt
from typing import Any

from flask import Blueprint

from hub.db import blobs, publication
from hub.db.archive import frame_time
from hub.db.publication import Judgement, ProductKey, Verdict
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
from products.manifest import (
    API,
    FRAME_KIND,
    PERIOD_KINDS,
    PERIOD_VIDEO_KINDS,
    Blob,
    ProductManifest,
)

IMAGES = {"image/jpeg", "image/png"}
VIDEO = {"video/mp4"}
JSON = {"application/json"}
KINDS = {
    "keogram": IMAGES,
    "startrails": IMAGES,
    "startrails-comet": IMAGES,
    "timelapse": VIDEO,
    "timelapse-day": VIDEO,
    "startrails-timelapse": VIDEO,
    "sqm": {"image/png"},
    "night": JSON,
    FRAME_KIND: {"image/jpeg"},
    "month-keogram": IMAGES,
    "year-keogram": IMAGES,
    **dict.fromkeys(PERIOD_VIDEO_KINDS, VIDEO),
}

blueprint = Blueprint("products", __name__, url_prefix=f"{API}/sync/products")


@blueprint.put("/<night>/<kind>", defaults={"part": ""})
@blueprint.put("/<night>/<kind>/<part>")
def put_product(night: str, kind: str, part: str) -> tuple[dict[str, Any], int]:
    """Publish a product whose files are all here."""
    camera = calling_camera().camera_id
    key = ProductKey(camera, night, kind, part)
    manifest = read_message(ProductManifest)
    _check_name(key)
    _check_types(kind, manifest)
    check_facts(manifest.facts)
    judged = publication.judge(hub_db(), key, manifest)
    if judged.verdict is Verdict.NEW:
        if not judged.rev:
            quotas.check_products(key)
        check_blobs(camera, manifest.blobs())
        judged = _publish(key, manifest)
    return answered(judged, {"product": key.name, "rev": manifest.rev})


@blueprint.delete("/<night>/<kind>")
def delete_product(night: str, kind: str) -> tuple[str, int]:
    """Take back a product of a month, season or year none of whose nights may be shown any more."""
    db, key = hub_db(), ProductKey(calling_camera().camera_id, night, kind)
    if kind not in PERIOD_KINDS:
        raise ApiError(422, "unknown_kind", f"kind: one of {', '.join(PERIOD_KINDS)}.")
    needed = publication.needed_blobs(db, key)
    if not publication.withdraw(db, key):
        raise ApiError(404, "not_found", "There is no such product.")
    remove = blob_store(hub_settings()).remove
    blobs.forget_blobs(db, key.camera_id, needed, remove)
    return "", 204


def _publish(key: ProductKey, manifest: ProductManifest) -> Judgement:
    """Publish, then let go of the files that only the replaced revision needed."""
    db = hub_db()
    before = publication.needed_blobs(db, key)
    with still_there():
        judged = publication.publish(
            db, key, _measured(key.camera_id, manifest), hub_now()
        )
    if judged.verdict is Verdict.NEW:
        replaced = before - {blob.sha256 for blob in manifest.blobs()}
        blobs.forget_blobs(
            db, key.camera_id, replaced, blob_store(hub_settings()).remove
        )
    return judged


def _measured(camera_id: str, manifest: ProductManifest) -> ProductManifest:
    """Return a manifest whose images and videos have the size in pixels that the hub has measured."""
    named = (blob.sha256 for blob in manifest.blobs())
    held = blobs.owned_blobs(hub_db(), camera_id, named)

    def size(blob: Blob) -> dict[str, int | None]:
        here = held.get(blob.sha256)
        known = here is not None and here.width is not None
        return {"width": here.width, "height": here.height} if here and known else {}

    variants = {
        name: one.model_copy(update=size(one))
        for name, one in manifest.variants.items()
    }
    return manifest.model_copy(update=size(manifest) | {"variants": variants})


def _check_name(key: ProductKey) -> None:
    if key.kind not in KINDS:
        raise ApiError(422, "unknown_kind", f"kind: one of {', '.join(KINDS)}.")
    check_night(key.night, _taken_utc(key))


def _taken_utc(key: ProductKey) -> dt.datetime | None:
    """Return when the frame of a part was taken; only frames have, and need, a part."""
    if key.kind == FRAME_KIND:
        try:
            return frame_time(key.part)
        except ValueError as error:
            said = "part: the UTC of the frame, such as 20261122T030000Z."
            raise ApiError(422, "invalid", said) from error
    if key.part:
        raise ApiError(422, "invalid", f"part: {key.kind} has none.")
    return None


def _check_types(kind: str, manifest: ProductManifest) -> None:
    sidecar = [(JSON, manifest.sidecar)] if manifest.sidecar else []
    variants = [(IMAGES, blob) for blob in manifest.variants.values()]
    for allowed, blob in [(KINDS[kind], manifest), *variants, *sidecar]:
        if blob.type not in allowed:
            raise ApiError(
                422,
                "wrong_type",
                f"{blob.type!r} is not {' or '.join(sorted(allowed))}.",
            )
