"""The moon as a small drawing: the lit part of its disc, as seen from the site."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from products import sun
from products.night import Night
from products.sun import Place


@dataclass(frozen=True, slots=True)
class MoonFace:
    """The fraction of the disc that is lit (0-1), whether it grows, and the outline of the lit part (radius 1)."""

    illuminated: float
    waxing: bool
    path: str


def moon_face(place: Place, moment: dt.datetime) -> MoonFace:
    """Return what the moon looks like from ``place`` (which side is lit depends on the hemisphere)."""
    moon = sun.moon(place, moment)
    lit_right = moon.waxing == (place.latitude_deg >= 0)
    return MoonFace(
        moon.illuminated, moon.waxing, lit_path(moon.illuminated, lit_right=lit_right)
    )


@lru_cache(maxsize=8192)
def night_moon(place: Place, night: Night) -> MoonFace:
    """Return the face of the moon in the middle of a night."""
    return moon_face(place, night.start_utc + night.length / 2)


def lit_path(illuminated: float, *, lit_right: bool) -> str:
    """Return the SVG path of the lit part of a disc of radius 1 around the origin.

    The limb is a half circle; the terminator is half an ellipse whose half axis is ``1 - 2 * illuminated``.
    """
    half_axis = 1 - 2 * min(max(illuminated, 0.0), 1.0)
    limb = 1 if lit_right else 0
    terminator = limb if half_axis < 0 else 1 - limb
    return f"M0-1A1 1 0 0 {limb} 0 1A{abs(half_axis):.3f} 1 0 0 {terminator} 0-1Z"
