"""A calendar: which months are shown, and the weeks of each."""

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

# Word in the address -> kind on the wire.
KINDS = {"keograms": "keogram", "startrails": "startrails", "videos": "timelapse"}
# Any Monday and the days after it, for the names of the days of the week.
WEEKDAYS = tuple(dt.date(2024, 1, day) for day in range(1, 8))
MONTHS_AT_FIRST = 3
MONTHS_AT_MOST = 24


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar."""

    year: int
    number: int

    @classmethod
    def of(cls, day: dt.date) -> "Month":
        """Return the month of a date."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> "Month | None":
        """Return the month written ``YYYY-MM``, or None for anything else."""
        try:
            day = dt.date.fromisoformat(f"{text}-01")
        except ValueError:
            return None
        return cls.of(day) if str(cls.of(day)) == text else None

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first(self) -> dt.date:
        """The first day."""
        return dt.date(self.year, self.number, 1)

    @property
    def last(self) -> dt.date:
        """The last day."""
        return dt.date(
            self.year, self.number, calendar.monthrange(self.year, self.number)[1]
        )

    def plus(self, months: int) -> "Month":
        """Return the month so many months later, or earlier when negative."""
        count = self.year * 12 + self.number - 1 + months
        return Month(count // 12, count % 12 + 1)

    def back_to(self, first: "Month") -> Iterator["Month"]:
        """Yield this month and the ones before it, down to ``first``."""
        month = self
        while month >= first:
            yield month
            month = month.plus(-1)


@dataclass(frozen=True, slots=True)
class Range:
    """The months that are shown, and those that may be chosen.

    ``note`` says what became of a range that could not be shown as asked for: turned, cut, unreadable, or nothing.
    """

    first: Month
    last: Month
    choices: tuple[Month, ...]
    note: str = ""

    @classmethod
    def chosen(cls, wanted: tuple[str, str], known: tuple[str, str]) -> "Range":
        """Return the range for ``from`` and ``to`` of the form, given the first and last night that exist.

        Nonsense falls back to the newest months, an upside-down range is turned, a very long one is cut.
        """
        oldest, newest = (Month.of(dt.date.fromisoformat(name)) for name in known)
        begin, end = (Month.parse(text) for text in wanted)
        note = "unreadable" if _unread(wanted, (begin, end)) else ""
        last = min(end or newest, newest)
        first = max(begin or last.plus(1 - MONTHS_AT_FIRST), oldest)
        if first > last:
            first, last, note = max(last, oldest), min(first, newest), "turned"
        if first < last.plus(1 - MONTHS_AT_MOST):
            first, note = last.plus(1 - MONTHS_AT_MOST), "cut"
        return cls(first, last, tuple(newest.back_to(oldest)), note)

    @property
    def months(self) -> list[Month]:
        """The months to show, newest first."""
        return list(self.last.back_to(self.first))


def _unread(wanted: tuple[str, str], read: tuple[Month | None, Month | None]) -> bool:
    return any(text and month is None for text, month in zip(wanted, read, strict=True))


def weeks(month: Month) -> list[list[dt.date | None]]:
    """Return the weeks of a month, Monday first; None where a week reaches into another month."""
    found = calendar.Calendar().monthdatescalendar(month.year, month.number)
    return [[day if Month.of(day) == month else None for day in week] for week in found]
