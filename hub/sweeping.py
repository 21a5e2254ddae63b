"""The sweeper: what crashes and broken lines have left behind goes, once nobody can be about to need it.

Whatever is removed here can be sent again; a camera that asks for it in this moment is told that it is not there.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlite_utils import Database

from hub.config import HubSettings
from hub.db import blobs, trash, uploads
from hub.media import blob_store
from hub.uploads import partial_path, sweep_partial

LEFT_BEHIND = dt.timedelta(days=1)  # files that never got a row
INCOMPLETE = dt.timedelta(days=7)  # since the last piece, or without a product
_AT_ONCE = 100


def sweep_incoming(settings: HubSettings, before: dt.datetime) -> bool:
    """Remove files that were cut off while they came; return whether there were any."""
    stale = list(_older(settings.data / "incoming", before))
    for path in stale:
        path.unlink(missing_ok=True)
    return bool(stale)


def sweep_uploads(settings: HubSettings, db: Database, before: dt.datetime) -> bool:
    """Remove partial files to which nothing was added since, with their rows; return whether there were any."""
    waiting = {partial_path(settings, one) for one in uploads.stale_uploads(db, before)}
    stale = waiting | set(_older(settings.data / "uploads", before))
    for path in sorted(stale):
        sweep_partial(settings, db, path)
    return bool(stale)


def sweep_unneeded(settings: HubSettings, db: Database, before: dt.datetime) -> bool:
    """Forget files that were sent and that no product, event or trash needs; return whether there were any."""
    found = blobs.unneeded_blobs(db, before, _AT_ONCE)
    remove = blob_store(settings).remove
    for camera_id, sha256 in found:
        blobs.forget_blobs(db, camera_id, [sha256], remove)
    return bool(found)


def sweep_unknown(settings: HubSettings, db: Database, before: dt.datetime) -> bool:
    """Remove files of the store that have no row; return whether there were any."""
    remove = blob_store(settings).remove
    stale = _older(settings.data / "blobs", before)
    removed = [blobs.remove_unknown_file(db, path.name, remove) for path in stale]
    return any(removed)


def sweep_trash(settings: HubSettings, db: Database, before: dt.datetime) -> bool:
    """Remove for ever what was deleted before; return whether there was any."""
    remove = blob_store(settings).remove
    expired = trash.trashed(db, before=before)[:_AT_ONCE]
    for one in expired:
        files = trash.empty_trash(db, one)
        blobs.forget_blobs(db, one.camera_id, files, remove)
    return bool(expired)


def sweep_all(
    settings: HubSettings, db: Database, now: dt.datetime, *, at_once: bool
) -> dict[str, bool]:
    """Run every sweep but that of the trash until it finds nothing; return which ones have found something.

    ``at_once`` takes also what is fresh: for a hub that does not run.
    """
    left, incomplete = (
        now - (dt.timedelta(0) if at_once else age) for age in (LEFT_BEHIND, INCOMPLETE)
    )
    sweeps: dict[str, Callable[[], bool]] = {
        "incoming": lambda: sweep_incoming(settings, left),
        "uploads": lambda: sweep_uploads(settings, db, incomplete),
        "unneeded": lambda: sweep_unneeded(settings, db, incomplete),
        "unknown": lambda: sweep_unknown(settings, db, left),
    }
    return {name: _until_nothing(sweep) for name, sweep in sweeps.items()}


def _until_nothing(sweep: Callable[[], bool]) -> bool:
    found = False
    while sweep():
        found = True
    return found


def _older(folder: Path, before: dt.datetime) -> Iterator[Path]:
    """Yield the files of a folder, at any depth, that were last written to before a moment."""
    for path in folder.rglob("*"):
        try:
            status = path.stat()
        except FileNotFoundError:  # it went its way meanwhile
            continue
        if not path.is_dir() and status.st_mtime < before.timestamp():
            yield path
