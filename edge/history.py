"""Keep the history of the sensors short: hours and days are made of the readings, and what is too old goes."""

import datetime as dt

from edge.clock import Clock
from edge.config import Settings
from edge.store import Store
from edge.store_history import Span, purge_hours, purge_readings, roll_up

ROUND_EVERY_S = 3600.0
CHUNK = 2000
_RAW_AT_MOST = dt.timedelta(days=3)


class History:
    """The care of the history, a little at a time."""

    def __init__(self, settings: Settings, clock: Clock, store: Store) -> None:
        self._keep, self._clock, self._store = settings.disk, clock, store
        self._has_hub = bool(settings.hub.url)
        self.due_s = clock.monotonic() + ROUND_EVERY_S

    def step(self) -> None:
        """Do one piece of work when it is due; go on at once while there is more, else rest for an hour."""
        now_s = self._clock.monotonic()
        if now_s >= self.due_s and not self._work():
            self.due_s = now_s + ROUND_EVERY_S

    def _work(self) -> bool:
        """Roll up and remove a chunk each; say whether there may be more."""
        store, now = self._store, self._clock.now()
        more = roll_up(store, CHUNK)
        hours_days, readings_days = self._keep.hours_days, self._keep.readings_days
        if hours_days is not None:
            before = now - dt.timedelta(days=hours_days)
            more |= purge_hours(store, before, CHUNK)
            more |= purge_readings(store, before, CHUNK, unsent=True)
        if readings_days is not None:
            before = now - dt.timedelta(days=readings_days)
            more |= purge_readings(store, before, CHUNK, unsent=not self._has_hub)
        return more


def span_of(length: dt.timedelta, readings_days: int | None) -> Span:
    """Return what to show of a stretch of time that ends now: readings, hours, or days."""
    kept = length if readings_days is None else dt.timedelta(days=readings_days)
    if length <= min(_RAW_AT_MOST, kept):
        return Span.READING
    return Span.HOUR if length <= dt.timedelta(days=60) else Span.DAY
