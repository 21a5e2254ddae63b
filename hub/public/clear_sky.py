"""When a night was clear: the spells in which hardly a cloud was seen, while it was fully dark."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from hub.public.charts import Samples, unbroken
from products.sun import Interval

CLEAR_PERCENT = 20.0  # of the sky under clouds, at most
LEAST_SPELL = dt.timedelta(minutes=30)
_NEIGHBOURS = 3  # on both sides: a lone cloud or a lone gap changes nothing
_NEARLY_ALL = 0.95


@dataclass(frozen=True, slots=True)
class Clearness:
    """The clear spells of a night, and which part of its measured darkness they are (0-1)."""

    spells: tuple[Interval, ...]
    part: float

    @property
    def all_night(self) -> bool:
        """Whether it was clear as long as it was dark and somebody looked."""
        return self.part >= _NEARLY_ALL


def clearness(clouds: Samples, dark: Sequence[Interval]) -> Clearness | None:
    """Return when it was clear, given the cover in percent over time; None when it was hardly measured in darkness."""
    measured = dt.timedelta()
    spells: list[Interval] = []
    for span in dark:
        inside = [one for one in clouds if one[0] in span]
        for run in unbroken(inside):
            measured += run[-1][0] - run[0][0]
            spells += _spells(run)
    if measured < LEAST_SPELL:
        return None
    clear = sum((one.length for one in spells), dt.timedelta())
    return Clearness(tuple(spells), clear / measured)


def _spells(run: Samples) -> list[Interval]:
    """Return the clear spells of an unbroken run, each as long as `LEAST_SPELL` at least."""
    values = [value for _, value in run]
    calm = [
        (moment, median(values[max(0, i - _NEIGHBOURS) : i + _NEIGHBOURS + 1]))
        for i, (moment, _) in enumerate(run)
    ]
    found = []
    for clear, group in groupby(calm, key=lambda one: one[1] <= CLEAR_PERCENT):
        same = [moment for moment, _ in group]
        if clear and same[-1] - same[0] >= LEAST_SPELL:
            found.append(Interval(same[0], same[-1]))
    return found
