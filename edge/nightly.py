"""The nightly program: makes the products of every night final as soon as its time is over.

A night whose frames were all seen by capture is finished in seconds. What capture could not feed (it was stopped, the
computer was started anew) is read from the stored frames first, one frame a step. When no night is left, the keograms
of the months and years follow that the finished nights have changed. Everything can be interrupted and begins again
harmlessly.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.clock import Clock
from edge.clock_trust import ClockTrust
from edge.config import Settings
from edge.days import Days
from edge.frames import adopt_night
from edge.held_frames import HeldFrames
from edge.longterm import LongTerm
from edge.night_products import NightProducts, axis_of, forget_scratch
from edge.publication import queue_products
from edge.retention import Retention
from edge.service import AlreadyRunningError
from edge.sky_chart import make_sky_chart
from edge.store import ProgramState, Store
from edge.trouble import PRODUCT_ERRORS, Troubles, sentence
from products.night import Night
from products.report import NightReport

LOOK_EVERY_S = 60.0
_WITHOUT_TIME = (
    "The time of this computer is not known yet: no night is finished until it is."
)
AGAIN_AFTER = dt.timedelta(
    minutes=10
)  # what could not be stored may have space by then

log = logging.getLogger(__name__)


class NoFramesError(Exception):
    """There is nothing to render for the night that was asked for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a night.

    ``report`` is None when no frame could be used; ``note`` then says why. ``left_out`` names the stored frames that
    could not be used, each with the reason, a sentence that begins with the file's name.
    """

    night: Night
    final: bool
    note: str
    report: NightReport | None
    left_out: dict[str, str]


@dataclass(frozen=True, slots=True)
class Postponed:
    """When a night is tried again, and what was wrong the last time."""

    until_utc: dt.datetime
    reason: str


class Nightly:
    """Finishes nights, one at a time, the oldest first."""

    name = "nightly"
    silence_s = 3600.0
    alive = True

    def __init__(self, settings: Settings, clock: Clock, store: Store) -> None:
        self._settings, self._clock, self._store = settings, clock, store
        self._trust = ClockTrust(store, clock, settings.clock)
        self._held = HeldFrames(store, settings, clock)
        self._troubles = Troubles()
        self._days = Days(settings, clock, store)
        self._longterm = LongTerm(settings, clock, store)
        self._retention = Retention(settings, clock, store)
        self._products: NightProducts | None = None
        self._postponed: dict[str, Postponed] = {}
        self._more = {
            "the video of the day": self._days.step,
            "the products of the month and the year": self._longterm.step,
        }
        self._more_postponed: dict[str, Postponed] = {}

    def step(self) -> float:
        """Feed one frame, finish one night or look for the next one; return how many seconds to rest."""
        if self._products is None:
            return self._begin_next()
        night = self._products.night
        try:
            self._go_on(self._products)
        except PRODUCT_ERRORS as error:
            self._put_off(night, error)
        return 0.0

    def render(
        self, name: str, progress: Callable[[int], None] = lambda left: None
    ) -> Outcome:
        """Make the products of a night final (again), whatever is missing or damaged, and say what became of it.

        ``progress`` is called with the number of frames that are left to read.

        Raises
        ------
        NoFramesError
            No frame of this night is stored.
        AlreadyRunningError
            Another program is at work on this night.
        FfmpegError, OSError
            As `LiveNight.finish`.
        """
        night = Night.named(name, self._settings.site.tz)
        refused = adopt_night(self._store, self._settings.site.place, name).refused
        outcome = self._without_frames(night, refused)
        if outcome is None:
            products = self._products = NightProducts(
                self._store, self._settings, night
            )
            products.left_out.update(refused)
            products.repair()
            while products.behind:
                progress(products.behind)
                products.catch_up()
            progress(0)
            outcome = self._finish(products)
        self._days.render(night, progress)
        while self._longterm.step():
            pass
        return outcome

    def close(self) -> None:
        """Leave a night that is being worked on as it is, and close the store."""
        self._leave()
        self._days.close()
        self._store.close()

    def _begin_next(self) -> float:
        """Begin with the oldest night that is due, or say how long to rest until one may be."""
        if not self._trust.look():
            self._say("wait", _WITHOUT_TIME, None)
            return LOOK_EVERY_S
        now = self._clock.now()
        if self._dated() or self._tidied():
            return 0.0
        due = {night: self._due(night) for night in self._unfinished()}
        for night, moment in due.items():
            if moment <= now and self._begin(night):
                return 0.0
        if self._make_more(now):
            return 0.0
        next_due = min(
            (moment for moment in due.values() if moment > now), default=None
        )
        self._say("wait", self._why_waiting(list(due)), next_due)
        if next_due is None:
            return LOOK_EVERY_S
        return min((next_due - now).total_seconds(), LOOK_EVERY_S)

    def _dated(self) -> bool:
        """Move one frame that was held until the time was known to its night, and say whether there was one."""
        with self._troubles.noted("a held frame"):
            return self._held.date_one() or self._held.forget_one()
        return False

    def _tidied(self) -> bool:
        """Remove one thing that is too old or for which the disk is too full, and say whether there was one."""
        with self._troubles.noted("the disk"):
            return self._retention.step()
        return False

    def _why_waiting(self, unfinished: list[Night]) -> str:
        if self._more_postponed:
            return " ".join(one.reason for one in self._more_postponed.values())
        if not unfinished:
            return "All nights are finished."
        names = [night.name for night in unfinished]
        wrong = [
            self._postponed[name].reason for name in names if name in self._postponed
        ]
        return " ".join(wrong) or "Waiting for the end of the night."

    def _make_more(self, now: dt.datetime) -> bool:
        """Do one piece of work on the products of days, months and years, and say whether there was any."""
        for what, step in self._more.items():
            later = self._more_postponed.pop(what, None)
            if later and now < later.until_utc:
                self._more_postponed[what] = later
                continue
            try:
                if step():
                    return True
                continue
            except PRODUCT_ERRORS as error:
                reason = sentence(error, what)
            except AlreadyRunningError as error:
                reason = str(error)
            log.error("%s", reason)
            self._more_postponed[what] = Postponed(now + AGAIN_AFTER, reason)
        return False

    def _begin(self, night: Night) -> bool:
        """Open the products of a night; a night without frames in its time is finished with a note instead."""
        if self._without_frames(night, {}):
            return True
        try:
            self._products = NightProducts(self._store, self._settings, night)
        except AlreadyRunningError as error:  # capture is about to leave it
            soon = self._clock.now() + dt.timedelta(seconds=LOOK_EVERY_S)
            self._postponed[night.name] = Postponed(soon, str(error))
            return False
        except PRODUCT_ERRORS as error:
            self._put_off(night, error)
            return False
        self._say("render", f"Finishing the night {night}.", None)
        return True

    def _without_frames(self, night: Night, refused: dict[str, str]) -> Outcome | None:
        """Finish a night that has no frame in its time with a note; return None for all others.

        ``refused`` are the files that are not even recorded as frames. Raises `NoFramesError` when there is nothing.
        """
        axis, now = axis_of(self._settings, night), self._clock.now()
        frames, final = self._store.frames(night.name), now >= axis.end_utc
        if any(frame.taken_utc in axis for frame in frames):
            return None
        if not frames and not refused:
            raise NoFramesError(_none_stored(night, self._store.nights_with_frames()))
        note = _in_daylight(len(frames)) if frames else _unusable(refused)
        if final and frames:
            self._store.finish_night(night.name, now, note)
        log.info("night %s: %s", night, note)
        return Outcome(night, final, note, None, refused)

    def _go_on(self, products: NightProducts) -> None:
        """Feed one frame that is missing, or finish the night when none is."""
        if products.behind:
            products.catch_up()
        else:
            self._finish(products)

    def _finish(self, products: NightProducts) -> Outcome:
        """Write the products and queue them; they are final unless the night still goes on."""
        began, night = self._clock.monotonic(), products.night
        report, now = products.finish(), self._clock.now()
        note, final = report.startrails.note, now >= products.axis.end_utc
        if report.frames:
            chart = make_sky_chart(self._store, self._settings, night)
            made = [*report.files, *([chart] if chart else [])]
            queue_products(self._store, night, made, now, final=final)
        else:
            note = _unusable(products.left_out)
        if final:
            self._longterm.leave_strip(night)
            self._store.finish_night(night.name, now, note)
        self._leave()
        forget_scratch(self._store, night)
        took_s = self._clock.monotonic() - began
        log.info("night %s: rendered in %.1f s. %s", night, took_s, note)
        used = report if report.frames else None
        return Outcome(night, final, note, used, products.left_out)

    def _put_off(self, night: Night, error: Exception) -> None:
        """Try a night again later; until then the state says what was wrong."""
        self._leave()
        reason = sentence(error, f"the products of the night {night}")
        log.error("%s", reason)
        until = self._clock.now() + AGAIN_AFTER
        self._postponed[night.name] = Postponed(until, reason)

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
        postponed = self._postponed.get(night.name)
        return max(over, postponed.until_utc) if postponed else over

    def _say(self, state: str, reason: str, next_utc: dt.datetime | None) -> None:
        now = self._clock.now()
        self._troubles.renew()
        with self._troubles.noted("the state"):
            self._store.set_state(ProgramState(self.name, state, reason, now, next_utc))


def _none_stored(night: Night, stored: list[str]) -> str:
    there = f"; there are: {', '.join(stored)}" if stored else ""
    return f"No frame of the night {night} is stored{there}."


def _in_daylight(frames: int) -> str:
    """Return the note of a night all of whose frames were taken by day."""
    which = (
        "The only frame was not" if frames == 1 else f"None of the {frames} frames was"
    )
    return f"{which} taken between sunset and sunrise."


def _unusable(left_out: dict[str, str]) -> str:
    """Return the note of a night whose frames are all left out, with the reason of the first."""
    first = next(iter(left_out.values()), "")
    if len(left_out) == 1:
        return f"The only stored frame cannot be used: {first}."
    return f"None of the {len(left_out)} stored frames can be used: {first}."


def build_nightly(settings: Settings, config_dir: Path, clock: Clock) -> Nightly:
    """Return the nightly program of the camera in the settings."""
    return Nightly(settings, clock, Store(settings.data))
