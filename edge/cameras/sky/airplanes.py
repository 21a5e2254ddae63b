"""Airplanes at night: steady lights and white flashes on a straight and level path."""

import datetime as dt
import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.chance import events
from edge.cameras.sky.heavens import Vector
from edge.cameras.sky.satellites import Track

_LONGEST_PASS_S = 400
_SAMPLES_PER_S = 20
_LOWEST_SINE = 0.12
_STEADY_MAGNITUDE, _FLASH_MAGNITUDE = -1.0, -6.0  # at a distance of 10 km
_FLASH_EVERY_S, _FLASH_S = 1.1, 0.1


@dataclass(frozen=True, slots=True)
class Flight:
    """One airplane: when it is nearest (seconds since 1970), its heading, and by how much it misses the zenith.

    ``east`` and ``north`` are those of the site; a positive miss is to the right of the path.
    """

    nearest_at: float
    heading_rad: float
    miss_km: float
    height_km: float
    speed_km_s: float


def flights(seed: int, per_hour: float, since: float, until: float) -> list[Flight]:
    """Return the airplanes that may be seen in a stretch of time (seconds since 1970)."""
    first, last = since - _LONGEST_PASS_S, until + _LONGEST_PASS_S
    found = events(f"{seed}:airplanes", per_hour, first, last)
    return [_flight(at, chance) for at, chance in found if first < at < last]


def airplane_tracks(
    seed: int, per_hour: float, start: dt.datetime, exposure_s: float
) -> list[Track]:
    """Return what the lights of airplanes higher than seven degrees draw during an exposure."""
    since = start.timestamp()
    count = max(1, math.ceil(exposure_s * _SAMPLES_PER_S))
    moments = since + exposure_s * (np.arange(count) + 0.5) / count
    drawn = (
        _drawn(one, moments, exposure_s / count)
        for one in flights(seed, per_hour, since, since + exposure_s)
    )
    return [track for track in drawn if track.magnitudes.size]


def _flight(at: float, chance: random.Random) -> Flight:
    return Flight(
        nearest_at=at,
        heading_rad=chance.uniform(0, math.tau),
        miss_km=chance.uniform(-40, 40),
        height_km=chance.uniform(8, 12),
        speed_km_s=chance.uniform(0.2, 0.26),
    )


def _drawn(one: Flight, moments: Vector, seconds: float) -> Track:
    along = (moments - one.nearest_at) * one.speed_km_s
    sine, cosine = math.sin(one.heading_rad), math.cos(one.heading_rad)
    east = along * sine + one.miss_km * cosine
    north = along * cosine - one.miss_km * sine
    position = np.stack([east, north, np.full_like(along, one.height_km)], -1)
    range_km = np.linalg.norm(position, axis=-1)
    seen = one.height_km / range_km > _LOWEST_SINE
    magnitudes = _lights(moments - one.nearest_at) + 5 * np.log10(range_km / 10)
    return Track(position[seen] / range_km[seen, None], magnitudes[seen], seconds)


def _lights(moments: Vector) -> NDArray[np.float64]:
    """Return the magnitude of all lights together, at a distance of 10 km."""
    flashing = np.mod(moments, _FLASH_EVERY_S) < _FLASH_S
    return np.where(flashing, _FLASH_MAGNITUDE, _STEADY_MAGNITUDE)
