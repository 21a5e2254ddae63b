"""The clock, passed in everywhere, so that the same programs run in real time on a roof and a night in seconds."""

import datetime as dt
import threading
import time
from pathlib import Path
from typing import Protocol

from edge.clock_quality import ClockQuality, boot_id, quality_of_system


class Clock(Protocol):
    """Tells the time and lets time pass."""

    def now(self) -> dt.datetime:
        """Return the time of day, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never jump, from an arbitrary start."""

    def sleep(self, seconds: float) -> None:
        """Let this many seconds pass; return early when the program is told to stop."""

    def quality(self) -> ClockQuality:
        """Return how far the time of day can be trusted now."""

    def boot_id(self) -> str | None:
        """Return the name of what the monotonic seconds are counted in; None where there is none."""

    def believe(self, zero_utc: dt.datetime | None) -> None:
        """Tell the time by what another said it was at monotonic 0; None: by the computer's own time again."""


class Stop(Protocol):
    """Whether the program was told to stop: a `threading.Event`, or what signals set (`edge.service`)."""

    def is_set(self) -> bool:
        """Say whether it was."""

    def wait(self, timeout: float) -> bool:
        """Wait so many seconds, or until it is."""


class SystemClock:
    """The real clock; sleeping ends early when ``stop`` is set. ``root`` is where ``/run`` and ``/sys`` are."""

    def __init__(self, stop: Stop | None = None, root: Path = Path("/")) -> None:
        self._stop: Stop = stop or threading.Event()
        self._root = root
        self._zero_utc: dt.datetime | None = None

    def now(self) -> dt.datetime:
        """Return the computer's time, or the one to believe, aware, in UTC."""
        if (zero_utc := self._zero_utc) is not None:
            return zero_utc + dt.timedelta(seconds=time.monotonic())
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Return the computer's monotonic clock in seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, or return early when told to stop."""
        if seconds > 0:
            self._stop.wait(seconds)

    def quality(self) -> ClockQuality:
        """Return what the system says of its clock; with a time to believe, as long as that is not synchronised."""
        found = quality_of_system(self._root)
        return ClockQuality.HUB if self._zero_utc and not found.trusted else found

    def boot_id(self) -> str | None:
        """Return the kernel's name for this boot."""
        return boot_id(self._root)

    def believe(self, zero_utc: dt.datetime | None) -> None:
        """Tell the time by what it was at monotonic 0; None: by the computer's own time again."""
        self._zero_utc = zero_utc


class VirtualClock:
    """A clock that jumps instead of waiting: sleeping an hour costs nothing."""

    def __init__(self, start: dt.datetime) -> None:
        self._now, self._monotonic = start, 0.0

    def now(self) -> dt.datetime:
        """Return the virtual time."""
        return self._now

    def monotonic(self) -> float:
        """Return the virtual seconds slept so far."""
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        """Jump forward."""
        if seconds > 0:
            self._now += dt.timedelta(seconds=seconds)
            self._monotonic += seconds

    def quality(self) -> ClockQuality:
        """Return that the time is simulated."""
        return ClockQuality.SIMULATED

    def boot_id(self) -> str | None:
        """Return nothing: what is simulated was never started."""
        return None

    def believe(self, zero_utc: dt.datetime | None) -> None:
        """Do nothing: a simulated time is right."""
