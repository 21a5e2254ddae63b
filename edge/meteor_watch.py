"""Meteor candidates in the night frames, kept: a row in `edge.db` and a picture among the products of the night."""

import logging

from edge.cameras import Frame
from edge.outlook import Outlook
from edge.store import FRAME_TIME, FrameRecord, Store
from edge.store_events import (
    CANDIDATE,
    IN_CLOUDS,
    METEOR,
    EventRecord,
    add_event,
)
from products.files import write_atomically
from products.meteors import Meteor, MeteorFinder

FOLDER = "meteors"
"""Where the pictures are, in the folder of a night's products."""

_CLOUDY = 0.25  # of the sky; from here on gaps in clouds are too many

log = logging.getLogger(__name__)


class MeteorWatch:
    """Looks for meteors in the frames of a camera; begins anew with every start of the program."""

    def __init__(self, store: Store, outlook: Outlook) -> None:
        self._store, self._outlook = store, outlook
        self._finder = MeteorFinder()
        self._size = (0, 0)
        self._before: FrameRecord | None = None
        self._cover_before: float | None = None

    def look(
        self, frame: Frame, record: FrameRecord, cloud_cover: float | None
    ) -> None:
        """Take the next stored frame, and keep the meteors of the one before that are sure now.

        What is seen through gaps in clouds (``cloud_cover``, 0-1, None where unknown) is kept, but is no candidate: a
        satellite that is hidden in the frames before and after looks the same.

        Raises
        ------
        OSError, sqlite3.OperationalError
            The disk does not take them.
        """
        if record.sun_altitude_deg is None:
            return
        size = frame.height, frame.width
        if size != self._size:
            self._size = size
            self._finder = MeteorFinder(mask=self._outlook.open_sky(*size))
        found = self._finder.add(frame.rgb, record.taken_utc, record.sun_altitude_deg)
        before, self._before = self._before, record
        cover, self._cover_before = self._cover_before, cloud_cover
        state = IN_CLOUDS if cover is not None and cover >= _CLOUDY else CANDIDATE
        if before:
            for meteor in found:
                self._keep(meteor, before, state)

    def _keep(self, meteor: Meteor, shown: FrameRecord, state: str) -> None:
        """Store a meteor's picture, then its record."""
        start_x, start_y = meteor.start_px
        moment = f"{meteor.taken_utc:{FRAME_TIME}}"
        name = f"{METEOR}-{moment}Z-{round(start_x)}-{round(start_y)}"
        folder = self._store.products_folder(shown.night)
        path = folder / FOLDER / f"{name}.jpg"
        write_atomically(path, meteor.picture)
        event = EventRecord(
            id=name,
            night=shown.night,
            taken_utc=meteor.taken_utc,
            frame=shown.path,
            picture=str(path.relative_to(self._store.data)),
            start_px=meteor.start_px,
            end_px=meteor.end_px,
            length_px=meteor.length_px,
            peak=meteor.peak,
            significance=meteor.significance,
            brightness=meteor.brightness,
            profile=meteor.profile,
            state=state,
        )
        if add_event(self._store, event):
            log.info("a meteor perhaps, %.0f pixels long: %s", meteor.length_px, path)
