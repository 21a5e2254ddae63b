"""Simulated cameras above a site in Germany, and the same sky as an independent ephemeris sees it."""

import datetime as dt
import importlib.util
import math
from pathlib import Path

import astronomy
import pytest

from edge.cameras import Exposure
from edge.cameras.patience import Patience
from edge.cameras.picamera import PicameraCamera
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import parse
from edge.settings.camera import CameraSettings

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


def _fake(name: str):
    """Return the module ``tests/fakes/<name>.py``."""
    path = Path(__file__).parents[2] / "fakes" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"fake_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Pi:
    """Raspberry Pi cameras without a Raspberry Pi: a world of simulated sensors, and cameras opened in it.

    Everything in it happens ``speed`` times as fast as in ours, but for the waiting for what does not come.
    """

    def __init__(self, libcamera, *sensors, whole=False, speed=20.0, **world) -> None:
        chosen = [getattr(libcamera.sensors, name.upper()) for name in sensors]
        if not whole:
            chosen = [sensor.small() for sensor in chosen]
        self.world = libcamera.world.World(chosen, speed=speed, **world)
        fake = _fake("raspberry_pi")
        self.clock = fake.FastClock(NEW_MOON, speed)
        self.patience = Patience(exposures=2.0 / speed, margin_s=10.0)
        self._opened = []
        fake.enter(self.world)

    def open(self, **settings):
        """Return an open camera with these settings."""
        chosen = CameraSettings.model_validate(settings)
        self._opened.append(PicameraCamera(chosen, self.clock, self.patience))
        return self._opened[-1]

    def close(self) -> None:
        self.world.dead.clear()
        self.world.stuck.clear()
        for camera in self._opened:
            camera.close()


@pytest.fixture
def pi():
    """Return a function that makes a `Pi` with the named sensors, of an eighth of their width unless ``whole``."""
    libcamera = _fake("raspberry_pi").simulated_libcamera()
    made = []

    def make(*sensors, **world):
        made.append(Pi(libcamera, *sensors, **world))
        return made[-1]

    yield make
    for one in made:
        one.close()
