"""Each keogram and each video of a month, season or year on the camera: is it what its nights say, and if not, make it.

Beside each lies a note of what it was made of. The note is written when the product is in the queue for the hub:
whatever happens in between, the product is made again.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from edge.clock import Clock
from edge.config import Settings
from edge.longterm_clips import leave_clip
from edge.night_products import axis_of
from edge.outbox import Outbox
from edge.publication import queue_products
from edge.store import Store
from products import longterm, period_video
from products.clips import CLIP_NAME, Clip, encode_again, encoder_header
from products.ffmpeg import FfmpegError
from products.files import write_atomically
from products.longterm import remove_keogram, write_keogram
from products.night import Night
from products.night_strip import SKY_NAME, ZENITH_NAME
from products.period import Period
from products.period_video import remove_period_video, write_period_video
from products.report import MadeProduct

KEOGRAM_NOTE, VIDEO_NOTE = "made-of.json", "video-made-of.json"
_MADE_FROM = {SKY_NAME: "keogram", CLIP_NAME: "timelapse"}
log = logging.getLogger(__name__)


class LongTermProducts:
    """Makes and queues the products of periods, each only when it is not what its nights say."""

    def __init__(self, settings: Settings, clock: Clock, store: Store) -> None:
        self._settings, self._clock, self._store = settings, clock, store
        self._outbox = Outbox(store)

    def make_keogram(self, period: Period) -> None:
        """Make the keogram of a period from the strips of its nights and queue it."""
        folder, nights = self._folder(period), self._nights_with(SKY_NAME)
        inside = _of(period, nights)
        if not inside:
            remove_keogram(folder)
            self._forget(period, "keogram", folder / KEOGRAM_NOTE)
            return
        final = self._is_over(period)
        first = max(min(nights), period.nights[0].name)
        last = period.nights[-1].name if final else max(inside)
        note = {
            "format": longterm.FORMAT,
            "first": first,
            "last": last,
            "final": final,
            "strips": {name: _strip_digest(path) for name, path in inside.items()},
        }
        if _read(folder / KEOGRAM_NOTE) == note:
            return
        known = (Night.named(first, period.zone), Night.named(last, period.zone))
        place = self._settings.site.place
        made = write_keogram(folder, period, nights, place, known)
        if made is not None:  # None: every strip is damaged
            self._queue(period, made, folder / KEOGRAM_NOTE, note)

    def make_video(self, period: Period) -> bool:
        """Make the video of a period from the clips of its nights and queue it; False when that needs more steps.

        A clip of another encoder is encoded again first, a damaged one made again from its frames: one in a step.
        """
        folder, clips = self._folder(period), self._clips(period)
        if not clips:
            remove_period_video(folder)
            self._forget(period, "video", folder / VIDEO_NOTE)
            return True
        final = self._is_over(period)
        note = {
            "format": period_video.FORMAT,
            "final": final,
            "clips": {path.name: clip.sha256 for path, clip in clips.items()},
        }
        if _read(folder / VIDEO_NOTE) == note:
            return True
        for path, clip in clips.items():
            if not clip.is_sound(path):
                self._mend(Night.named(path.name, period.zone), path)
                return False
            if clip.header != self._header:
                encode_again(path, clip, self._scratch)
                return False
        made = write_period_video(folder, period, clips, self._scratch)
        self._queue(period, made, folder / VIDEO_NOTE, note)
        return True

    def withheld(self) -> dict[str, set[str]]:
        """Return the nights of which strip or clip must not be shown, by the file."""
        rows = self._outbox.withheld()
        return {
            file: {one.night for one in rows if one.kind in ("", kind)}
            for file, kind in _MADE_FROM.items()
        }

    @property
    def _scratch(self) -> Path:
        return self._store.scratch / "longterm"

    @cached_property
    def _header(self) -> str:
        return encoder_header(self._scratch)

    def _clips(self, period: Period) -> dict[Path, Clip]:
        """Return the folders of the nights of a period that have a clip, in order, with its note."""
        folders = _of(period, self._nights_with(CLIP_NAME)).values()
        notes = {path: Clip.read(path) for path in folders}
        return {path: clip for path, clip in notes.items() if clip and clip.frames}

    def _mend(self, night: Night, folder: Path) -> None:
        """Make a damaged clip again from its frames; without them the night is left out."""
        log.warning("the clip of the night %s is damaged; it is made again", night)
        (folder / CLIP_NAME).unlink(missing_ok=True)
        try:
            leave_clip(self._store, self._settings, night)
        except FfmpegError as error:
            raise FfmpegError(f"the clip of the night {night}: {error}") from error

    def _queue(
        self,
        period: Period,
        made: MadeProduct,
        note_path: Path,
        note: Mapping[str, Any],
    ) -> None:
        first, now = period.nights[0], self._clock.now()
        final = bool(note["final"])
        folder = note_path.parent
        queue_products(self._store, first, [made], now, final=final, folder=folder)
        write_atomically(note_path, json.dumps(note).encode())

    def _forget(self, period: Period, product: str, note_path: Path) -> None:
        """Leave no trace of a product none of whose nights is left, and take it out of the queue for the hub."""
        note_path.unlink(missing_ok=True)
        folder = note_path.parent
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        kind = f"{period.length}-{product}"
        self._outbox.withdraw(period.nights[0].name, kind, self._clock.now())

    def _is_over(self, period: Period) -> bool:
        last = period.nights[-1]
        return self._clock.now() >= axis_of(self._settings, last).end_utc

    def _folder(self, period: Period) -> Path:
        return self._store.products_folder(period.name)

    def _nights_with(self, file_name: str) -> dict[str, Path]:
        """Return the folders of the nights that have this file and may be shown, by name."""
        hidden = self.withheld()[file_name]
        return {
            name: path
            for name, path in nights_with(self._store, file_name).items()
            if name not in hidden
        }


def nights_with(store: Store, file_name: str) -> dict[str, Path]:
    """Return the folders of the nights that have this file, by name, oldest first."""
    files = sorted(store.data.glob(f"products/????-??-??/{file_name}"))
    return {path.parent.name: path.parent for path in files}


def nights_shown(store: Store) -> set[str]:
    """Return the nights that any product of a period was made of, whether they are still there or not."""
    paths = (
        path
        for name in (KEOGRAM_NOTE, VIDEO_NOTE)
        for path in store.data.glob(f"products/*/{name}")
    )
    notes = [note for note in map(_read, paths) if isinstance(note, dict)]
    return {
        name
        for note in notes
        for made_of in ("strips", "clips")
        for name in note.get(made_of, ())
    }


def _of(period: Period, nights: Mapping[str, Path]) -> dict[str, Path]:
    return {one.name: nights[one.name] for one in period.nights if one.name in nights}


def _strip_digest(folder: Path) -> str:
    """Return what stands for the content of a strip."""
    content = hashlib.sha256()
    for name in (SKY_NAME, ZENITH_NAME):
        path = folder / name
        content.update(path.read_bytes() if path.exists() else b"")
    return content.hexdigest()[:16]


def _read(path: Path) -> Any:
    """Return the note of a product, or None when there is none or it is damaged."""
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
