"""Do the databases and the files agree? What ``allsky-hub check`` looks at."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from hub import series
from hub.config import HubSettings
from hub.db import blobs, faults, products
from hub.media import BlobStore, blob_store, live_store
from products.manifest import Blob


@dataclass(frozen=True, slots=True)
class Findings:
    """How many files the rows name, and one sentence for each fault."""

    blobs: int
    faults: list[str]


def check(settings: HubSettings, db: Database, *, read_all: bool) -> Findings:
    """Return what is wrong: damaged databases, files that are missing, of the wrong size or (``read_all``) content."""
    store = blob_store(settings)
    named = list(blobs.all_blobs(db))
    found = [f"hub.db: {fault}" for fault in faults(db)]
    with contextlib.closing(series.connect(settings.series_db)) as readings:
        found += [f"series.db: {fault}" for fault in faults(readings)]
    found += _file_faults(store, named, read_all=read_all)
    found += _live_faults(settings, db)
    return Findings(len(named), found)


def _file_faults(
    store: BlobStore, named: list[Blob], *, read_all: bool
) -> Iterator[str]:
    for blob in named:
        if not store.has(blob):
            yield f"blob {blob.sha256}: the file is missing or not of {blob.size} bytes"
        elif read_all and _sha256(store.path(blob.sha256)) != blob.sha256:
            yield f"blob {blob.sha256}: the file has changed"


def _live_faults(settings: HubSettings, db: Database) -> Iterator[str]:
    for live in products.live_frames(db).values():
        store = live_store(settings, live.camera_id)
        for sha256 in (live.sha256, *live.variants.values()):
            if not store.path(sha256).exists():
                yield f"newest frame of {live.camera_id}: {sha256} is missing"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
