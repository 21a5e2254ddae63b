"""The marks under a chart of hours, days, months or years: round moments of local time, about a dozen at most."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from zoneinfo import ZoneInfo

_MOST = 12
_HOUR, _DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
_EDGE_PERCENT = 2.5  # a label nearer to the edge would be cut off
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A round moment: where it is, what of it to say ('time', 'day', 'month', 'year'), and whether there is room.

    ``every`` is 1 for a mark whose words a narrow screen leaves out, else 4.
    """

    percent: float
    moment_utc: dt.datetime
    says: str
    every: int
    labelled: bool


def marks(start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> list[Mark]:
    """Return the round moments of ``zone`` after ``start`` and before ``end``."""
    span = end - start
    inside = takewhile(lambda one: one < end, _moments(start, span / _MOST, zone))
    return [
        _mark(moment, round(100 * ((moment - start) / span), 3), index, span)
        for index, moment in enumerate(one for one in inside if one > start)
    ]


def _mark(moment: dt.datetime, percent: float, index: int, span: dt.timedelta) -> Mark:
    roomy = _EDGE_PERCENT < percent < 100 - _EDGE_PERCENT
    says = _says(moment, span)
    return Mark(percent, moment.astimezone(dt.UTC), says, 1 if index % 2 else 4, roomy)


def _says(local: dt.datetime, span: dt.timedelta) -> str:
    if local.hour or local.minute or span <= _MOST * _HOUR:
        return "time"
    if span <= 8 * 7 * _DAY or local.day != 1:
        return "day"
    return "month" if local.month != 1 else "year"


def _moments(
    start: dt.datetime, least: dt.timedelta, zone: ZoneInfo
) -> Iterator[dt.datetime]:
    """Return round moments from about ``start`` on, as near to each other as ``least`` allows."""
    for length, make, step in _STEPS:
        if length >= least:
            return make(start, step, zone)
    years = int(least / (365 * _DAY)) + 1
    return _months(start, years * _MONTHS_A_YEAR, zone)


def _minutes(start: dt.datetime, step: int, zone: ZoneInfo) -> Iterator[dt.datetime]:
    moment = start.replace(minute=start.minute // step * step, second=0, microsecond=0)
    while True:
        yield moment.astimezone(zone)
        moment += dt.timedelta(minutes=step)


def _hours(start: dt.datetime, step: int, zone: ZoneInfo) -> Iterator[dt.datetime]:
    # Whole hours of UTC shifted by the minutes of the zone, so that Nepal's marks are full hours too.
    moment = start.astimezone(zone)
    moment = (moment - dt.timedelta(minutes=moment.minute)).astimezone(dt.UTC)
    moment = moment.replace(second=0, microsecond=0)
    while True:
        local = moment.astimezone(zone)
        if local.hour % step == 0:
            yield local
        moment += _HOUR


def _days(start: dt.datetime, step: int, zone: ZoneInfo) -> Iterator[dt.datetime]:
    day = start.astimezone(zone).date()
    while True:
        if day.toordinal() % step == 1 % step:  # weeks begin on Monday
            yield dt.datetime.combine(day, dt.time(), zone)
        day += _DAY


def _months(start: dt.datetime, step: int, zone: ZoneInfo) -> Iterator[dt.datetime]:
    local = start.astimezone(zone)
    number = local.year * _MONTHS_A_YEAR + local.month - 1
    while True:
        if number % step == 0:
            year, month = divmod(number, _MONTHS_A_YEAR)
            yield dt.datetime(year, month + 1, 1, tzinfo=zone)
        number += 1


_STEPS = (
    *((dt.timedelta(minutes=n), _minutes, n) for n in (1, 2, 5, 10, 15, 30)),
    *((dt.timedelta(hours=n), _hours, n) for n in (1, 2, 3, 6, 12)),
    *((dt.timedelta(days=n), _days, n) for n in (1, 3, 7)),
    *((dt.timedelta(days=28 * n), _months, n) for n in (1, 2, 3, 6, 12)),
)
