"""Months and years of nights: local noon to local noon, each night belonging to the date of its evening."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from products.night import Night
from products.sun import Interval


class Length(StrEnum):
    """How long a period is."""

    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """The nights of a month or of a year, from the one that begins on ``first`` on."""

    length: Length
    first: dt.date
    zone: ZoneInfo

    @classmethod
    def of(cls, night: Night, length: Length) -> Self:
        """Return the month or the year that a night belongs to, by the date of its evening."""
        month = night.evening.month if length is Length.MONTH else 1
        return cls(length, dt.date(night.evening.year, month, 1), night.zone)

    @property
    def name(self) -> str:
        """``YYYY-MM`` or ``YYYY``: the name of its folder."""
        return self.first.strftime("%Y-%m" if self.length is Length.MONTH else "%Y")

    @property
    def kind(self) -> str:
        """The kind of its keogram on the wire."""
        return f"{self.length}-keogram"

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
