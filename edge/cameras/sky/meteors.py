"""Meteors: short straight streaks anywhere in the sky, each over within a second."""

import datetime as dt
import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.chance import events
from edge.cameras.sky.heavens import Vector
from edge.cameras.sky.satellites import Track

_LONGEST_S = 1.2
_SAMPLES = 600  # of one meteor: less than a pixel apart, also in 12 megapixels
_FAINTEST = -3.0
_POPULATION_INDEX = 2.5  # so many times more meteors for each magnitude fainter
_BRIGHTEST = -8.0
_LOWEST_DEG = 15.0


@dataclass(frozen=True, slots=True)
class Meteor:
    """One meteor: where and when (seconds since 1970) it begins, and how far along which heading it flies.

    ``magnitude`` is that of its maximum, which comes at ``peaks_at`` of the way, 0-1.
    """

    begins_at: float
    seconds: float
    altitude_deg: float
    azimuth_deg: float
    heading_rad: float
    length_deg: float
    magnitude: float
    peaks_at: float


def meteors(seed: int, per_hour: float, since: float, until: float) -> list[Meteor]:
    """Return the meteors that begin in a stretch of time (seconds since 1970), the same ones for the same seed."""
    found = events(f"{seed}:meteors", per_hour, since, until)
    return [_meteor(at, chance) for at, chance in found if since <= at < until]


def meteor_tracks(
    seed: int, per_hour: float, start: dt.datetime, exposure_s: float
) -> list[Track]:
    """Return what the meteors that begin during an exposure draw; none of them is cut by its end."""
    since = start.timestamp()
    return [_drawn(one) for one in meteors(seed, per_hour, since, since + exposure_s)]


def _meteor(at: float, chance: random.Random) -> Meteor:
    sine = chance.uniform(math.sin(math.radians(_LOWEST_DEG)), 1)
    fainter = chance.expovariate(math.log(_POPULATION_INDEX))
    return Meteor(
        begins_at=at,
        seconds=chance.uniform(0.25, _LONGEST_S),
        altitude_deg=math.degrees(math.asin(sine)),
        azimuth_deg=chance.uniform(0, 360),
        heading_rad=chance.uniform(0, math.tau),
        length_deg=chance.uniform(4, 22),
        magnitude=max(_BRIGHTEST, _FAINTEST - fainter),
        peaks_at=chance.uniform(0.45, 0.8),
    )


def _drawn(one: Meteor) -> Track:
    """Return a great circle with a light curve that rises slowly, falls faster, and is never dark in between."""
    begin, ahead = _begin_and_heading(one)
    part = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    angle = np.radians(one.length_deg) * part[:, None]
    vectors = np.cos(angle) * begin + np.sin(angle) * ahead
    rising = part / one.peaks_at
    falling = (1 - part) / (1 - one.peaks_at)
    dimmer = 2.5 * (1 - np.minimum(rising, falling))
    return Track(vectors, one.magnitude + dimmer, one.seconds / _SAMPLES)


def _begin_and_heading(one: Meteor) -> tuple[Vector, NDArray[np.float64]]:
    """Return two unit vectors at a right angle: where a meteor begins, and where it heads."""
    altitude, azimuth = math.radians(one.altitude_deg), math.radians(one.azimuth_deg)
    flat = math.cos(altitude)
    begin = np.array(
        [flat * math.sin(azimuth), flat * math.cos(azimuth), math.sin(altitude)]
    )
    level = np.array([math.cos(azimuth), -math.sin(azimuth), 0])
    rising = np.cross(level, begin)
    return begin, math.cos(one.heading_rad) * level + math.sin(one.heading_rad) * rising
