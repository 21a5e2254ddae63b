"""The blob store: files named by the SHA-256 of their bytes, so that none is ever changed or stored twice.

A file arrives under a random name in ``incoming/``, is hashed while it is written, flushed to disk, looked into, and
only then renamed to its place. A crash at any moment leaves nothing but a file in ``incoming/``. What comes in pieces
grows in ``uploads/`` (`hub.uploads`) and goes the same way when it is whole. Names that clients send are never used.
Views know only the protocol `BlobStore`; `DiskStore` keeps the files on a local disk.
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

    def adopt(
        self, part: Path, sha256: str, media_type: str, largest_pixels: int
    ) -> Blob:
        """Store a file that is on this disk already, which is then gone from its place; else as `receive`."""

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
        with arriving(self.incoming) as (part, file):
            digest = _copy(stream, file)
            return self._keep(
                part, (sha256 or digest, digest), media_type, largest_pixels
            )

    def adopt(
        self, part: Path, sha256: str, media_type: str, largest_pixels: int
    ) -> Blob:
        """Store a file that came in pieces, as `BlobStore.adopt` says."""
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return self._keep(part, (sha256, digest), media_type, largest_pixels)

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

    def _keep(
        self, part: Path, digests: tuple[str, str], media_type: str, largest_pixels: int
    ) -> Blob:
        """Look into a file that is on disk and rename it to its place, if its digest is the one announced."""
        announced, digest = digests
        if announced != digest:
            raise WrongHashError(f"What arrived has the SHA-256 {digest}.")
        width, height = inspect_file(part, media_type, largest_pixels)
        size, place = part.stat().st_size, self.path(digest)
        make_folder(place.parent)
        part.replace(place)
        sync(place.parent)
        return Blob(
            sha256=digest, size=size, type=media_type, width=width, height=height
        )


@contextlib.contextmanager
def arriving(incoming: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """Give a new file of a random name, open for reading and writing; unless it is renamed it is gone afterwards."""
    make_folder(incoming)
    part = incoming / secrets.token_hex(16)
    try:
        with part.open("x+b") as file:
            yield part, file
    finally:
        part.unlink(missing_ok=True)


def _copy(stream: IO[bytes], file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
        file.write(chunk)
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest()


def make_folder(folder: Path) -> None:
    """Make a folder whose name is on disk afterwards."""
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
