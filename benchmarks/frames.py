"""Frames to measure with: a simulated clear night, as JPEG files with noise, because noise is what costs."""

import datetime as dt
from pathlib import Path

from edge.cameras import Exposure
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import Settings, parse
from products import jpeg

START = dt.datetime(2026, 1, 17, 22, tzinfo=dt.UTC)  # new moon on the 18th
EVERY = dt.timedelta(seconds=30)
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


def write_frames(
    folder: Path, size: tuple[int, int], different: int, count: int
) -> list[Path]:
    """Write ``count`` frames of (width, height), 30 s apart, and return their paths.

    Only so many ``different`` ones are simulated; the others are links to them with later times.
    """
    clock = VirtualClock(START)
    camera = SimulatedCamera(settings(*size), clock)
    paths: list[Path] = []
    for number in range(count):
        path = folder / f"{START + number * EVERY:%Y%m%dT%H%M%S}Z.jpg"
        if number < different:
            path.write_bytes(jpeg.encode(camera.capture(EXPOSURE).rgb, QUALITY))
            clock.sleep(EVERY.total_seconds() - EXPOSURE.exposure_us / 1e6)
        else:
            path.hardlink_to(paths[number % different])
        paths.append(path)
    camera.close()
    return paths
