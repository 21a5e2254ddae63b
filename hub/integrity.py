"""Do the databases and the files agree? What ``allsky-hub check`` looks at."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlite_utils import Database

from hub import series
from hub.config import HubSettings
from hub.db import blobs, events, faults, products, publication
from hub.media import BlobStore, blob_store, live_store
from products.manifest import EVENT_KIND, Blob


@dataclass(frozen=True, slots=True)
class Findings:
    """How many files the rows name, one sentence for each fault, and the SHA-256 of the files that are not right."""

    blobs: int
    faults: list[str]
    broken: list[str]


def check(settings: HubSettings, db: Database, *, read_all: bool) -> Findings:
    """Return what is wrong: damaged databases, files that are missing, of the wrong size or (``read_all``) content."""
    found = [f"hub.db: {fault}" for fault in faults(db)]
    with contextlib.closing(series.connect(settings.series_db)) as readings:
        found += [f"series.db: {fault}" for fault in faults(readings)]
    files = check_files(settings, db, read_all=read_all)
    return replace(files, faults=[*found, *files.faults])


def check_files(settings: HubSettings, db: Database, *, read_all: bool) -> Findings:
    """Return what is wrong with the files alone, which without reading them takes a moment only."""
    store = blob_store(settings)
    named = list(blobs.all_blobs(db))
    broken = {
        blob.sha256: fault
        for blob in named
        if (fault := _fault(store, blob, read_all=read_all))
    }
    found = [f"blob {sha256}: {fault}" for sha256, fault in broken.items()]
    return Findings(len(named), found + list(_live_faults(settings, db)), list(broken))


def take_back(settings: HubSettings, db: Database, broken: list[str]) -> list[str]:
    """Withdraw the products and events that need a broken file, and forget it; return their names.

    Their cameras find at the next heartbeat that the hub lacks them, and send them again.
    """
    remove, withdrawn = blob_store(settings).remove, []
    for sha256 in broken:
        for key in publication.keys_that_need(db, sha256):
            needed = publication.needed_blobs(db, key)
            if key.kind == EVENT_KIND:
                events.withdraw(db, key)
            else:
                publication.withdraw(db, key)
            blobs.forget_blobs(db, key.camera_id, needed, remove)
            withdrawn.append(f"{key.camera_id} {key.name}")
        for camera_id in blobs.owners(db, sha256):
            blobs.forget_blobs(db, camera_id, [sha256], remove)
    return withdrawn


def _fault(store: BlobStore, blob: Blob, *, read_all: bool) -> str:
    """Return what is wrong with a file, or nothing."""
    if not store.has(blob):
        return f"the file is missing or not of {blob.size} bytes"
    changed = read_all and _sha256(store.path(blob.sha256)) != blob.sha256
    return "the file has changed" if changed else ""


def _live_faults(settings: HubSettings, db: Database) -> Iterator[str]:
    for live in products.live_frames(db).values():
        store = live_store(settings, live.camera_id)
        for sha256 in (live.sha256, *live.variants.values()):
            if not store.path(sha256).exists():
                yield f"newest frame of {live.camera_id}: {sha256} is missing"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
