"""The beat of the frames: from start to start always the same time, by night one and by day, if wanted, another."""

import datetime as dt

from edge.clock import Clock
from edge.config import Settings
from products.sun import SUNRISE_DEG, sun_altitude_deg

_LATE_PART = 0.1  # of an interval


def is_day(settings: Settings, moment: dt.datetime) -> bool:
    """Say whether the sun is up."""
    return sun_altitude_deg(settings.site.place, moment) > SUNRISE_DEG


class Cadence:
    """Says when the next frame is due. Of beats that were missed none is made up for."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._late = False  # the frame before was not finished when this one was due
        self.due = clock.monotonic()

    @property
    def interval_s(self) -> float:
        """Seconds from the start of one frame to the start of the next, now."""
        chosen = self._settings.capture
        if chosen.day_interval_s and is_day(self._settings, self._clock.now()):
            return chosen.day_interval_s
        return chosen.interval_s

    @property
    def trouble(self) -> str:
        """A sentence when frames take too long, else empty."""
        if not self._late:
            return ""
        return f"Frames take longer than the {self.interval_s:g} s between them, so that some are late or left out."

    @property
    def rest_s(self) -> float:
        """Seconds until the next frame is due; 0 or less when it is."""
        return self.due - self._clock.monotonic()

    @property
    def due_utc(self) -> dt.datetime:
        """When the next frame is due by the clock of now."""
        return self._clock.now() + dt.timedelta(seconds=max(0.0, self.rest_s))

    def begin_now(self) -> None:
        """Begin a new beat."""
        self.due = self._clock.monotonic()

    def pause(self, seconds: float) -> None:
        """Let the next frame wait so long."""
        self.due = self._clock.monotonic() + seconds

    def start(self) -> None:
        """Begin a frame: when it is due, the next one is due an interval after this one should have started.

        A frame that is tried again after a fault is not due; one that is more than an interval late
        starts a new beat.
        """
        now, interval_s = self._clock.monotonic(), self.interval_s
        if self.due > now:
            return
        self._late = now - self.due > _LATE_PART * interval_s
        self.due += interval_s
        if self.due < now:
            self.due = now + interval_s
