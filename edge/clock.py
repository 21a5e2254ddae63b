"""The clock, passed in everywhere, so that the same programs run in real time on a roof and a night in seconds."""

import datetime as dt
import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and lets time pass."""

    def now(self) -> dt.datetime:
        """Return the time of day, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never jump, from an arbitrary start."""

    def sleep(self, seconds: float) -> None:
        """Let this many seconds pass; return early when the program is told to stop."""


class Stop(Protocol):
    """Whether the program was told to stop: a `threading.Event`, or what signals set (`edge.service`)."""

    def is_set(self) -> bool:
        """Say whether it was."""

    def wait(self, timeout: float) -> bool:
        """Wait so many seconds, or until it is."""


class SystemClock:
    """The real clock; sleeping ends early when ``stop`` is set."""

    def __init__(self, stop: Stop | None = None) -> None:
        self._stop: Stop = stop or threading.Event()

    def now(self) -> dt.datetime:
        """Return the computer's time, aware, in UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Return the computer's monotonic clock in seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, or return early when told to stop."""
        if seconds > 0:
            self._stop.wait(seconds)


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
