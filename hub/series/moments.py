"""Moments as ``series.db`` stores them: milliseconds since 1970, and hours and days of UTC counted from then."""

import datetime as dt

SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS = 1000, 60_000, 3_600_000, 86_400_000
HOURS_A_DAY = 24

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def milliseconds(moment: dt.datetime) -> int:
    """Return an aware moment as milliseconds since 1970, rounded."""
    return round(moment.timestamp() * SECOND_MS)


def moment_of(ts_ms: int) -> dt.datetime:
    """Return the moment, in UTC, that is so many milliseconds after 1970."""
    return _EPOCH + dt.timedelta(milliseconds=ts_ms)


def day_number(day: dt.date) -> int:
    """Return how many days after 1970-01-01 a date is."""
    return (day - _EPOCH.date()).days
