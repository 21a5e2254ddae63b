"""The blob store: files named by the SHA-256 of their bytes, so that none is ever changed or stored twice.

A file arrives under a random name in ``incoming/``, is hashed while it is written, flushed to disk, looked into, and
only then renamed to its place. A crash at any moment leaves nothing but a file in ``incoming/``. Names that clients
send are never used. Views know only the protocol `BlobStore`; `DiskStore` keeps the files on a local disk.
"""

import contextlib
import datetime as dt
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from hub.config import HubSettings
from hub.inspection import inspect_file
from products.files import sync
from products.manifest import Blob

_CHUNK_BYTES = 1 << 18


class WrongHashError(Exception):
    """What arrived is not what was announced: the way, or the disk at its other end, damaged it."""


class BlobStore(Protocol):
    """A place for immutable files."""

    def receive(
        self,
        stream: IO[bytes],
        sha256: str | None,
        media_type: str,
        largest_pixels: int,
    ) -> Blob:
        """Store what ``stream`` yields and return what it is.

        Raise `WrongHashError` when it does not have the announced ``sha256`` (None: whatever it has), and
        `hub.inspection.UnfitFileError` when it is not a sound file of ``media_type``.
        """

    def path(self, sha256: str) -> Path:
        """Return where the file is, or would be."""

    def has(self, blob: Blob) -> bool:
        """Return whether the file is there in its full size."""

    def remove(self, sha256: str) -> None:
        """Delete the file, if it is there."""


class DiskStore:
    """Blobs as ``<folder>/ab/abcdef…``; ``incoming`` must be on the same disk.

    ``spread`` is how many first digits name the subfolder; 0 puts the files directly into ``folder``.
    """

    def __init__(self, folder: Path, incoming: Path, *, spread: int = 2) -> None:
        self.folder, self.incoming, self.spread = folder, incoming, spread

    def receive(
        self,
        stream: IO[bytes],
        sha256: str | None,
        media_type: str,
        largest_pixels: int,
    ) -> Blob:
        """Store a file, as `BlobStore.receive` says."""
        with self._arriving() as (part, file):
            digest, size = _copy(stream, file)
            if sha256 not in (None, digest):
                raise WrongHashError(f"What arrived has the SHA-256 {digest}.")
            width, height = inspect_file(part, media_type, largest_pixels)
            place = self.path(digest)
            _make_folder(place.parent)
            part.replace(place)
            sync(place.parent)
        return Blob(
            sha256=digest, size=size, type=media_type, width=width, height=height
        )

    def path(self, sha256: str) -> Path:
        """Return where the file is, or would be."""
        return self.folder / sha256[: self.spread] / sha256

    def has(self, blob: Blob) -> bool:
        """Return whether the file is there in its full size."""
        try:
            return self.path(blob.sha256).stat().st_size == blob.size
        except FileNotFoundError:
            return False

    def remove(self, sha256: str) -> None:
        """Delete the file, if it is there."""
        self.path(sha256).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _arriving(self) -> Iterator[tuple[Path, IO[bytes]]]:
        self.incoming.mkdir(parents=True, exist_ok=True)
        part = self.incoming / secrets.token_hex(16)
        try:
            with part.open("xb") as file:
                yield part, file
        finally:
            part.unlink(missing_ok=True)


def _copy(stream: IO[bytes], file: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
        file.write(chunk)
        size += len(chunk)
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest(), size


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        sync(folder.parent)


def blob_store(settings: HubSettings) -> BlobStore:
    """Return the store of everything that is published."""
    return DiskStore(settings.data / "blobs", settings.data / "incoming")


def live_store(settings: HubSettings, camera_id: str) -> DiskStore:
    """Return the store of a camera's newest frames."""
    folder = settings.data / "live" / camera_id
    return DiskStore(folder, settings.data / "incoming", spread=0)


def remove_old_frames(
    store: DiskStore, current: set[str], older_than: dt.datetime
) -> None:
    """Delete the files that are not ``current`` and were stored before ``older_than``.

    Younger ones stay, because a visitor may be about to read the one that was the newest a moment ago, and because
    another worker may be about to make one of them the newest.
    """
    for file in store.folder.iterdir():
        try:
            old = file.stat().st_mtime < older_than.timestamp()
        except FileNotFoundError:  # another worker tidied up at the same time
            continue
        if old and file.name not in current:
            file.unlink(missing_ok=True)
