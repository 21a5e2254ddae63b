import datetime as dt
import sys

import pytest

from edge.cameras import CameraError
from edge.cameras.folder import FolderCamera
from edge.cameras.opening import open_camera
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import parse

CLOCK = VirtualClock(dt.datetime(2026, 11, 22, tzinfo=dt.UTC))


def settings(**camera):
    site = {
        "name": "Hill",
        "latitude_deg": 50,
        "longitude_deg": 8,
        "zone": "Europe/Berlin",
    }
    return parse({"site": site, "camera": camera})


def test_the_simulator_opens():
    small = {"width": 64, "height": 64}
    assert isinstance(
        open_camera(settings(driver="simulator", simulator=small), CLOCK),
        SimulatedCamera,
    )


def test_the_folder_opens(tmp_path):
    (tmp_path / "20261122T183000Z.jpg").write_bytes(b"anything")
    camera = open_camera(
        settings(driver="folder", folder={"path": str(tmp_path)}), CLOCK
    )
    assert isinstance(camera, FolderCamera)


def test_picamera2_opens_or_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(CameraError, match="sudo apt install python3-picamera2"):
        open_camera(settings(driver="picamera2"), CLOCK)
