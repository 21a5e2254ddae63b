"""Whether the time is known: once for each boot, noted where all programs see it.

On a computer without a battery for its clock the time after a power cut is the last one that was saved, or 1970,
until somebody sets it. What is taken before is held with the seconds since the boot, which never jump; when the time
is known, so is that of second 0. If no NTP server answers, the hub's answer tells the time as well.
"""

import contextlib
import datetime as dt
import logging

from edge.clock import Clock
from edge.clock_quality import ClockQuality
from edge.settings.clock import ClockSettings
from edge.store import Store
from edge.store_clock import BootTime, note_time_of_boot, time_of_boot
from edge.trouble import DISK_ERRORS

LONGEST_ROUND_TRIP_S = 10.0
MAY_DIFFER = dt.timedelta(minutes=5)
_SAME_STEP = dt.timedelta(seconds=1)

log = logging.getLogger(__name__)


class ClockTrust:
    """Says in one program whether the time is known; ``trouble`` is a sentence when the hub says another time."""

    def __init__(self, store: Store, clock: Clock, settings: ClockSettings) -> None:
        self.trouble = ""
        self._store, self._clock = store, clock
        self._always = settings.trust == "always"
        self._boot_id = clock.boot_id()
        self._source: ClockQuality | None = None
        self._to_note: BootTime | None = None

    def look(self) -> bool:
        """Say whether the time is known now; asked before everything that is dated."""
        if self._source in {None, ClockQuality.HUB}:
            self._look_at_system()
        if self._to_note and self._boot_id:
            with contextlib.suppress(*DISK_ERRORS):  # a full disk: the next time
                note_time_of_boot(self._store, self._boot_id, self._to_note)
                self._to_note = None
        return self._source is not None

    def ask_hub(
        self, server_time: dt.datetime, asked_s: float, answered_s: float
    ) -> None:
        """Take the hub's time when no other is known, else compare it.

        ``asked_s`` and ``answered_s`` are the monotonic seconds of the question and the answer.
        """
        if answered_s - asked_s > LONGEST_ROUND_TRIP_S:
            return
        zero_utc = server_time - dt.timedelta(seconds=(asked_s + answered_s) / 2)
        if not self.look() and self._boot_id:
            log.warning("The time of this computer is not known: the hub tells it.")
            note_time_of_boot(
                self._store, self._boot_id, BootTime(zero_utc, ClockQuality.HUB)
            )
            self.look()
        own_zero = self._clock.now() - dt.timedelta(seconds=self._clock.monotonic())
        self._compare(own_zero - zero_utc)

    def _look_at_system(self) -> None:
        """Ask the system, then what another program noted for this boot."""
        quality = self._clock.quality()
        if self._boot_id is None or self._always:
            self._source = quality
            return
        if quality.trusted and quality is not ClockQuality.HUB:
            self._clock.believe(None)
            now, now_s = self._clock.now(), self._clock.monotonic()
            self._to_note = BootTime(now - dt.timedelta(seconds=now_s), quality)
            self._source = quality
            return
        if self._source is None and (noted := time_of_boot(self._store, self._boot_id)):
            if noted.source is ClockQuality.HUB:
                self._clock.believe(noted.zero_utc)
            self._source = noted.source

    def _compare(self, ahead: dt.timedelta) -> None:
        """Say when the time that is believed is far from the hub's."""
        if self._source is ClockQuality.SIMULATED:
            return
        trouble = ""
        if abs(ahead) > MAY_DIFFER:
            minutes = round(abs(ahead) / dt.timedelta(minutes=1))
            word = "ahead of" if ahead > dt.timedelta() else "behind"
            trouble = (
                f"The clock of this computer ({self._source}) is {minutes} minutes {word} that of the hub: "
                "check what sets it (timedatectl)."
            )
        if trouble and not self.trouble:
            log.warning("%s", trouble)
        self.trouble = trouble


def by_the_clock_of_now(
    clock: Clock, noted_utc: dt.datetime, monotonic_s: float
) -> dt.datetime:
    """Return the time of a moment, given what the clock said then: that, unless the clock was set in between."""
    ago = dt.timedelta(seconds=clock.monotonic() - monotonic_s)
    by_now = clock.now() - ago
    return noted_utc if abs(by_now - noted_utc) < _SAME_STEP else by_now
