"""Files that come in pieces: a partial file for each, grown under a lock, and stored like any other when it is whole.

The row (`hub.db.uploads`) says how many bytes are safely on disk, and is written after them; whatever a crash left
behind that is cut off when the next piece comes. The lock is held while a piece that has arrived is put at the end, not
while it comes: a line that hangs never holds up the camera's next try.
"""

import contextlib
import datetime as dt
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from sqlite_utils import Database

from hub.config import HubSettings
from hub.db import blobs, uploads
from hub.db.uploads import Upload
from hub.inspection import UnfitFileError
from hub.media import WrongHashError, blob_store, make_folder
from products.files import sync
from products.manifest import Blob


class WrongOffsetError(Exception):
    """The piece does not begin where the hub's part of the file ends."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"The hub has {offset:,} bytes of it.")
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Stored:
    """The last piece has come: the file, and whether this camera had not sent it before."""

    blob: Blob
    new: bool


def partial_path(settings: HubSettings, upload: Upload) -> Path:
    """Return where the pieces of a file are; the camera's ID and the SHA-256 have been checked."""
    return settings.data / "uploads" / f"{upload.camera_id}-{upload.sha256}"


def offset_of(settings: HubSettings, db: Database, wanted: Upload) -> int:
    """Return how many bytes of a file are safely here; 0 when there are none, or when its size or type was another."""
    known = uploads.find_upload(db, wanted.camera_id, wanted.sha256)
    if known is None or (known.size, known.type) != (wanted.size, wanted.type):
        return 0
    try:
        here = partial_path(settings, wanted).stat().st_size
    except FileNotFoundError:
        return 0
    return known.offset if here >= known.offset else 0


def add_piece(
    settings: HubSettings,
    db: Database,
    piece: Upload,
    content: IO[bytes],
    now: dt.datetime,
) -> Stored | int:
    """Put a piece, which begins at ``piece.offset``, at the end of its file; return the new offset, or the stored file.

    Raise `WrongOffsetError` when another piece belongs there, and the errors of `BlobStore.adopt` when the file is
    whole and wrong; it then begins anew.
    """
    path = partial_path(settings, piece)
    with _locked(path) as file:
        here = offset_of(settings, db, piece)
        if piece.offset != here:
            if not here:
                path.unlink()
            raise WrongOffsetError(here)
        file.truncate(here)
        file.seek(here)
        shutil.copyfileobj(content, file)
        offset = file.tell()
        file.flush()
        os.fsync(file.fileno())
        if offset < piece.size:
            uploads.save_upload(db, replace(piece, offset=offset), now)
            return offset
        return _finish(settings, db, piece, now)


def drop_partial(
    settings: HubSettings, db: Database, camera_id: str, sha256: str
) -> None:
    """Let go of the pieces of a file that has come as a whole."""
    path = settings.data / "uploads" / f"{camera_id}-{sha256}"
    if path.exists():
        sweep_partial(settings, db, path)


def sweep_partial(settings: HubSettings, db: Database, path: Path) -> None:
    """Give up a partial file, with its row if it has one."""
    camera_id, _, sha256 = path.name.partition("-")
    with _locked(path):
        uploads.drop_upload(db, camera_id, sha256)
        path.unlink()


def _finish(
    settings: HubSettings, db: Database, whole: Upload, now: dt.datetime
) -> Stored:
    path = partial_path(settings, whole)
    try:
        blob = blob_store(settings).adopt(
            path, whole.sha256, whole.type, settings.largest_image_pixels
        )
    except (WrongHashError, UnfitFileError):
        uploads.drop_upload(db, whole.camera_id, whole.sha256)
        path.unlink()
        raise
    new = blobs.add_blob(db, whole.camera_id, blob, now)
    uploads.drop_upload(db, whole.camera_id, whole.sha256)
    return Stored(blob, new)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """Open a partial file, made if need be, that no other process or thread may touch meanwhile."""
    make_folder(path.parent)
    while True:
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still(path, file):
                sync(path.parent)
                yield file
                return


def _is_still(path: Path, file: IO[bytes]) -> bool:
    """Return whether the open file is the one of this name: while waiting for the lock it may have become a blob."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
