"""The video of one day at work. The day of a date goes from the end of the night before to the beginning of its own.

It is filed under that date, with the night that follows, although the frames of its morning lie in the folder of the
night before: products are named by dates, and nobody looks for Sunday's clouds under Saturday.
"""

import contextlib
import logging
import shutil
from collections import deque
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.config import Settings
from edge.night_products import axis_of, render_settings
from edge.service import locked
from edge.store import FrameRecord, Store
from products import jpeg
from products.day_video import DayFrame, DayVideo
from products.night import Night
from products.report import MadeProduct
from products.scaled import Scaled
from products.sun import Interval

log = logging.getLogger(__name__)


class DayProducts:
    """The products of the day before ``night``; raises `AlreadyRunningError` while another program works on them."""

    def __init__(self, store: Store, settings: Settings, night: Night) -> None:
        self.night, self.axis = night, day_before(settings, night)
        self._store = store
        self._buffer: NDArray[np.uint8] | None = None
        self._frames = {_stem(one): one for one in day_frames(store, settings, night)}
        with contextlib.ExitStack() as opening:
            opening.enter_context(
                locked(
                    store.scratch / f"{night}-day.lock",
                    f"Another program is at work on the video of the day {night}.",
                )
            )
            self._video = DayVideo(
                store.products_folder(night.name),
                _scratch(store, night),
                render_settings(settings),
                [DayFrame(stem, one.taken_utc) for stem, one in self._frames.items()],
            )
            opening.callback(self._video.close)
            self._behind = deque(self._video.missing)
            self._open = opening.pop_all()

    @property
    def behind(self) -> int:
        """How many stored frames still have to be fed."""
        return len(self._behind)

    def add(self, record: FrameRecord, frame: Scaled) -> None:
        """Take a frame of the day, just stored: its pixels now, or its file later when others come first."""
        stem = _stem(record)
        self._frames[stem] = record
        if not self._video.expect_next(DayFrame(stem, record.taken_utc)):
            return
        if self._behind:
            self._behind.append(stem)
        else:
            self._video.add(frame, stem)

    def catch_up(self) -> None:
        """Feed the oldest stored frame that is missing, read from its file; one that cannot be read is left out."""
        stem = self._behind.popleft()
        path = self._store.data / self._frames[stem].path
        try:
            self._buffer = jpeg.decode(path.read_bytes(), buffer=self._buffer)
        except (FileNotFoundError, jpeg.JpegError) as error:
            log.warning("%s is left out of the video of the day: %s", path.name, error)
            return
        self._video.add(Scaled(self._buffer), stem)

    def write_live(self) -> list[MadeProduct]:
        """Return nothing: the video is shown when it is whole."""
        return []

    def finish(self) -> MadeProduct | None:
        """Write the video and say what it is; None when no frame could be used."""
        return self._video.finish()

    def close(self) -> None:
        """Leave the day to whoever works on it next."""
        self._open.close()


def makes_day_videos(settings: Settings) -> bool:
    """Say whether frames are taken by day and a video of them is wanted."""
    by_day = settings.capture.sun_below_deg > 0 or settings.camera.driver == "folder"
    return by_day and settings.products.day_video_every > 0


def day_before(settings: Settings, night: Night) -> Interval:
    """Return the day that ends where the products of ``night`` begin; in the polar night it has no length."""
    end_utc = axis_of(settings, night).start_utc
    return Interval(min(axis_of(settings, night.previous).end_utc, end_utc), end_utc)


def day_frames(store: Store, settings: Settings, night: Night) -> list[FrameRecord]:
    """Return the stored frames of the day before ``night`` in order, those of the size of the first one."""
    axis = day_before(settings, night)
    stored = [*store.frames(night.previous.name), *store.frames(night.name)]
    inside = [one for one in stored if one.taken_utc in axis]
    return [
        one
        for one in inside
        if (one.width, one.height) == (inside[0].width, inside[0].height)
    ]


def forget_day_scratch(store: Store, night: Night) -> None:
    """Give back the memory of a day that is finished."""
    shutil.rmtree(_scratch(store, night), ignore_errors=True)


def _scratch(store: Store, night: Night) -> Path:
    return store.scratch / f"{night}-day"


def _stem(record: FrameRecord) -> str:
    return Path(record.path).stem
