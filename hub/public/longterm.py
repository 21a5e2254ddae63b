"""Months, seasons and years of a camera: their keograms with what lies where on them, and their videos.

Positions are parts of the picture's width in percent. What a camera says of its pictures is believed only as far as it
fits; a keogram that does not tell its axis is shown as the labelled picture that it is.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub.db.products import Product
from hub.public.pictures import bare_ribbon
from products.manifest import PERIOD_VIDEO_KINDS, Blob
from products.night import Night
from products.period import Length, Period
from products.utc import parse_utc

HOURS = tuple(range(15, 24, 3)) + tuple(range(0, 12, 3))  # of the year's keogram
_DAY_H = 24
_LONGEST_S = 86_400  # of a video


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a keogram's width: that of a night or of a month, which begins on ``first``.

    ``every`` is the coarsest spacing of labels that still shows this one: 4, 2 or 1, for narrow and wide screens.
    """

    first: dt.date
    percent: float
    width_percent: float
    every: int

    @property
    def middle_percent(self) -> float:
        """Where its label stands."""
        return round(self.percent + self.width_percent / 2, 3)


@dataclass(frozen=True, slots=True)
class Keogram:
    """The keogram of a month or year; without ``spans`` it brings its own labels."""

    product: Product
    period: Period
    picture: Blob
    spans: tuple[Span, ...]

    @property
    def nights(self) -> int | None:
        """How many nights are in it, as far as it says so."""
        return _count(self.product, "nights")

    @property
    def observed(self) -> dt.timedelta | None:
        """How much time frames cover."""
        seconds = _count(self.product, "observed_s")
        return None if seconds is None else dt.timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Film:
    """The video of a month, season or year."""

    product: Product
    period: Period

    @property
    def nights(self) -> int | None:
        """How many nights are in it, as far as it says so."""
        return _count(self.product, "nights")

    @property
    def length(self) -> dt.timedelta | None:
        """How long it is, as far as it says so."""
        seconds = self.product.manifest.facts.get("duration_s")
        if isinstance(seconds, int | float) and 0 < seconds < _LONGEST_S:
            return dt.timedelta(seconds=seconds)
        return None


@dataclass(frozen=True, slots=True)
class LongTermYear:
    """What there is of a year: its keogram, those of its months, and all its videos, each newest first."""

    year: Keogram | None
    months: tuple[Keogram, ...]
    films: tuple[Film, ...]


def long_term_year(products: Sequence[Product], zone: ZoneInfo) -> LongTermYear:
    """Return the products of the periods that begin in one year, in the order in which they are shown."""
    newest_first = sorted(products, key=lambda one: one.night, reverse=True)
    by_kind: dict[str, list[Product]] = {}
    for one in newest_first:
        by_kind.setdefault(one.kind, []).append(one)
    films = [
        film_of(one, zone)
        for kind in reversed(PERIOD_VIDEO_KINDS)
        for one in by_kind.get(kind, ())
    ]
    years = [keogram_of(one, zone) for one in by_kind.get("year-keogram", ())]
    months = [keogram_of(one, zone) for one in by_kind.get("month-keogram", ())]
    return LongTermYear(next(iter(years), None), tuple(months), tuple(films))


def hour_percent(hour: int) -> float:
    """Return how far down a full hour lies on the keogram of a year, which begins at noon on top."""
    return (hour - _DAY_H // 2) % _DAY_H / _DAY_H * 100


def film_of(product: Product, zone: ZoneInfo) -> Film:
    """Return the video of a period as it is shown."""
    return Film(product, _period(product, zone))


def keogram_of(product: Product, zone: ZoneInfo) -> Keogram:
    """Return the keogram of a period as it is shown."""
    period = _period(product, zone)
    bare = bare_ribbon(product.manifest)
    spans = _spans(product, period) if bare else ()
    return Keogram(product, period, bare if bare and spans else product.manifest, spans)


def _period(product: Product, zone: ZoneInfo) -> Period:
    length = Length(product.kind.partition("-")[0])
    return Period.of(Night.named(product.night, zone), length)


def _spans(product: Product, period: Period) -> tuple[Span, ...]:
    """Return the nights of a month or the months of a year; none when the keogram has another axis than its period."""
    facts, nights = product.manifest.facts, period.nights
    if period.length is Length.YEAR:
        if facts.get("columns") != len(nights):
            return ()
        begins = [i for i, night in enumerate(nights) if night.evening.day == 1]
        return tuple(
            _span(nights[left].evening, left / len(nights), right / len(nights), 4)
            for left, right in zip(begins, [*begins[1:], len(nights)], strict=True)
        )
    start, whole = period.time.start_utc, period.time.length
    try:
        same = parse_utc(facts["start_utc"]) == start
        length_s = facts["column_s"] * facts["columns"]
    except (KeyError, TypeError, ValueError):
        return ()
    if not same or length_s != whole.total_seconds():
        return ()
    return tuple(
        _span(
            night.evening,
            (night.start_utc - start) / whole,
            (night.end_utc - start) / whole,
            next(step for step in (4, 2, 1) if (night.evening.day - 1) % step == 0),
        )
        for night in nights
    )


def _span(first: dt.date, left: float, right: float, every: int) -> Span:
    return Span(first, round(100 * left, 3), round(100 * (right - left), 3), every)


def _count(product: Product, fact: str) -> int | None:
    value = product.manifest.facts.get(fact)
    return value if isinstance(value, int) and 0 <= value < 10**9 else None
