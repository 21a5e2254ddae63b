"""The segments of a video: stretches of consecutive frames, each encoded for itself, with a list of its frames.

A frame is listed by its stem, and where its brightness was changed as ``stem/gain``: with another gain it is another
picture. File names have no slash.
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from products.ffmpeg import FfmpegError, pictures_in
from products.files import sync, write_atomically


class Segments:
    """The segments in ``folder``: ``<first frame>.mp4`` with ``<first frame>.json``, the list of its frames in order.

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
            frames = _listed(listing)
            if frames and listing.with_suffix(".mp4").exists():
                self._hold(frames)

    def begin(self) -> Path:
        """Return the file to encode the next segment into."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._part

    def accept(self, frames: list[str]) -> None:
        """Make the file that `begin` named the segment of these frames."""
        first = stem_of(frames[0])
        write_atomically(self._path(first, "json"), json.dumps(frames).encode())
        sync(self._part)
        self._part.replace(self._path(first, "mp4"))
        self._hold(frames)

    def find(self, stem: str) -> tuple[Path, int]:
        """Return the segment that holds a frame and the frame's number in it; raise `FfmpegError` when none does."""
        for first, frames in self._held.items():
            stems = [stem_of(one) for one in frames]
            if stem in stems:
                return self._path(first, "mp4"), stems.index(stem)
        raise FfmpegError(f"the frame {stem} is in no segment of the video")

    def keep_whole(self, log: Path) -> None:
        """Drop every segment that does not show as many pictures as it has frames; all are decoded."""
        for first, frames in list(self._held.items()):
            segment = self._path(first, "mp4")
            if pictures_in(segment, log, decoded=True) != len(frames):
                self._drop(first)

    def keep_stretches_of(self, order: Sequence[str]) -> None:
        """Drop every segment whose frames are not consecutive in ``order``, which names frames as the lists do."""
        place = {stem_of(frame): index for index, frame in enumerate(order)}
        for first, frames in list(self._held.items()):
            start = place.get(first, len(order))
            if list(order[start : start + len(frames)]) != frames:
                self._drop(first)

    def remove_others(self) -> None:
        """Remove the folders of segments of the same kind of video that were made in other settings."""
        kind = self._folder.name.partition(".")[0]
        for other in self._folder.parent.glob(f"{kind}.*"):
            if other != self._folder:
                shutil.rmtree(other, ignore_errors=True)

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

    def _hold(self, frames: list[str]) -> None:
        self._held[stem_of(frames[0])] = frames
        self.stems.update(map(stem_of, frames))

    def _drop(self, first: str) -> None:
        self.stems.difference_update(map(stem_of, self._held.pop(first)))
        for ending in ("mp4", "json"):
            self._path(first, ending).unlink(missing_ok=True)


def stem_of(frame: str) -> str:
    """Return the stem of a frame as it is listed."""
    return frame.partition("/")[0]


def _listed(listing: Path) -> list[str]:
    """Return the frames that a segment's list names; none when the list is damaged."""
    try:
        found = json.loads(listing.read_bytes())
    except ValueError:
        return []
    whole = isinstance(found, list) and all(isinstance(one, str) for one in found)
    return found if whole and [*map(stem_of, found[:1])] == [listing.stem] else []
