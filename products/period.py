"""Months, seasons and years of nights: local noon to local noon, each night belonging to the date of its evening."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from products.night import Night
from products.sun import Interval

# The seasons of meteorology by the initials of their months; one is named after the year in which it begins.
_SEASONS = {3: "MAM", 6: "JJA", 9: "SON", 12: "DJF"}


class Length(StrEnum):
    """How long a period is."""

    MONTH = "month"
    SEASON = "season"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """The nights of a month, a season or a year, from the one that begins on ``first`` on."""

    length: Length
    first: dt.date
    zone: ZoneInfo

    @classmethod
    def of(cls, night: Night, length: Length) -> Self:
        """Return the period of this length that a night belongs to, by the date of its evening."""
        year, month = night.evening.year, night.evening.month
        match length:
            case Length.MONTH:
                first = dt.date(year, month, 1)
            case Length.SEASON if month < min(_SEASONS):  # of last year's December
                first = dt.date(year - 1, max(_SEASONS), 1)
            case Length.SEASON:
                first = dt.date(year, month // 3 * 3, 1)
            case Length.YEAR:
                first = dt.date(year, 1, 1)
        return cls(length, first, night.zone)

    @property
    def name(self) -> str:
        """``YYYY-MM``, ``YYYY-DJF`` (and MAM, JJA, SON) or ``YYYY``: the name of its folder."""
        match self.length:
            case Length.MONTH:
                return f"{self.first:%Y-%m}"
            case Length.SEASON:
                return f"{self.first:%Y}-{_SEASONS[self.first.month]}"
            case Length.YEAR:
                return f"{self.first:%Y}"

    @property
    def nights(self) -> list[Night]:
        """All nights of the period in order."""
        found = [Night(self.first, self.zone)]
        while Period.of(found[-1].next, self.length) == self:
            found.append(found[-1].next)
        return found

    @property
    def time(self) -> Interval:
        """The stretch of time from the first noon to the last."""
        nights = self.nights
        return Interval(nights[0].start_utc, nights[-1].end_utc)

    def __str__(self) -> str:
        return self.name
