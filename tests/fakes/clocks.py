"""A clock that was never set: it starts where a test says, jumps when it is set, and says how far it is trusted."""

import datetime as dt

from edge.clock import VirtualClock
from edge.clock_quality import ClockQuality


class UnsetClock(VirtualClock):
    """The computer says ``start``; ``behind`` is by how much that is wrong. `set_by_ntp` puts it right."""

    def __init__(self, start: dt.datetime, true: dt.datetime, boot="boot-1") -> None:
        super().__init__(start)
        self._monotonic = 12.5  # programs start some seconds after the boot
        self._boot, self._quality = boot, ClockQuality.UNSYNCHRONISED
        self._wrong_by = start - true
        self._zero_utc = None

    @property
    def true_now(self) -> dt.datetime:
        """What time it really is."""
        return self._now - self._wrong_by

    def now(self) -> dt.datetime:
        if self._zero_utc is not None:
            return self._zero_utc + dt.timedelta(seconds=self._monotonic)
        return super().now()

    def step(self, by: dt.timedelta) -> None:
        """Set the clock by hand, to another wrong time."""
        self._now += by
        self._wrong_by += by

    def set_by_ntp(self) -> None:
        """Set the clock right, as systemd-timesyncd does."""
        self._now, self._wrong_by = self.true_now, dt.timedelta()
        self._quality = ClockQuality.NTP

    def reboot(self, start: dt.datetime, boot: str) -> None:
        """Begin anew with another wrong time; nobody knows how long the computer was off."""
        self._wrong_by = start - self.true_now
        self._now, self._monotonic, self._boot = start, 8.0, boot
        self._quality, self._zero_utc = ClockQuality.UNSYNCHRONISED, None

    def quality(self) -> ClockQuality:
        believed = self._zero_utc and not self._quality.trusted
        return ClockQuality.HUB if believed else self._quality

    def boot_id(self) -> str:
        return self._boot

    def believe(self, zero_utc: dt.datetime | None) -> None:
        self._zero_utc = zero_utc
