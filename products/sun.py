"""Sun and moon above a place: where they are, and which light that makes.

Positions come from PyEphem (libastro), geometric, without refraction: within 0.001 degrees of an independent ephemeris
(see ``tests/products/test_sun.py``). Everything is decided by the altitude of the sun now, never by rise and set times,
which do not exist in polar summer and winter.
"""

import datetime as dt
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import ephem

SUNRISE_DEG = -0.833  # refraction at the horizon (34') and the sun's radius (16')
_SCAN = dt.timedelta(minutes=5)
_AT_ONCE = 8  # steps that are passed over together where nothing can happen in them
_FASTEST_DEG_PER_H = (
    15.1  # no altitude of sun or moon changes faster than the Earth turns
)
_EXACT = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """A point on Earth: degrees north and east, metres above the sea."""

    latitude_deg: float
    longitude_deg: float
    elevation_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Direction:
    """Where something stands in the sky: degrees above the horizon, degrees from north through east."""

    altitude_deg: float
    azimuth_deg: float


@dataclass(frozen=True, slots=True)
class Moon:
    """The moon: where it stands, the fraction of its disc that is lit (0-1), and whether that grows."""

    altitude_deg: float
    azimuth_deg: float
    illuminated: float
    waxing: bool


class Light(StrEnum):
    """What the altitude of the sun makes of the sky."""

    DAY = "day"
    CIVIL = "civil"
    NAUTICAL = "nautical"
    ASTRONOMICAL = "astronomical"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time, ``start_utc`` to ``end_utc``."""

    start_utc: dt.datetime
    end_utc: dt.datetime

    @property
    def length(self) -> dt.timedelta:
        """How long it lasts."""
        return self.end_utc - self.start_utc

    def __contains__(self, moment: dt.datetime) -> bool:
        return self.start_utc <= moment < self.end_utc


@dataclass(frozen=True, slots=True)
class LightInterval(Interval):
    """A stretch of time with one kind of light."""

    light: Light


# From the brightest down: the light above this altitude of the sun, in degrees.
_LIGHTS = (
    (SUNRISE_DEG, Light.DAY),
    (-6.0, Light.CIVIL),
    (-12.0, Light.NAUTICAL),
    (-18.0, Light.ASTRONOMICAL),
)


def observer(place: Place, when: dt.datetime) -> ephem.Observer:
    """Return PyEphem's observer for ``place`` at the aware moment ``when``, without refraction."""
    seen_from = ephem.Observer()
    seen_from.lat, seen_from.lon = (
        math.radians(place.latitude_deg),
        math.radians(place.longitude_deg),
    )
    seen_from.elevation, seen_from.pressure = place.elevation_m, 0
    seen_from.date = ephem.Date(when.astimezone(dt.UTC).replace(tzinfo=None))
    return seen_from


def sun(place: Place, when: dt.datetime) -> Direction:
    """Return where the sun stands."""
    body = ephem.Sun(observer(place, when))
    return Direction(math.degrees(body.alt), math.degrees(body.az))


@functools.lru_cache(maxsize=4096)
def sun_altitude_deg(place: Place, when: dt.datetime) -> float:
    """Return the altitude of the sun's centre above the horizon, in degrees."""
    return sun(place, when).altitude_deg


def moon(place: Place, when: dt.datetime) -> Moon:
    """Return where the moon stands and how much of it is lit."""
    body = ephem.Moon(observer(place, when))
    return Moon(
        math.degrees(body.alt),
        math.degrees(body.az),
        body.phase / 100,
        float(body.elong) > 0,
    )


def light(sun_altitude: float) -> Light:
    """Return the light at this altitude of the sun (degrees): day, one of the twilights, or night."""
    for lowest, kind in _LIGHTS:
        if sun_altitude > lowest:
            return kind
    return Light.NIGHT


def lights(place: Place, start: dt.datetime, end: dt.datetime) -> list[LightInterval]:
    """Return the lights between two aware moments, in order, without gaps, borders within a second."""
    found: list[LightInterval] = []
    since, kind = start, light(sun_altitude_deg(place, start))
    borders = [lowest for lowest, _light in _LIGHTS]
    altitude = functools.partial(sun_altitude_deg, place)
    for before, after in steps_that_may_cross(altitude, borders, start, end):
        if light(sun_altitude_deg(place, after)) == kind:
            continue
        border = before
        while border < after:
            border = _change(place, border, after)
            found.append(LightInterval(since, border, kind))
            since, kind = border, light(sun_altitude_deg(place, border))
            if kind == light(sun_altitude_deg(place, after)):
                break
    found.append(LightInterval(since, end, kind))
    return found


def sun_below(
    place: Place,
    start: dt.datetime,
    end: dt.datetime,
    altitude_deg: float = SUNRISE_DEG,
) -> list[Interval]:
    """Return when, between two aware moments, the sun is below an altitude; empty in the polar day."""
    found: list[Interval] = []
    since = start if sun_altitude_deg(place, start) < altitude_deg else None
    altitude = functools.partial(sun_altitude_deg, place)
    for before, after in steps_that_may_cross(altitude, [altitude_deg], start, end):
        below = sun_altitude_deg(place, after) < altitude_deg
        if below == (since is not None):
            continue
        border = _crossing(place, before, after, altitude_deg)
        if since is None:
            since = border
        else:
            found.append(Interval(since, border))
            since = None
    if since is not None:
        found.append(Interval(since, end))
    return found


def steps_that_may_cross(
    altitude_deg: Callable[[dt.datetime], float],
    borders_deg: Sequence[float],
    start: dt.datetime,
    end: dt.datetime,
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Yield, in order, the steps of five minutes in which sun or moon may come above or below one of the borders.

    Where both ends of a longer stretch are so far from every border that the Earth cannot turn there and back
    meanwhile, nothing happens in it: that saves three of four looks at the sky.
    """
    before = start
    while before < end:
        after = min(before + _AT_ONCE * _SCAN, end)
        reach = _FASTEST_DEG_PER_H * (after - before) / dt.timedelta(hours=1)
        ends = altitude_deg(before), altitude_deg(after)
        if any(
            min(ends) - reach / 2 <= border <= max(ends) + reach / 2
            for border in borders_deg
        ):
            yield from _steps(before, after)
        before = after


def _steps(
    start: dt.datetime, end: dt.datetime
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    before = start
    while before < end:
        after = min(before + _SCAN, end)
        yield before, after
        before = after


def _change(place: Place, before: dt.datetime, after: dt.datetime) -> dt.datetime:
    """Return the first moment in (before, after] whose light is not that of ``before``, within a second."""
    kind = light(sun_altitude_deg(place, before))
    while after - before > _EXACT:
        middle = before + (after - before) / 2
        if light(sun_altitude_deg(place, middle)) == kind:
            before = middle
        else:
            after = middle
    return after


def _crossing(
    place: Place, before: dt.datetime, after: dt.datetime, altitude_deg: float
) -> dt.datetime:
    """Return when the sun crosses an altitude between two moments, within a second."""
    below = sun_altitude_deg(place, before) < altitude_deg
    while after - before > _EXACT:
        middle = before + (after - before) / 2
        if (sun_altitude_deg(place, middle) < altitude_deg) == below:
            before = middle
        else:
            after = middle
    return after
