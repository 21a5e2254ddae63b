"""Points and levels of a camera (XP): pure rules from facts, the same every night for the same facts.

The weather counts for nothing: a night under clouds is worth as much as a clear one, and nothing is ever taken off but
what was counted for files that are gone. `RULES` is what the page about XP shows, so page and sums cannot differ.
"""

import calendar
import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# What sensors beside the camera's own computer measure; what is derived from these does not count again.
MEASURED_OUTSIDE = frozenset(
    {
        "temperature",
        "humidity",
        "pressure",
        "illuminance",
        "sky_brightness",
        "sky_temperature",
        "cloud_cover",
        "star_count",
    }
)
GAPLESS_SHARE = 0.95
STEADY_SHARE = 0.9
_LEVEL_STEP_XP = 50


@dataclass(frozen=True, slots=True)
class DeliveredNight:
    """A night that is over and has arrived: the date of its evening, and what came."""

    evening: dt.date
    is_complete: bool  # keogram and video
    is_gapless: (
        bool  # frames cover `GAPLESS_SHARE` of the time from the first to the last
    )


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """All that points and badges are given for; nights oldest first, quantities as in ``products/quantities.py``."""

    nights: Sequence[DeliveredNight] = ()
    quantities: frozenset[str] = frozenset()
    has_circle: bool = False
    is_calibrated: bool = False
    highlights: int = 0

    @property
    def evenings(self) -> list[dt.date]:
        """The dates of the nights, oldest first."""
        return [one.evening for one in self.nights]


@dataclass(frozen=True, slots=True)
class Rule:
    """So many points for each of what ``count`` finds."""

    name: str
    points: int
    count: Callable[[CameraFacts], int]


RULES = (
    Rule("night", 10, lambda facts: len(facts.nights)),
    Rule("complete", 3, lambda facts: sum(one.is_complete for one in facts.nights)),
    Rule("gapless", 5, lambda facts: sum(one.is_gapless for one in facts.nights)),
    Rule("month", 40, lambda facts: len(steady_months(facts.evenings))),
    Rule("quantity", 25, lambda facts: len(facts.quantities & MEASURED_OUTSIDE)),
    Rule("circle", 50, lambda facts: int(facts.has_circle)),
    Rule("calibration", 100, lambda facts: int(facts.is_calibrated)),
    Rule("highlight", 50, lambda facts: facts.highlights),
)


def counts(facts: CameraFacts) -> dict[str, int]:
    """Return how often each rule gives its points."""
    return {rule.name: rule.count(facts) for rule in RULES}


def total(counted: Mapping[str, int]) -> int:
    """Return the sum of the points; what a rule that is gone once counted gives none."""
    return sum(rule.points * counted.get(rule.name, 0) for rule in RULES)


def points_for(level: int) -> int:
    """Return with how many points a level begins: 0, 100, 300, 600, 1000, ...; each takes 100 more than the last."""
    return _LEVEL_STEP_XP * level * (level - 1)


def level_of(points: int) -> int:
    """Return the level that so many points reach, from 1."""
    return (1 + math.isqrt(1 + 4 * points // _LEVEL_STEP_XP)) // 2


def steady_months(evenings: Sequence[dt.date]) -> list[dt.date]:
    """Return the first days of the calendar months of which at least 90 % of the nights are there."""
    months = Counter(evening.replace(day=1) for evening in set(evenings))
    return sorted(
        month
        for month, nights in months.items()
        if nights >= STEADY_SHARE * calendar.monthrange(month.year, month.month)[1]
    )


def streak_reached(evenings: Sequence[dt.date], nights: int) -> dt.date | None:
    """Return the date on which there were first so many nights without a missing one, or None; oldest first."""
    streak, before = 0, None
    for evening in evenings:
        follows = before is not None and evening - before == dt.timedelta(days=1)
        streak = streak + 1 if follows else 1
        if streak == nights:
            return evening
        before = evening
    return None
