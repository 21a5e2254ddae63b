"""Simulated cameras above a site in Germany, and the same sky as an independent ephemeris sees it."""

import datetime as dt
import importlib.util
import json
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


TUNING = {
    "version": 2.0,
    "algorithms": [
        {"rpi.black_level": {"black_level": 4096}},
        # Response to red and blue at some colour temperatures (K): that of the simulated sensors in daylight.
        {"rpi.awb": {"ct_curve": [2400, 0.8, 0.4, 5500, 0.58, 0.66, 8000, 0.5, 0.8]}},
        {"rpi.alsc": {"n_iter": 100}},
        {
            "rpi.contrast": {
                "ce_enable": 1,
                "gamma_curve": [0, 0, 9000, 30000, 65535, 65535],
            }
        },
    ],
}


@pytest.fixture
def tuning(tmp_path, monkeypatch):
    """Return the folder with the tuning files of the sensors, where picamera2 looks for them first."""
    home = tmp_path / "home"
    folder = home / "libcamera/src/ipa/rpi/vc4/data"
    folder.mkdir(parents=True)
    for model in ("imx477", "imx708", "imx219", "ov5647", "imx462", "imx296", "odd"):
        (folder / f"{model}.json").write_text(json.dumps(TUNING))
    monkeypatch.setenv("HOME", str(home))
    return folder


@pytest.fixture
def pi(tuning):
    """Return a function that makes a `Pi` with the named sensors, of an eighth of their width unless ``whole``."""
    libcamera = _fake("raspberry_pi").simulated_libcamera()
    made = []

    def make(*sensors, **world):
        made.append(Pi(libcamera, *sensors, **world))
        return made[-1]

    yield make
    for one in made:
        one.close()
