"""Where sun, moon and planets are at a moment, and how the fixed stars have turned.

Directions are unit vectors in the horizon system: east, north, up. They are geometric, without refraction, like those
of `products.sun`; refraction would lift the lowest degree by two pixels. Stars: precession to date (IAU 1976), no
nutation, aberration or proper motion, together at most 0.02 degrees, a twelfth of a pixel.
"""

import datetime as dt
import math
from dataclasses import dataclass

import ephem
import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.photometry import moon_magnitude
from products.sun import Place, observer

Vector = NDArray[np.float64]

_J2000 = dt.datetime(2000, 1, 1, 12, tzinfo=dt.UTC)
_CENTURY = dt.timedelta(days=36525)
_PLANETS = (
    # planet, B-V
    (ephem.Mercury, 0.93),
    (ephem.Venus, 0.82),
    (ephem.Mars, 1.36),
    (ephem.Jupiter, 0.83),
    (ephem.Saturn, 1.04),
)
SUN_MAGNITUDE = -26.74
SUN_B_V, MOON_B_V = 0.65, 0.92
PLANETS_B_V = np.array([b_v for _, b_v in _PLANETS])
"""Colours of the planets, in the order of `Heavens.planets`."""


@dataclass(frozen=True, slots=True)
class Heavens:
    """The sky's bodies at one moment.

    ``sun`` and ``moon`` (3,) and ``planets`` (5, 3) are unit vectors east, north, up; ``stars_to_horizon`` (3, 3) turns
    equatorial vectors of J2000 into that system. ``moon_phase_angle_deg`` is 0 at full moon.
    """

    sun: Vector
    sun_altitude_deg: float
    moon: Vector
    moon_phase_angle_deg: float
    moon_magnitude: float
    planets: Vector
    planet_magnitudes: Vector
    stars_to_horizon: Vector


def heavens(place: Place, when: dt.datetime) -> Heavens:
    """Return the bodies above ``place`` at the aware moment ``when``."""
    seen_from = observer(place, when)
    sun, moon = ephem.Sun(seen_from), ephem.Moon(seen_from)
    planets = [planet(seen_from) for planet, _ in _PLANETS]
    phase_angle_deg = math.degrees(math.acos(2 * moon.phase / 100 - 1))
    return Heavens(
        sun=_vector(sun),
        sun_altitude_deg=math.degrees(sun.alt),
        moon=_vector(moon),
        moon_phase_angle_deg=phase_angle_deg,
        moon_magnitude=moon_magnitude(phase_angle_deg),
        planets=np.array([_vector(body) for body in planets]),
        planet_magnitudes=np.array([float(body.mag) for body in planets]),
        stars_to_horizon=_horizon(place, float(seen_from.sidereal_time()))
        @ _precession(when),
    )


def unit_vectors(ra_deg: Vector, dec_deg: Vector) -> Vector:
    """Return equatorial unit vectors (N, 3) of right ascensions and declinations."""
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    return np.stack(
        [np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], -1
    )


def _vector(body: ephem.Body) -> Vector:
    flat = math.cos(body.alt)
    return np.array(
        [flat * math.sin(body.az), flat * math.cos(body.az), math.sin(body.alt)]
    )


def _horizon(place: Place, sidereal_rad: float) -> Vector:
    """Return the rotation from the equator of date to east, north, up."""
    latitude = math.radians(place.latitude_deg)
    sine, cosine = math.sin(latitude), math.cos(latitude)
    to_meridian = np.array(
        [
            [math.cos(sidereal_rad), math.sin(sidereal_rad), 0],
            [-math.sin(sidereal_rad), math.cos(sidereal_rad), 0],
            [0, 0, 1],
        ]
    )
    to_horizon = np.array([[0, 1, 0], [-sine, 0, cosine], [cosine, 0, sine]])
    return np.asarray(to_horizon @ to_meridian)


def _precession(when: dt.datetime) -> Vector:
    """Return the rotation from J2000 to the mean equator of date (Lieske 1979, A&A 73, 282)."""
    t = (when - _J2000) / _CENTURY
    zeta, z, theta = np.radians(
        np.array(
            [
                2306.2181 * t + 0.30188 * t**2 + 0.017998 * t**3,
                2306.2181 * t + 1.09468 * t**2 + 0.018203 * t**3,
                2004.3109 * t - 0.42665 * t**2 - 0.041833 * t**3,
            ]
        )
        / 3600
    )
    return np.asarray(_about_z(z) @ _about_y(-theta) @ _about_z(zeta))


def _about_z(angle: float) -> Vector:
    return np.array(
        [
            [math.cos(angle), -math.sin(angle), 0],
            [math.sin(angle), math.cos(angle), 0],
            [0, 0, 1],
        ]
    )


def _about_y(angle: float) -> Vector:
    return np.array(
        [
            [math.cos(angle), 0, math.sin(angle)],
            [0, 1, 0],
            [-math.sin(angle), 0, math.cos(angle)],
        ]
    )
