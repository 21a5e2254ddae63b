"""Which stretch of time somebody asks for: a range up to now, or from one moment to another, in words of an address."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from hub.series.moments import milliseconds
from hub.series.resolution import Stretch

RANGES = {
    "24h": dt.timedelta(hours=24),
    "7d": dt.timedelta(days=7),
    "30d": dt.timedelta(days=30),
    "1y": dt.timedelta(days=365),
}
DEFAULT_RANGE = "24h"
_EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_SHORTEST = dt.timedelta(seconds=1)
_FUTURE = dt.timedelta(days=1)


class SpanError(ValueError):
    """What was asked for is no stretch of time; ``code`` is for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch as it was asked for; ``name`` is that of a range up to now, else empty."""

    start_utc: dt.datetime
    end_utc: dt.datetime
    name: str = ""

    def stretch(self, now: dt.datetime) -> Stretch:
        """Return it in milliseconds."""
        return Stretch(*map(milliseconds, (self.start_utc, self.end_utc, now)))


def asked_span(asked: Mapping[str, str], now: dt.datetime) -> Span:
    """Return the stretch that ``range`` or ``from`` and ``to`` name; SpanError when they name none.

    Without ``to`` it ends with this minute, without any of them it is the last 24 hours. Moments are ISO 8601; without
    a zone they are UTC. What is in the future ends within a day from now.
    """
    if not {"from", "to"} & asked.keys():
        name = asked.get("range", DEFAULT_RANGE)
        if name not in RANGES:
            known = ", ".join(RANGES)
            raise SpanError("unknown_range", f"range: one of {known}.")
        return Span(_next_minute(now) - RANGES[name], _next_minute(now), name)
    end = _moment("to", asked["to"]) if "to" in asked else _next_minute(now)
    end = max(min(end, now + _FUTURE), _EARLIEST)
    start = (
        _moment("from", asked["from"])
        if "from" in asked
        else end - RANGES[DEFAULT_RANGE]
    )
    start = max(start, _EARLIEST)
    if end - start < _SHORTEST:
        raise SpanError(
            "invalid_span",
            "from: at least a second before 'to', and not in the future.",
        )
    return Span(start, end)


def _next_minute(now: dt.datetime) -> dt.datetime:
    """Return the end of this minute: all who ask within it get the same answer, which can be kept."""
    return now.replace(second=0, microsecond=0) + dt.timedelta(minutes=1)


def _moment(name: str, text: str) -> dt.datetime:
    try:
        # A plus sign that nobody has encoded arrives as a blank.
        moment = dt.datetime.fromisoformat(text.strip().replace(" ", "+"))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise SpanError(
            "invalid_span", f"{name}: a moment like 2026-11-22T03:00:00Z."
        ) from error
