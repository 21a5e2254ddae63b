"""Badges: what a camera has achieved. Pure rules over the same facts as its points."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from hub.xp import CameraFacts, steady_months, streak_reached

EARNED = True  # earned, but the facts do not tell on which day


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge and its rule: the date on which it was earned, whether it is where facts have no date, or None."""

    name: str
    rule: Callable[[CameraFacts], dt.date | bool | None]


def _nights(needed: int) -> Callable[[CameraFacts], dt.date | None]:
    def reached(facts: CameraFacts) -> dt.date | None:
        enough = len(facts.nights) >= needed
        return facts.nights[needed - 1].evening if enough else None

    return reached


def _streak(needed: int) -> Callable[[CameraFacts], dt.date | None]:
    return lambda facts: streak_reached(facts.evenings, needed)


def _all_months(facts: CameraFacts) -> dt.date | None:
    """Return when the last of the twelve months of the year got a steady month of any year."""
    first: dict[int, dt.date] = {}
    for month in steady_months(facts.evenings):
        first.setdefault(month.month, month)
    return max(first.values()) if len(first) == 12 else None


def _measures(*quantities: str) -> Callable[[CameraFacts], bool | None]:
    return lambda facts: EARNED if facts.quantities.issuperset(quantities) else None


def _highlights(needed: int) -> Callable[[CameraFacts], bool | None]:
    return lambda facts: EARNED if facts.highlights >= needed else None


BADGES = (
    Badge("first-light", _nights(1)),
    Badge("nights-30", _nights(30)),
    Badge("nights-100", _nights(100)),
    Badge("nights-365", _nights(365)),
    Badge("nights-1000", _nights(1000)),
    Badge("streak-30", _streak(30)),
    Badge("streak-100", _streak(100)),
    Badge("streak-365", _streak(365)),
    Badge("round-the-year", _all_months),
    Badge("weather-station", _measures("temperature", "humidity", "pressure")),
    Badge("sky-meter", _measures("sky_brightness")),
    Badge("calibrated", lambda facts: EARNED if facts.is_calibrated else None),
    Badge("highlight", _highlights(1)),
    Badge("highlight-10", _highlights(10)),
)


def earned(facts: CameraFacts, today: dt.date) -> dict[str, dt.date]:
    """Return the badges and when they were earned; one without a date in the facts is earned ``today``."""
    found = {badge.name: badge.rule(facts) for badge in BADGES}
    return {
        name: when if isinstance(when, dt.date) else today
        for name, when in found.items()
        if when
    }
