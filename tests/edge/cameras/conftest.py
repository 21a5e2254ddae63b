"""Simulated cameras above a site in Germany, and the same sky as an independent ephemeris sees it."""

import datetime as dt
import math

import astronomy
import pytest

from edge.cameras import Exposure
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import parse

LATITUDE_DEG, LONGITUDE_DEG, ELEVATION_M = 50.6, 8.7, 300
NEW_MOON = dt.datetime(2026, 11, 9, 22, tzinfo=dt.UTC)
FULL_MOON = dt.datetime(2026, 11, 24, 22, tzinfo=dt.UTC)


@pytest.fixture
def settings():
    """Return a function that makes settings of a simulated camera."""

    def make(rotation_deg=0, **simulator):
        return parse(
            {
                "site": {
                    "name": "Hill",
                    "latitude_deg": LATITUDE_DEG,
                    "longitude_deg": LONGITUDE_DEG,
                    "elevation_m": ELEVATION_M,
                    "zone": "Europe/Berlin",
                },
                "camera": {
                    "driver": "simulator",
                    "rotation_deg": rotation_deg,
                    "simulator": {"width": 508, "height": 380, "clouds": "clear"}
                    | simulator,
                },
            }
        )

    return make


@pytest.fixture
def expose(settings):
    """Return a function that takes one frame with a new camera; its arrays are its own."""

    def take(moment=NEW_MOON, exposure_s=30.0, gain=8.0, rotation_deg=0, **simulator):
        camera = SimulatedCamera(
            settings(rotation_deg, **simulator), VirtualClock(moment), raw=True
        )
        return camera.capture(Exposure(round(exposure_s * 1e6), gain))

    return take


@pytest.fixture
def horizontal():
    """Return a function: altitude and azimuth in degrees of a body, or of (ra_deg, dec_deg) in J2000."""

    def look(what, moment):
        second = moment.second + moment.microsecond / 1e6
        time = astronomy.Time.Make(
            moment.year, moment.month, moment.day, moment.hour, moment.minute, second
        )
        here = astronomy.Observer(LATITUDE_DEG, LONGITUDE_DEG, ELEVATION_M)
        if isinstance(what, tuple):
            astronomy.DefineStar(astronomy.Body.Star1, what[0] / 15, what[1], 1000)
            what = astronomy.Body.Star1
        seen = astronomy.Equator(what, time, here, ofdate=True, aberration=True)
        stands = astronomy.Horizon(
            time, here, seen.ra, seen.dec, astronomy.Refraction.Airless
        )
        return stands.altitude, stands.azimuth

    return look


@pytest.fixture
def vector():
    """Return a function: the unit vector east, north, up of an altitude and an azimuth in degrees."""

    def make(altitude_deg, azimuth_deg):
        altitude, azimuth = math.radians(altitude_deg), math.radians(azimuth_deg)
        flat = math.cos(altitude)
        return (
            flat * math.sin(azimuth),
            flat * math.cos(azimuth),
            math.sin(altitude),
        )

    return make
