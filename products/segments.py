"""The segments of a video: stretches of consecutive frames, each encoded for itself, with a list of its frames."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from products.ffmpeg import FfmpegError, pictures_in
from products.files import sync, write_atomically


class Segments:
    """The segments in ``folder``: ``<first frame>.mp4`` with ``<first frame>.json``, the names of its frames in order.

    The list is written first, so that a segment without one does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # A name of its own: an encoder that outlived a killed process may still write to that one's file.
        self._part = folder / f".{os.getpid()}.part"
        for left in folder.glob(".*.part"):
            left.unlink(missing_ok=True)
        self._held: dict[str, list[str]] = {}
        self.stems: set[str] = set()
        for listing in sorted(folder.glob("*.json")):
            stems = _listed(listing)
            if stems and listing.with_suffix(".mp4").exists():
                self._hold(stems)

    def begin(self) -> Path:
        """Return the file to encode the next segment into."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._part

    def accept(self, stems: list[str]) -> None:
        """Make the file that `begin` named the segment of these frames."""
        listing = self._path(stems[0], "json")
        write_atomically(listing, json.dumps(stems).encode())
        sync(self._part)
        self._part.replace(self._path(stems[0], "mp4"))
        self._hold(stems)

    def find(self, stem: str) -> tuple[Path, int]:
        """Return the segment that holds a frame and the frame's number in it; raise `FfmpegError` when none does."""
        for first, stems in self._held.items():
            if stem in stems:
                return self._path(first, "mp4"), stems.index(stem)
        raise FfmpegError(f"the frame {stem} is in no segment of the video")

    def keep_whole(self, log: Path) -> None:
        """Drop every segment that does not show as many pictures as it has frames; all are decoded."""
        for first, stems in list(self._held.items()):
            segment = self._path(first, "mp4")
            if pictures_in(segment, log, decoded=True) != len(stems):
                self._drop(first)

    def keep_stretches_of(self, order: Sequence[str]) -> None:
        """Drop every segment whose frames are not consecutive in ``order``."""
        place = {stem: index for index, stem in enumerate(order)}
        for first, stems in list(self._held.items()):
            start = place.get(first, len(order))
            if list(order[start : start + len(stems)]) != stems:
                self._drop(first)

    def write_listing(self, order: Sequence[str], folder: Path) -> Path:
        """Write the list of segments in order for ffmpeg's concat and return its path."""
        firsts = [stem for stem in order if stem in self._held]
        paths = (str(self._path(first, "mp4").resolve()) for first in firsts)
        quoted = (path.replace("'", "'\\''") for path in paths)
        listing = folder / "segments.txt"
        listing.write_text("".join(f"file '{path}'\n" for path in quoted))
        return listing

    def _path(self, first: str, ending: str) -> Path:
        return self._folder / f"{first}.{ending}"

    def _hold(self, stems: list[str]) -> None:
        self._held[stems[0]] = stems
        self.stems.update(stems)

    def _drop(self, first: str) -> None:
        self.stems.difference_update(self._held.pop(first))
        for ending in ("mp4", "json"):
            self._path(first, ending).unlink(missing_ok=True)


def _listed(listing: Path) -> list[str]:
    """Return the frames that a segment's list names; none when the list is damaged."""
    try:
        found = json.loads(listing.read_bytes())
    except ValueError:
        return []
    whole = isinstance(found, list) and all(isinstance(one, str) for one in found)
    return found if whole and found[:1] == [listing.stem] else []
