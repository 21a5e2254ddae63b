"""Satellites: straight tracks above the site, visible only while the sun still reaches them."""

import datetime as dt
import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.heavens import Heavens, Vector

_SLOT_S = 600
_PER_SLOT = 0.8
_LONGEST_PASS_S = 420
_EARTH_RADIUS_KM = 6371.0
_GRAVITY_KM3_S2 = 398600.0
_LOWEST_SINE = 0.15
_SAMPLES_PER_S = 4
_TOO_BRIGHT_DEG, _TOO_DARK_DEG = -5.0, -45.0


@dataclass(frozen=True, slots=True)
class Pass:
    """One satellite passing: the moment and the place of its highest point, its heading, and how bright it is.

    ``magnitude`` is that at a distance of 1,000 km. East and north are those of the site.
    """

    highest_at: float
    heading_rad: float
    miss_km: float
    height_km: float
    magnitude: float


@dataclass(frozen=True, slots=True)
class Track:
    """Where satellites shone during an exposure: unit vectors (N, 3), magnitudes (N,), and seconds spent at each."""

    vectors: Vector
    magnitudes: Vector
    seconds: float


def tracks(
    seed: int, start: dt.datetime, exposure_s: float, bodies: Heavens
) -> Track | None:
    """Return what the sunlit satellites above 9 degrees drew during an exposure, or None.

    Parameters
    ----------
    seed
        The same seed has the same satellites.
    start, exposure_s
        The exposure: aware beginning, and length in seconds.
    bodies
        Where the sun is.
    """
    if not _TOO_DARK_DEG < bodies.sun_altitude_deg < _TOO_BRIGHT_DEG:
        return None
    since = start.timestamp()
    count = max(1, math.ceil(exposure_s * _SAMPLES_PER_S))
    moments = since + exposure_s * (np.arange(count) + 0.5) / count
    lines = [
        _shining(one, moments, bodies.sun)
        for one in passes(seed, since, since + exposure_s)
    ]
    vectors = [vector for vector, _ in lines if vector.size]
    if not vectors:
        return None
    return Track(
        np.concatenate(vectors),
        np.concatenate([m for _, m in lines if m.size]),
        exposure_s / count,
    )


def passes(seed: int, since: float, until: float) -> list[Pass]:
    """Return the passes that may touch a stretch of time (seconds since 1970)."""
    first = math.floor((since - _LONGEST_PASS_S) / _SLOT_S)
    last = math.floor((until + _LONGEST_PASS_S) / _SLOT_S)
    found = [one for slot in range(first, last + 1) for one in _in_slot(seed, slot)]
    return [
        one
        for one in found
        if since - _LONGEST_PASS_S < one.highest_at < until + _LONGEST_PASS_S
    ]


def _in_slot(seed: int, slot: int) -> list[Pass]:
    chance = random.Random(f"{seed}:satellites:{slot}")
    return [
        Pass(
            highest_at=(slot + chance.random()) * _SLOT_S,
            heading_rad=chance.uniform(0, math.tau),
            miss_km=chance.uniform(-1100, 1100),
            height_km=chance.choice((420, 550, 550, 780, 1000)),
            magnitude=chance.gauss(5.0, 0.9),
        )
        for _ in range(_poisson(chance, _PER_SLOT))
    ]


def _poisson(chance: random.Random, mean: float) -> int:
    """Return a number of events of which ``mean`` are expected."""
    count, product = 0, chance.random()
    while product > math.exp(-mean):
        count, product = count + 1, product * chance.random()
    return count


def _shining(
    one: Pass, moments: Vector, sun: Vector
) -> tuple[Vector, NDArray[np.float64]]:
    """Return unit vectors and magnitudes of the moments at which a satellite is high enough and in sunlight."""
    speed_km_s = math.sqrt(_GRAVITY_KM3_S2 / (_EARTH_RADIUS_KM + one.height_km))
    along = (moments - one.highest_at) * speed_km_s
    sine, cosine = math.sin(one.heading_rad), math.cos(one.heading_rad)
    east, north = (
        along * sine + one.miss_km * cosine,
        along * cosine - one.miss_km * sine,
    )
    up = one.height_km - (along**2 + one.miss_km**2) / (2 * _EARTH_RADIUS_KM)
    position = np.stack([east, north, up], -1)
    range_km = np.linalg.norm(position, axis=-1)
    from_centre = position + np.array([0, 0, _EARTH_RADIUS_KM])
    toward_sun = from_centre @ sun
    off_axis = np.linalg.norm(from_centre - toward_sun[:, None] * sun, axis=-1)
    seen = ((toward_sun > 0) | (off_axis > _EARTH_RADIUS_KM)) & (
        up / range_km > _LOWEST_SINE
    )
    magnitudes = one.magnitude + 5 * np.log10(range_km / 1000)
    return position[seen] / range_km[seen, None], magnitudes[seen]
