"""Backups: the databases as they are at one moment, and every file that they name, each stored once.

```
<folder>/2026-11-22T195500Z/    hub.db, series.db, hub.json, texts (*.md), live/: one backup
<folder>/blobs/, photos/        the files of all backups, named by their SHA-256
```

The hub goes on meanwhile. Files never change, so the second backup copies only what is new; on the same disk they are
hard links and take no room.
"""

import contextlib
import datetime as dt
import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from hub.config import HubSettings
from hub.db import blobs, connect, copy_database, writing
from hub.media import make_folder
from products.files import sync, written_atomically

STORES = ("blobs", "photos")
_STAMP = "%Y-%m-%dT%H%M%SZ"
_DATABASES = ("series.db", "hub.db")  # hub.db last: it makes a folder a hub
_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP)


class BackupError(Exception):
    """A backup that cannot be made or taken back; the message says why."""


@dataclass(frozen=True, slots=True)
class Report:
    """Where a backup is, how many files it has and how many of them are new, and what was not to be had."""

    place: Path
    files: int
    new: int
    lost: list[str]


def back_up(settings: HubSettings, folder: Path, now: dt.datetime) -> Report:
    """Make a backup in ``folder`` and return what it holds.

    Almost everything is copied while cameras send and replace products. Then they have to wait for a moment, in which
    the databases are copied once more and the few files that came meanwhile: so nothing that is named is missing.
    """
    place = folder / now.strftime(_STAMP)
    part = folder / f".{place.name}.part"
    if place.exists():
        raise BackupError(f"{place} is there already.")
    shutil.rmtree(part, ignore_errors=True)
    make_folder(folder)
    part.mkdir()
    new = _copy_databases_and_files(settings, folder, part).new
    with contextlib.closing(connect(settings.hub_db)) as db, writing(db):
        last = _copy_databases_and_files(settings, folder, part)
    _copy_live(settings, part)
    for path in _written_by_operators(settings.data):
        _copy(path, part / path.name)
    sync(part)
    part.rename(place)
    sync(folder)
    return replace(last, place=place, new=new + last.new)


def forget_old(folder: Path, keep: int) -> list[Path]:
    """Remove all backups but the newest ``keep``, and the files that only they need; return the removed ones."""
    every = backups(folder)
    gone = every[: max(0, len(every) - keep)]
    for place in gone:
        shutil.rmtree(place)
    needed = {name for place in backups(folder) for name in _named(place)}
    for path in (folder / "blobs").rglob("*"):
        if path.is_file() and path.name not in needed:
            path.unlink()
    return gone


def backups(folder: Path) -> list[Path]:
    """Return the complete backups in a folder, oldest first."""
    return sorted(file.parent for file in folder.glob("[0-9]*Z/hub.db"))


def restore(settings: HubSettings, source: Path) -> Report:
    """Make the empty data folder what a backup holds; every file is read and compared with its name.

    ``source`` is a backup, or a folder of backups, of which the newest is taken. It may be called again when it was
    interrupted: the folder is no hub before everything is there.
    """
    if settings.hub_db.exists():
        raise BackupError(
            f"{settings.data} holds a hub already; move it away or name another folder with --data."
        )
    place = source if (source / "hub.db").exists() else None
    place = place or next(reversed(backups(source)), None)
    if place is None:
        raise BackupError(f"{source} is no backup and holds none.")
    make_folder(settings.data)
    files = list(_stored(place.parent))
    damaged = [
        path.name
        for path in files
        if not _copy(path, settings.data / path.relative_to(place.parent), path.name)
    ]
    for path in (place / "live").rglob("*"):
        if path.is_file():
            _copy(path, settings.data / path.relative_to(place))
    for path in (*_written_by_operators(place), *(place / n for n in _DATABASES)):
        _copy(path, settings.data / path.name)
    for name in _DATABASES:  # a copy has lost its readers' right not to wait
        with contextlib.closing(connect(settings.data / name)) as db:
            db.enable_wal()
    here = {path.name for path in files} - set(damaged)
    lost = sorted(set(_named(settings.data)) - here)
    return Report(place, len(here), len(here), lost)


def _copy_databases_and_files(
    settings: HubSettings, folder: Path, part: Path
) -> Report:
    """Copy the databases as they are now, and the files that they name and the pool does not have."""
    for name in _DATABASES:
        copy_database(settings.data / name, part / name)
    wanted = sorted(_names(settings, part))
    new, lost = _pool(settings, folder, wanted)
    return Report(part, len(wanted) - len(lost), new, lost)


def _names(settings: HubSettings, part: Path) -> Iterator[str]:
    """Yield the paths, within the data folder, of the files that belong to a copy of the databases."""
    for sha256 in _named(part):
        yield f"blobs/{sha256[:2]}/{sha256}"
    for path in (settings.data / "photos").rglob("*"):
        if path.is_file():
            yield path.relative_to(settings.data).as_posix()


def _named(place: Path) -> list[str]:
    with contextlib.closing(connect(place / "hub.db")) as db:
        return [blob.sha256 for blob in blobs.all_blobs(db)]


def _pool(
    settings: HubSettings, folder: Path, names: Iterable[str]
) -> tuple[int, list[str]]:
    """Put files into the pool; return how many were not there, and the names of those that are nowhere."""
    added, lost = 0, []
    for name in names:
        target = folder / name
        if target.exists():
            continue
        try:
            _link(settings.data / name, target)
            added += 1
        except FileNotFoundError:
            lost.append(name)
    return added, lost


def _written_by_operators(folder: Path) -> Iterator[Path]:
    """Yield the settings and the texts of the pages."""
    yield from folder.glob("hub.json")
    yield from folder.glob("*.md")


def _stored(folder: Path) -> Iterator[Path]:
    for store in STORES:
        yield from (p for p in (folder / store).rglob("*") if p.is_file())


def _copy_live(settings: HubSettings, part: Path) -> None:
    """Copy the newest frames; one that is replaced meanwhile is sent again within a minute anyway."""
    for path in (settings.data / "live").rglob("*"):
        if path.is_file():
            with contextlib.suppress(FileNotFoundError):
                _copy(path, part / path.relative_to(settings.data))


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where that cannot be."""
    make_folder(target.parent)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _copy(source, target)


def _copy(source: Path, target: Path, sha256: str | None = None) -> bool:
    """Copy a file, whole or not at all; return False, and copy nothing, when it is not the one of this SHA-256."""
    with source.open("rb") as file:
        if sha256 and hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            return False
        file.seek(0)
        with written_atomically(target) as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
    return True
