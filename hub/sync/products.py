"""Products: a manifest arrives after its files, and storing it publishes them."""

import datetime as dt
import re
from typing import Any, assert_never

from flask import Blueprint

from hub.db import blobs, publication
from hub.db.publication import ProductKey, Verdict
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.media import blob_store
from hub.sync.access import calling_camera
from hub.sync.messages import read_message
from hub.sync.problems import ApiError
from products.manifest import (
    API,
    PERIOD_KINDS,
    PERIOD_VIDEO_KINDS,
    Blob,
    ProductManifest,
    product_key,
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
    _check_name(key, hub_now())
    _check_types(kind, manifest)
    verdict = publication.judge(hub_db(), key, manifest)
    if verdict is Verdict.NEW:
        _check_blobs(camera, manifest.blobs())
        verdict = _publish(key, manifest)
    published = {"product": product_key(night, kind, part), "rev": manifest.rev}
    match verdict:
        case Verdict.NEW:
            return published, 201
        case Verdict.SAME:
            return published, 200
        case Verdict.OLDER:
            raise ApiError(409, "older_revision", "The hub has a newer revision.")
        case Verdict.DIFFERS:
            raise ApiError(
                409, "revision_differs", "The hub has this revision with other content."
            )
        case _:
            assert_never(verdict)


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


def _publish(key: ProductKey, manifest: ProductManifest) -> Verdict:
    """Publish, then let go of the files that only the replaced revision needed."""
    db = hub_db()
    before = publication.needed_blobs(db, key)
    verdict = publication.publish(db, key, manifest, hub_now())
    if verdict is Verdict.NEW:
        replaced = before - {blob.sha256 for blob in manifest.blobs()}
        blobs.forget_blobs(
            db, key.camera_id, replaced, blob_store(hub_settings()).remove
        )
    return verdict


def _check_name(key: ProductKey, now: dt.datetime) -> None:
    try:
        night = dt.date.fromisoformat(key.night)
    except ValueError as error:
        raise ApiError(422, "invalid", "night: YYYY-MM-DD.") from error
    if key.night != night.isoformat() or night > (now + dt.timedelta(days=1)).date():
        raise ApiError(422, "invalid", "night: YYYY-MM-DD, not in the future.")
    if key.kind not in KINDS:
        raise ApiError(422, "unknown_kind", f"kind: one of {', '.join(KINDS)}.")
    if key.part and not re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]{0,63}", key.part):
        raise ApiError(422, "invalid", "part: letters, digits, dot, hyphen, _.")


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


def _check_blobs(camera_id: str, needed: list[Blob]) -> None:
    store = blob_store(hub_settings())
    held = blobs.owned_blobs(hub_db(), camera_id, (blob.sha256 for blob in needed))
    missing = [
        blob.sha256
        for blob in needed
        if blob.sha256 not in held or not store.has(held[blob.sha256])
    ]
    if missing:
        raise ApiError(
            409,
            "missing_blobs",
            "Send these files first.",
            retryable=True,
            missing=sorted(set(missing)),
        )
    for blob in needed:
        here = held[blob.sha256]
        if (blob.size, blob.type) != (here.size, here.type):
            raise ApiError(
                422, "blob_differs", f"{here.sha256}: {here.size} bytes, {here.type}."
            )
