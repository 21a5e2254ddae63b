"""Finishes the videos of days: as soon as a day is over, and of days that are long past but have none.

Beside each lies a note, `NOTE_NAME`, written when the video is in the queue for the hub: whatever happens in between,
it is made again.
"""

import datetime as dt
import json
import logging
from collections.abc import Callable

from edge.clock import Clock
from edge.config import Settings
from edge.day_products import (
    DayProducts,
    day_before,
    day_frames,
    forget_day_scratch,
    makes_day_videos,
)
from edge.publication import queue_products
from edge.store import Store
from products.files import write_atomically
from products.night import Night

NOTE_NAME = "timelapse-day.json"

log = logging.getLogger(__name__)


class Days:
    """Makes the videos of days final, the oldest first, one piece of work a step."""

    def __init__(self, settings: Settings, clock: Clock, store: Store) -> None:
        self._settings, self._clock, self._store = settings, clock, store
        self._products: DayProducts | None = None
        self._nothing_to_do: set[str] = set()

    def step(self) -> bool:
        """Open a day, feed one of its frames or finish it, and say whether there was anything to do.

        Raises
        ------
        AlreadyRunningError
            Another program is at work on the day.
        FfmpegError, OSError
            As `DayVideo.finish`. The day is left as it is.
        """
        if self._products is None:
            night = self._next_due()
            if night is not None:
                self._products = DayProducts(self._store, self._settings, night)
            return night is not None
        try:
            if self._products.behind:
                self._products.catch_up()
            else:
                self._finish(self._products)
        except BaseException:
            self.close()
            raise
        return True

    def render(self, night: Night, progress: Callable[[int], None]) -> None:
        """Make the video of the day before a night (again), if there are frames; raises as `step`."""
        wanted = makes_day_videos(self._settings)
        if not wanted or not day_frames(self._store, self._settings, night):
            return
        self._products = DayProducts(self._store, self._settings, night)
        while self._products:
            progress(self._products.behind)
            self.step()

    def close(self) -> None:
        """Leave a day that is being worked on as it is."""
        if self._products:
            products, self._products = self._products, None
            products.close()

    def _next_due(self) -> Night | None:
        """Return the oldest day that is over, has frames and no final video; None when there is none."""
        if not makes_day_videos(self._settings):
            return None
        now, zone = self._clock.now(), self._settings.site.tz
        interval = dt.timedelta(seconds=self._settings.capture.interval_s)
        stored = [Night.named(one, zone) for one in self._store.nights_with_frames()]
        days = {night.name: night for one in stored for night in (one, one.next)}
        for name in sorted(days.keys() - self._nothing_to_do):
            if now < day_before(self._settings, days[name]).end_utc + interval:
                continue
            done = (self._store.products_folder(name) / NOTE_NAME).exists()
            if not done and day_frames(self._store, self._settings, days[name]):
                return days[name]
            self._nothing_to_do.add(name)
        return None

    def _finish(self, products: DayProducts) -> None:
        """Write the video and queue it; it is final when the day is over."""
        night, now = products.night, self._clock.now()
        made, final = products.finish(), now >= products.axis.end_utc
        if made:
            queue_products(self._store, night, [made], now, final=final)
            log.info("day %s: a video of %d frames", night, made.frames)
        if final:
            note = {"frames": made.frames, "facts": made.facts} if made else {}
            folder = self._store.products_folder(night.name)
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / NOTE_NAME, json.dumps(note).encode())
        self.close()
        forget_day_scratch(self._store, night)
