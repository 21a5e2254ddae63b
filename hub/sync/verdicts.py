"""What products and events have in common: their night, their files, and how a judgement is answered."""

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from typing import Any, assert_never

from hub.db import blobs
from hub.db.publication import Judgement, Verdict
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.media import blob_store
from hub.sync.problems import ApiError
from products.manifest import Blob

LARGEST_FACTS_BYTES = 100_000
_FUTURE = dt.timedelta(minutes=5)
_DAY = dt.timedelta(days=1)
# From the noon of the date, in the easternmost zone, to the next noon, in the westernmost.
_FIRST, _LAST = dt.timedelta(hours=12 - 14), dt.timedelta(hours=36 + 12)


def check_night(name: str, taken_utc: dt.datetime | None = None) -> None:
    """Raise 422 when a night is no date or in the future, or when ``taken_utc`` is or cannot be of this night."""
    now = hub_now()
    try:
        night = dt.date.fromisoformat(name)
    except ValueError as error:
        raise ApiError(422, "invalid", "night: YYYY-MM-DD.") from error
    if name != night.isoformat() or night > (now + _DAY).date():
        raise ApiError(422, "invalid", "night: YYYY-MM-DD, not in the future.")
    if taken_utc is None:
        return
    if taken_utc > now + _FUTURE:
        raise ApiError(422, "future", "It is more than 5 minutes in the future.")
    midnight = dt.datetime.combine(night, dt.time(), dt.UTC)
    if not _FIRST <= taken_utc - midnight <= _LAST:
        said = f"{taken_utc:%Y-%m-%d %H:%M} UTC is in no zone part of the night {name}."
        raise ApiError(422, "invalid", said)


def check_facts(facts: dict[str, Any]) -> None:
    """Raise 413 when the facts are so many that they should be a file: every page of the night reads them."""
    if len(json.dumps(facts)) > LARGEST_FACTS_BYTES:
        said = f"facts: at most {LARGEST_FACTS_BYTES:,} bytes as JSON."
        raise ApiError(413, "too_large", said)


def check_blobs(camera_id: str, needed: list[Blob]) -> None:
    """Raise 409 when the hub lacks files from this camera, 422 when they are others than the manifest says."""
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


@contextlib.contextmanager
def still_there() -> Iterator[None]:
    """Ask for another try when a file was removed as unused between the look at it and the row that needs it."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise ApiError(503, "busy", "Send it again.", retryable=True) from error


def answered(
    judged: Judgement, published: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    """Return the answer to an offer that was taken; raise the problem of one that was not."""
    match judged.verdict:
        case Verdict.NEW:
            return published, 201
        case Verdict.SAME:
            return published, 200
        case Verdict.OLDER:
            said = f"The hub has the newer revision {judged.rev}."
            raise ApiError(409, "older_revision", said, rev=judged.rev)
        case Verdict.DIFFERS:
            said = "The hub has this revision with other content."
            raise ApiError(409, "revision_differs", said, rev=judged.rev)
        case Verdict.DELETED:
            said = "It was deleted on the hub; do not send it any more."
            raise ApiError(410, "deleted", said)
        case _:
            assert_never(judged.verdict)
