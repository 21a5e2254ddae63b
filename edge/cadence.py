"""The beat of the frames: from start to start always the same time, by night one and by day, if wanted, another."""

import datetime as dt

from edge.clock import Clock
from edge.config import Settings
from products.sun import sun_altitude_deg

DAY_SUN_DEG = -0.833  # the sun's upper edge is on the horizon, refraction included


def is_day(settings: Settings, moment: dt.datetime) -> bool:
    """Say whether the sun is up."""
    return sun_altitude_deg(settings.site.place, moment) > DAY_SUN_DEG


class Cadence:
    """Says when the next frame is due. Of beats that were missed none is made up for."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self.missed = 0  # beats in a row that no frame could begin with
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
        if not self.missed:
            return ""
        return f"Frames take longer than the {self.interval_s:g} s between them, so that some are left out."

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
        late = int((now - self.due) // interval_s)
        self.missed = self.missed + late if late else 0
        self.due += interval_s
        if self.due < now:
            self.due = now + interval_s
