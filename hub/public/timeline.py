"""The time axis under every ribbon and chart: hours of the site, shaded by the light of its sky.

Positions are percentages of the width, so that the drawing stretches with the page while its text does not.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from hub.public.ring import shade
from products import sun
from products.sun import Place

_HOUR = dt.timedelta(hours=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EDGE_PERCENT = 2.5  # a label nearer to the edge would be cut off


@dataclass(frozen=True, slots=True)
class Tick:
    """A full hour: its place, its local hour, and whether there is room for its label.

    ``every`` is the coarsest spacing that still shows it: 4, 2 or 1 hours, for narrow and wide screens.
    """

    percent: float
    moment_utc: dt.datetime
    every: int
    labelled: bool


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of one shade: 'night', 'twilight' or 'day'."""

    percent: float
    width_percent: float
    light: str


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """A stretch of time across the whole width."""

    start_utc: dt.datetime
    end_utc: dt.datetime
    zone: ZoneInfo

    def percent(self, moment: dt.datetime) -> float:
        """Return where a moment lies, 0 at the left end and 100 at the right."""
        part = (moment - self.start_utc) / (self.end_utc - self.start_utc)
        return round(100 * part, 3)

    @property
    def ticks(self) -> list[Tick]:
        """The full hours of local time."""
        return [self._tick(moment) for moment in self._full_hours()]

    def _full_hours(self) -> Iterator[dt.datetime]:
        # Whole hours of UTC shifted by the minutes of the zone, so that Nepal's ticks are full hours too.
        offset = self.start_utc.astimezone(self.zone).utcoffset() or dt.timedelta()
        moment = self.start_utc - (self.start_utc + offset - _EPOCH) % _HOUR
        while moment <= self.end_utc:
            if moment >= self.start_utc:
                yield moment
            moment += _HOUR

    def _tick(self, moment: dt.datetime) -> Tick:
        percent = self.percent(moment)
        hour = moment.astimezone(self.zone).hour
        every = next(step for step in (4, 2, 1) if hour % step == 0)
        roomy = _EDGE_PERCENT < percent < 100 - _EDGE_PERCENT
        return Tick(percent, moment, every, roomy)

    def bands(self, place: Place) -> tuple[Band, ...]:
        """Return the light of the sky at ``place`` along the axis."""
        return _bands(self, place)


@lru_cache(maxsize=2048)
def _bands(axis: TimeAxis, place: Place) -> tuple[Band, ...]:
    lights = sun.lights(place, axis.start_utc, axis.end_utc)
    found = []
    for name, group in groupby(lights, key=lambda one: shade(one.light)):
        same = list(group)
        left = axis.percent(same[0].start_utc)
        right = axis.percent(same[-1].end_utc)
        found.append(Band(left, round(right - left, 3), name))
    return tuple(found)
