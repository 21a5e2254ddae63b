"""Obey what the owner deleted on the hub: it is never sent again, and goes here, too, unless the settings keep it.

The hub numbers its words on keys (``night/kind``, ``night/frame/UTC``, ``night/event/id``); the last one seen is kept.
To obey the same word twice does no harm, so it is written down after the words were obeyed. A whole night is deleted
product by product: its clean frames stay, but for those that were shown in the archive and deleted there.
"""

import datetime as dt
import logging
from pathlib import Path

from edge.config import Settings
from edge.outbox import Outbox
from edge.store import FRAME_TIME, Store
from edge.store_agreement import position, set_position
from edge.store_disk import forget_frames, reopen_night
from edge.store_event_sending import release_event, withhold_event
from products.manifest import EVENT_KIND, FRAME_KIND, HelloAnswer

_CURSOR = "tombstones"

log = logging.getLogger(__name__)


class Deletions:
    """What was deleted, and what may be shown again after all."""

    def __init__(self, store: Store, outbox: Outbox, settings: Settings) -> None:
        self._store, self._outbox = store, outbox
        self._follow = settings.disk.follow_deletions

    @property
    def cursor(self) -> int:
        """The number of the hub's last word that was obeyed."""
        return position(self._store, _CURSOR)

    def heed(self, answer: HelloAnswer, now: dt.datetime) -> None:
        """Obey the words of a heartbeat's answer; a hub that was restored from a backup may have fewer."""
        for key in answer.tombstones:
            self.obey(key, now)
        for key in answer.released:
            self.release(key, now)
        if answer.cursor != self.cursor:
            set_position(self._store, _CURSOR, answer.cursor)

    def obey(self, key: str, now: dt.datetime) -> None:
        """Send a product or an event no more, and remove what it is made of here."""
        night, kind, part = _parts(key)
        if kind == EVENT_KIND:
            picture = withhold_event(self._store, night, part)
            files = [self._store.data / picture] if picture else []
        else:
            files = self._outbox.files_of(key)
            self._outbox.withhold(night, kind, now, part)
        if self._follow:
            for path in files:
                self._remove(path)
            if kind == FRAME_KIND:
                self._remove_frame(night, part)
        log.info("%s was deleted on the hub: it is not sent any more", key)

    def release(self, key: str, now: dt.datetime) -> None:
        """Send a product or an event again; one whose files are gone is made anew if the frames are there."""
        night, kind, part = _parts(key)
        if kind == EVENT_KIND:
            release_event(self._store, part)
            return
        gone = [path for path in self._outbox.files_of(key) if not path.exists()]
        if gone:
            self._outbox.forget(key)
        self._outbox.release(night, kind, now, part)
        if gone and kind != FRAME_KIND and self._store.frames(night):
            reopen_night(self._store, night)
        log.info("%s may be shown again", key)

    def _remove(self, path: Path) -> None:
        """Remove a file of ours; never one outside the data folder."""
        if path.is_relative_to(self._store.data.resolve()):
            path.unlink(missing_ok=True)

    def _remove_frame(self, night: str, part: str) -> None:
        """Remove the stored frame of an archive picture, which is named by its second."""
        second = part.removesuffix("Z")
        paths = [
            frame.path
            for frame in self._store.frames(night)
            if frame.taken_utc.strftime(FRAME_TIME) == second
        ]
        for path in paths:
            (self._store.data / path).unlink(missing_ok=True)
        forget_frames(self._store, paths)


def _parts(key: str) -> tuple[str, str, str]:
    """Return night, kind and part of a key; what is missing is empty."""
    night, _, rest = key.partition("/")
    kind, _, part = rest.partition("/")
    return night, kind, part
