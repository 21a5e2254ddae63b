"""Compare with the hub what it should have, and send it what it lacks: a restored or emptied hub is filled again.

Every heartbeat says the digest of the newest nights and how many readings the newest days have, and the same for a
window of older ones that moves on, so that after some hours all have been compared. The hub names those that differ.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edge.clock import Clock
from edge.outbox import Outbox
from edge.store import Store
from edge.store_agreement import (
    days_agree,
    position,
    queue_day_again,
    set_position,
    settled_days,
)
from edge.store_event_sending import (
    events_of_nights,
    nights_with_sent_events,
    queue_events_again,
)
from products.manifest import HelloAnswer, night_digest

NEWEST = 14
WINDOW = 14
WINDOW_EVERY_S = 600.0
ASK_AGAIN_AFTER_S = 3600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Compared:
    """What one heartbeat says: night -> digest, and UTC day -> number of readings."""

    digests: dict[str, str]
    readings: dict[str, int]

    @property
    def fields(self) -> dict[str, Any]:
        """The same as fields of a `Hello`."""
        return {"digests": self.digests, "readings": self.readings}


class Refill:
    """Says what the hub should have, and queues again what it says that it lacks."""

    def __init__(self, store: Store, outbox: Outbox, clock: Clock) -> None:
        self._store, self._outbox, self._clock = store, outbox, clock
        self._windows = [Window(store, "nights"), Window(store, "days")]
        self._move_on_s = clock.monotonic() + WINDOW_EVERY_S
        self._asked_nights: dict[str, tuple[str, float]] = {}
        self._asked_days: dict[str, int | None] = {}

    def compared(self) -> Compared:
        """Return what to say in the heartbeat of now. Nights and days of which something waits are left out."""
        nights, days = self._windows
        waiting = self._outbox.nights_at_work()
        known = nights_with_sent_events(self._store) | set(self._outbox.ledger.nights())
        chosen = nights.of(sorted(known - waiting, reverse=True))
        held = self._outbox.ledger.held(chosen)
        for night, events in events_of_nights(self._store, chosen).items():
            held[night] = held.get(night, {}) | events
        today = self._clock.now().date().isoformat()
        settled = {one.day: one for one in settled_days(self._store, today)}
        self._asked_days = {day: one.asked for day, one in settled.items()}
        return Compared(
            digests={night: night_digest(keys) for night, keys in held.items()},
            readings={day: settled[day].readings for day in days.of(list(settled))},
        )

    def heed(self, said: Compared, answer: HelloAnswer) -> None:
        """Queue again what the hub names, once for what was said of it, until the hub agrees."""
        for night, digest in said.digests.items():
            if night in answer.nights:
                self._heed_night(night, digest)
            else:
                self._asked_nights.pop(night, None)
        for day in said.readings.keys() & set(answer.days):
            self._heed_day(day, said.readings[day])
        agreed = said.readings.keys() - set(answer.days)
        if marked := [day for day in agreed if self._asked_days[day] is not None]:
            days_agree(self._store, marked)
        now_s = self._clock.monotonic()
        if now_s >= self._move_on_s or answer.nights or answer.days:
            self._move_on_s = now_s + WINDOW_EVERY_S
            for window in self._windows:
                window.move_on()

    def _heed_night(self, night: str, digest: str) -> None:
        now_s = self._clock.monotonic()
        before, asked_s = self._asked_nights.get(night, ("", -ASK_AGAIN_AFTER_S))
        # A night that still grows, and of which the hub knows more than this camera, is not sent over and over.
        if digest == before or now_s < asked_s + ASK_AGAIN_AFTER_S:
            return
        self._asked_nights[night] = digest, now_s
        queued = self._outbox.ledger.queue_night_again(night, self._clock.now())
        queued += queue_events_again(self._store, night)
        if queued:
            log.info(
                "The hub lacks something of %s: %d products and events queued again",
                night,
                queued,
            )

    def _heed_day(self, day: str, count: int) -> None:
        if self._asked_days.get(day) == count:
            return
        queued = queue_day_again(self._store, day)
        log.info(
            "The hub has other readings of %s than these %d: %d are sent again, the others are no longer here",
            day,
            count,
            queued,
        )


class Window:
    """The newest of a list, and a window of the older ones that moves on; where it is outlives the program."""

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name = store, f"window of {name}"
        self._begin = position(store, self._name)
        self._older = 0

    def of(self, newest_first: Sequence[str]) -> list[str]:
        """Return the newest ones and those in the window."""
        older = newest_first[NEWEST:]
        self._older = len(older)
        return [*newest_first[:NEWEST], *older[self._begin : self._begin + WINDOW]]

    def move_on(self) -> None:
        """Move to the next older ones, and after the oldest begin anew."""
        following = self._begin + WINDOW if self._begin + WINDOW < self._older else 0
        if following != self._begin:
            self._begin = following
            set_position(self._store, self._name, following)
