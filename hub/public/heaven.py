"""What the sky above a site does in a night, whether or not a camera looks: darkness, the moon."""

import datetime as dt
import math
from dataclasses import dataclass
from functools import lru_cache, partial

from hub.public.moon import MoonFace, night_moon
from products import sun
from products.night import Night
from products.sun import SUNRISE_DEG, Interval, Light, Place

DARK_DEG = -18.0


@dataclass(frozen=True, slots=True)
class NightSky:
    """The hours without twilight, the hours with the sun down, and when in these the moon is up."""

    dark: tuple[Interval, ...]
    sun_down: tuple[Interval, ...]
    moon_up: tuple[Interval, ...]
    moon: MoonFace

    @property
    def darkness(self) -> dt.timedelta:
        """How long it is fully dark: the sun more than 18 degrees below the horizon."""
        return sum((one.length for one in self.dark), dt.timedelta())


@lru_cache(maxsize=4096)
def night_sky(place: Place, night: Night) -> NightSky:
    """Return the sky of one night at one place; a pure function, computed once."""
    sun_down = tuple(sun.sun_below(place, night.start_utc, night.end_utc))
    moon_up = [up for down in sun_down for up in _moon_up(place, down)]
    return NightSky(
        dark=dark_hours(place, night),
        sun_down=sun_down,
        moon_up=tuple(moon_up),
        moon=night_moon(place, night),
    )


@lru_cache(maxsize=4096)
def dark_hours(place: Place, night: Night) -> tuple[Interval, ...]:
    """Return when a night is free of twilight, borders within a second; a pure function, computed once."""
    return tuple(sun.sun_below(place, night.start_utc, night.end_utc, DARK_DEG))


@lru_cache(maxsize=65_536)
def hours_of_darkness(place: Place, night: Night) -> dt.timedelta:
    """Return how long it is fully dark, for calendars: from the sun's declination at midnight alone, within 2 minutes.

    The hour angle at which the sun crosses -18 degrees is half of the rest of the day (Meeus, Astronomical Algorithms,
    2nd ed., eq. 15.1); a full scan, `dark_hours`, takes sixty times as long.
    """
    midnight = sun.sun(place, night.start_utc + night.length / 2)
    latitude, altitude, azimuth, dark = map(
        math.radians,
        (place.latitude_deg, midnight.altitude_deg, midnight.azimuth_deg, DARK_DEG),
    )
    sin_declination = math.sin(latitude) * math.sin(altitude) + math.cos(
        latitude
    ) * math.cos(altitude) * math.cos(azimuth)
    cos_declination = math.sqrt(1 - sin_declination**2)
    across = math.cos(latitude) * cos_declination
    cos_angle = (math.sin(dark) - math.sin(latitude) * sin_declination) / across
    half_day = math.acos(min(1.0, max(-1.0, cos_angle)))
    return dt.timedelta(days=1 - half_day / math.pi)


def is_dark(place: Place, now: dt.datetime) -> bool:
    """Return whether the sky above ``place`` is free of twilight."""
    return sun.light(sun.sun_altitude_deg(place, now)) is Light.NIGHT


def next_darkness(place: Place, night: Night, now: dt.datetime) -> Interval | None:
    """Return the darkness of now, or the next one in this night or the following; None where both stay bright."""
    coming = (one for each in (night, night.next) for one in dark_hours(place, each))
    return next((one for one in coming if one.end_utc > now), None)


def _moon_up(place: Place, span: Interval) -> list[Interval]:
    """Return when the upper limb of the moon is above the horizon, borders within seconds (linear in five minutes)."""
    height = partial(_moon_height, place)
    steps = sun.steps_that_may_cross(height, [0.0], span.start_utc, span.end_utc)
    found: list[Interval] = []
    since = span.start_utc if height(span.start_utc) > 0 else None
    for before, after in steps:
        first, last = height(before), height(after)
        if (last > 0) == (since is not None):
            continue
        border = before + (after - before) * (first / (first - last))
        if since is None:
            since = border
        else:
            found.append(Interval(since, border))
            since = None
    if since is not None:
        found.append(Interval(since, span.end_utc))
    return found


@lru_cache(maxsize=1024)
def _moon_height(place: Place, moment: dt.datetime) -> float:
    """Return how far the moon's upper limb is above the visible horizon, in degrees, refraction included."""
    return sun.moon(place, moment).altitude_deg - SUNRISE_DEG
