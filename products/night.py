"""Nights: which one a moment belongs to, when it begins and ends.

A night runs from local noon to local noon in the zone of the site and is named by the date of its evening, so one night
never has two names and a file name never repeats when the clock goes back an hour. It lasts 24 hours, but 23 or 25 when
the clock changes in it. Everything but the two noons is UTC.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Self
from zoneinfo import ZoneInfo

NOON = dt.time(12)


@dataclass(frozen=True, slots=True)
class Night:
    """The night that begins at noon of the date ``evening`` in ``zone``."""

    evening: dt.date
    zone: ZoneInfo

    @classmethod
    def at(cls, moment: dt.datetime, zone: ZoneInfo) -> Self:
        """Return the night that the aware ``moment`` belongs to; noon itself begins the new one."""
        local = moment.astimezone(zone)
        evening = (
            local.date()
            if local.time() >= NOON
            else local.date() - dt.timedelta(days=1)
        )
        return cls(evening, zone)

    @classmethod
    def named(cls, name: str, zone: ZoneInfo) -> Self:
        """Return the night called ``name`` (``YYYY-MM-DD``), or raise ValueError."""
        return cls(dt.date.fromisoformat(name), zone)

    @property
    def name(self) -> str:
        """The date of the evening, ``YYYY-MM-DD``: the name in paths, addresses and tables."""
        return self.evening.isoformat()

    @property
    def start_utc(self) -> dt.datetime:
        """Local noon of the evening's date, in UTC."""
        return dt.datetime.combine(self.evening, NOON, self.zone).astimezone(dt.UTC)

    @property
    def end_utc(self) -> dt.datetime:
        """Local noon of the next date, in UTC; the first moment that is no longer part of this night."""
        return self.next.start_utc

    @property
    def length(self) -> dt.timedelta:
        """How long the night lasts: 24 h, or 23 h and 25 h where the clock changes."""
        return self.end_utc - self.start_utc

    @property
    def next(self) -> Self:
        """The night after this one."""
        return type(self)(self.evening + dt.timedelta(days=1), self.zone)

    @property
    def previous(self) -> Self:
        """The night before this one."""
        return type(self)(self.evening - dt.timedelta(days=1), self.zone)

    def __contains__(self, moment: dt.datetime) -> bool:
        return self.start_utc <= moment < self.end_utc

    def __str__(self) -> str:
        return self.name
