"""Frames to measure with: a simulated clear night, as JPEG files with noise, because noise is what costs."""

import datetime as dt
from pathlib import Path

from edge.cameras import Exposure
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import Settings, parse
from products import jpeg

START = dt.datetime(2026, 1, 17, 22, tzinfo=dt.UTC)  # new moon on the 18th
EXPOSURE = Exposure(20_000_000, 8.0)
QUALITY = 95


def settings(width: int, height: int) -> Settings:
    """Return the settings of a simulated camera with frames of this size."""
    site = {
        "name": "Bench",
        "latitude_deg": 50,
        "longitude_deg": 10,
        "zone": "Europe/Berlin",
    }
    simulator = {"width": width, "height": height, "clouds": "clear"}
    return parse(
        {"site": site, "camera": {"driver": "simulator", "simulator": simulator}}
    )


def write_frames(folder: Path, width: int, height: int, count: int) -> list[Path]:
    """Write ``count`` frames, 30 s apart, and return their paths."""
    clock = VirtualClock(START)
    camera = SimulatedCamera(settings(width, height), clock)
    paths = []
    for _ in range(count):
        frame = camera.capture(EXPOSURE)
        path = folder / f"{frame.taken_utc:%Y%m%dT%H%M%S}Z.jpg"
        path.write_bytes(jpeg.encode(frame.rgb, QUALITY))
        paths.append(path)
        clock.sleep(30 - EXPOSURE.exposure_us / 1e6)
    camera.close()
    return paths
