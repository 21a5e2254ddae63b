"""The nightly program: makes the products of every night final as soon as its time is over.

A night whose frames were all seen by capture is finished in seconds. What capture could not feed (it was stopped, the
computer was started anew) is read from the stored frames first, one frame a step. Everything can be interrupted and
begins again harmlessly.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path

from edge.clock import Clock
from edge.config import Settings
from edge.frames import adopt_frames
from edge.night_products import NightProducts, axis_of, forget_scratch
from edge.publication import queue_products
from edge.service import AlreadyRunningError
from edge.store import ProgramState, Store
from edge.trouble import PRODUCT_ERRORS, sentence
from products.night import Night

LOOK_EVERY_S = 60.0
AGAIN_AFTER = dt.timedelta(
    minutes=10
)  # what could not be stored may have space by then

log = logging.getLogger(__name__)


class NoFramesError(Exception):
    """There is nothing to render for the night that was asked for."""


class Nightly:
    """Finishes nights, one at a time, the oldest first."""

    name = "nightly"

    def __init__(self, settings: Settings, clock: Clock, store: Store) -> None:
        self._settings, self._clock, self._store = settings, clock, store
        self._products: NightProducts | None = None
        self._not_before: dict[str, dt.datetime] = {}

    def step(self) -> float:
        """Feed one frame, finish one night or look for the next one; return how many seconds to rest."""
        if self._products is None:
            return self._begin_next()
        night = self._products.night
        try:
            self._go_on(self._products)
        except PRODUCT_ERRORS as error:
            self._put_off(night, sentence(error, f"the products of the night {night}"))
        return 0.0

    def render(self, name: str) -> Iterator[int]:
        """Make the products of a night final (again), yielding how many frames are left to read.

        Raises
        ------
        NoFramesError
            No frame of this night is stored.
        AlreadyRunningError
            Another program is at work on this night.
        """
        night = Night.named(name, self._settings.site.tz)
        adopt_frames(self._store, self._settings.site.place)
        if not self._store.frames(name):
            raise NoFramesError(f"No frame of the night {name} is stored.")
        self._products = NightProducts(self._store, self._settings, night)
        while self._products:
            yield self._products.behind
            self._go_on(self._products)

    def close(self) -> None:
        """Leave a night that is being worked on as it is, and close the store."""
        self._leave()
        self._store.close()

    def _begin_next(self) -> float:
        """Begin with the oldest night that is due, or say how long to rest until one may be."""
        now = self._clock.now()
        due = {night: self._due(night) for night in self._unfinished()}
        for night, moment in due.items():
            if moment <= now and self._begin(night):
                return 0.0
        waiting = [moment for moment in due.values() if moment > now]
        next_due = min(waiting, default=None)
        reason = (
            "Waiting for the end of the night."
            if waiting
            else "All nights are finished."
        )
        self._say("wait", reason, next_due)
        if next_due is None:
            return LOOK_EVERY_S
        return min((next_due - now).total_seconds(), LOOK_EVERY_S)

    def _begin(self, night: Night) -> bool:
        """Open the products of a night; a night without frames in its time is finished with a note instead."""
        axis = axis_of(self._settings, night)
        frames = self._store.frames(night.name)
        if not any(frame.taken_utc in axis for frame in frames):
            note = f"None of the {len(frames)} frames was taken between sunset and sunrise."
            self._store.finish_night(night.name, self._clock.now(), note)
            log.info("night %s: %s", night, note)
            return True
        try:
            self._products = NightProducts(self._store, self._settings, night)
        except AlreadyRunningError:  # capture is about to leave it
            self._not_before[night.name] = self._clock.now() + dt.timedelta(
                seconds=LOOK_EVERY_S
            )
            return False
        except PRODUCT_ERRORS as error:
            self._put_off(night, sentence(error, f"the products of the night {night}"))
            return False
        self._say("render", f"Finishing the night {night}.", None)
        return True

    def _go_on(self, products: NightProducts) -> None:
        """Feed one frame that is missing, or finish the night when none is."""
        if products.behind:
            products.catch_up()
            return
        began, night = self._clock.monotonic(), products.night
        report = products.finish()
        now = self._clock.now()
        note = report.startrails.note
        if report.frames:
            queue_products(self._store, night, report.files, now, final=True)
        else:
            note = "None of the stored frames could be read."
        self._store.finish_night(night.name, now, note)
        self._leave()
        forget_scratch(self._store, night)
        log.info(
            "night %s: final in %.1f s. %s",
            night,
            self._clock.monotonic() - began,
            note,
        )

    def _put_off(self, night: Night, reason: str) -> None:
        log.error("%s", reason)
        self._leave()
        self._not_before[night.name] = self._clock.now() + AGAIN_AFTER
        self._say("wait", reason, self._not_before[night.name])

    def _leave(self) -> None:
        if self._products:
            products, self._products = self._products, None
            products.close()

    def _unfinished(self) -> list[Night]:
        zone = self._settings.site.tz
        return [Night.named(name, zone) for name in self._store.unfinished_nights()]

    def _due(self, night: Night) -> dt.datetime:
        """Return when a night may be finished: an interval after its time, when its last frame is stored."""
        interval = dt.timedelta(seconds=self._settings.capture.interval_s)
        over = axis_of(self._settings, night).end_utc + interval
        return max(over, self._not_before.get(night.name, over))

    def _say(self, state: str, reason: str, next_utc: dt.datetime | None) -> None:
        now = self._clock.now()
        self._store.set_state(ProgramState(self.name, state, reason, now, next_utc))


def build_nightly(settings: Settings, config_dir: Path, clock: Clock) -> Nightly:
    """Return the nightly program of the camera in the settings."""
    return Nightly(settings, clock, Store(settings.data))
