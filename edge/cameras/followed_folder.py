"""What is new in the live folder of another program, found without looking at old files again.

The layouts of the two that are met most, and many others:

- AllskyTeam allsky: ``images/<day>/image-YYYYMMDDHHMMSS.jpg``; beside them the folders ``keogram``, ``startrails``
  and ``thumbnails``, where a thumbnail has the name of its frame;
- indi-allsky: ``images/ccd_<id>/exposures/<day>/<night or day>/<DD_HH>/ccd<n>_YYYYMMDD_HHMMSS.jpg``; beside
  ``exposures`` other folders such as ``panoramas``, and above all of them a ``latest.jpg`` that is overwritten.

So only folders that are named by digits, ``night``, ``day``, ``exposures`` or ``ccd_...`` are entered, and a picture
whose name says no time is a frame only in a folder without such folders and names.
"""

import datetime as dt
import errno
import os
import re
from dataclasses import dataclass
from pathlib import Path

from products.folder import SUFFIXES, time_in_name

_ENTERED = re.compile(r"[\d_-]+|night|day|exposures|ccd_.+")
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
_DEEPEST = 6  # levels below the folder, should a link lead back into it


@dataclass(frozen=True, slots=True)
class _Listing:
    """The names in a folder; ``settled`` once it was listed again without having changed in between."""

    changed_ns: int
    frames: frozenset[str]
    folders: frozenset[str]
    settled: bool

    @property
    def is_empty(self) -> bool:
        return not (self.frames or self.folders)


class FollowedFolder:
    """Remembers the names it has seen. A folder whose time of change is the same is not listed again."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._listings: dict[Path, _Listing] = {}

    def new_files(self, since: dt.date) -> list[Path]:
        """Return the frames that have come since the last call, in no order; none of folders of days before ``since``.

        Raises
        ------
        OSError
            The folder cannot be read, or it is empty and was not: its disk or network share is away.
        """
        new: list[Path] = []
        listings: dict[Path, _Listing] = {}
        ahead = [(self._root, 0)]
        while ahead:
            folder, depth = ahead.pop()
            before = self._listings.get(folder)
            try:
                listing = _listed(folder, before)
            except OSError:
                if folder == self._root:
                    raise
                continue  # the other program has just removed it
            listings[folder] = listing
            known = before.frames if before else frozenset()
            new += [folder / name for name in listing.frames - known]
            if depth < _DEEPEST:
                ahead += [
                    (folder / name, depth + 1)
                    for name in listing.folders
                    if not _is_before(name, since)
                ]
        self._refuse_vanished(listings[self._root])
        self._listings = listings
        return new

    def _refuse_vanished(self, now: _Listing) -> None:
        before = self._listings.get(self._root)
        if before and not before.is_empty and now.is_empty:
            raise OSError(errno.ENOENT, "it is empty now; is its disk or share there?")


def _listed(folder: Path, before: _Listing | None) -> _Listing:
    """Return the listing of a folder, the one from before if nothing can have changed.

    A file system may give two changes within its tick, up to two seconds, the same time: so a change is followed by a
    second listing at the next look.
    """
    changed_ns = folder.stat().st_mtime_ns
    unchanged = before is not None and before.changed_ns == changed_ns
    if before and unchanged and before.settled:
        return before
    with os.scandir(folder) as entries:
        visible = [entry for entry in entries if not entry.name.startswith(".")]
    pictures = [
        entry.name for entry in visible if entry.name.lower().endswith(SUFFIXES)
    ]
    timed = [name for name in pictures if time_in_name(Path(name).stem) is not None]
    folders = frozenset(
        entry.name
        for entry in visible
        if _ENTERED.fullmatch(entry.name) and entry.is_dir()
    )
    frames = timed or ([] if folders else pictures)
    return _Listing(changed_ns, frozenset(frames), folders, unchanged)


def _is_before(name: str, since: dt.date) -> bool:
    """Say whether a folder is named by a day before ``since``."""
    found = _DAY.fullmatch(name)
    if found is None:
        return False
    try:
        return dt.date(*map(int, found.groups())) < since
    except ValueError:  # digits that are no date
        return False
