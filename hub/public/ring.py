"""The ring of the day: the 24 hours from noon to noon around a disc, midnight on top, time running clockwise.

Arcs are night, twilight and day at the site; the tick is now; the moon sits where it stands highest, so a full moon is
on top and a new moon at the bottom. Coordinates are SVG units in a box from -100 to 100, y downwards.
"""

import datetime as dt
import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from hub.public.moon import MoonFace, moon_face
from products import sun
from products.night import Night
from products.sun import Light, Place

RADIUS = 96.0
TICK_FROM, TICK_TO = 89.0, 100.0
_MOON_STEP, _STEPS_AN_HOUR = dt.timedelta(minutes=10), 6
_NEARLY_ONE_TURN = (
    0.9999  # an arc of a whole turn would begin where it ends and draw nothing
)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Arc:
    """A stretch of the ring: the path of its middle line and 'night', 'twilight' or 'day'.

    Its ends are also told in turns: clockwise from the bottom, 0 to 1.
    """

    path: str
    light: str
    first_turn: float
    last_turn: float


@dataclass(frozen=True, slots=True)
class Ring:
    """The ring of one night at one place, without the tick."""

    night: Night
    arcs: tuple[Arc, ...]
    moon: MoonFace
    moon_at: Point

    def tick(self, now: dt.datetime) -> tuple[Point, Point] | None:
        """Return both ends of the tick for ``now``, or None when it is not in this night."""
        if now not in self.night:
            return None
        turn = _turn(self.night, now)
        return _point(turn, TICK_FROM), _point(turn, TICK_TO)


@lru_cache(maxsize=4096)
def day_ring(place: Place, night: Night) -> Ring:
    """Return the ring of a night: a pure function of place and night, so it is computed once a day."""
    highest_utc = _moon_highest(place, night)
    return Ring(
        night=night,
        arcs=tuple(
            _arc(first, last, light) for first, last, light in _shades(place, night)
        ),
        moon=moon_face(place, highest_utc),
        moon_at=_point(_turn(night, highest_utc), RADIUS),
    )


def shade(light: Light) -> str:
    """Return the colour class of a light: the three twilights look alike."""
    return light.value if light in (Light.DAY, Light.NIGHT) else "twilight"


def _shades(place: Place, night: Night) -> list[tuple[float, float, str]]:
    """Return (from turn, to turn, shade) around the ring."""
    lights = sun.lights(place, night.start_utc, night.end_utc)
    stretches = []
    for name, group in groupby(lights, key=lambda one: shade(one.light)):
        same = list(group)
        first = _turn(night, same[0].start_utc)
        last = _turn(night, same[-1].end_utc)
        stretches.append((first, last, name))
    return stretches


def _moon_highest(place: Place, night: Night) -> dt.datetime:
    """Return when the moon stands highest in this night, within ten minutes (2.5 degrees of the ring).

    It rises and sinks once a day, so the hours are looked at first and then the minutes around the best of them.
    """

    def altitude_deg(step: int) -> float:
        return sun.moon(place, night.start_utc + step * _MOON_STEP).altitude_deg

    last = int(night.length / _MOON_STEP) - 1
    hours = sorted([*range(0, last, _STEPS_AN_HOUR), last], key=altitude_deg)
    around = [
        step
        for best in hours[-2:]  # the two ends of a night may be nearly as good
        for step in range(best - _STEPS_AN_HOUR, best + _STEPS_AN_HOUR + 1)
        if 0 <= step <= last
    ]
    return night.start_utc + max(around, key=altitude_deg) * _MOON_STEP


def _turn(night: Night, moment: dt.datetime) -> float:
    """Return how much of the night has passed, 0-1."""
    return (moment - night.start_utc) / night.length


def _point(turn: float, radius: float) -> Point:
    """Return the point at this part of a turn: 0 is noon at the bottom, 0.5 midnight on top."""
    angle = 2 * math.pi * turn
    return round(-radius * math.sin(angle), 2), round(radius * math.cos(angle), 2)


def _arc(first: float, last: float, light: str) -> Arc:
    last = first + min(last - first, _NEARLY_ONE_TURN)
    (x1, y1), (x2, y2) = _point(first, RADIUS), _point(last, RADIUS)
    long = int(last - first > 0.5)
    path = f"M{x1} {y1}A{RADIUS:g} {RADIUS:g} 0 {long} 1 {x2} {y2}"
    return Arc(path, light, first, last)
