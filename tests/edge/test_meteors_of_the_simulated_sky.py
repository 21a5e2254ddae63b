"""Meteors under a true sky with satellites and airplanes: what is found, and what is taken for one and is none."""

import datetime as dt

import numpy as np
import pytest

from edge.cameras import Exposure
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import parse
from edge.outlook import Outlook
from products.meteors import MeteorFinder

LATE = dt.datetime(2026, 11, 9, 22, tzinfo=dt.UTC)
SUN_DEG = -50.0
LUMA = np.array([0.299, 0.587, 0.114])


class Night:
    """Frames of a simulated camera, 28 of every 30 seconds."""

    def __init__(self, width, height, **simulator) -> None:
        sky = {"width": width, "height": height, "clouds": "clear"} | simulator
        site = {
            "name": "Test",
            "latitude_deg": 51.0,
            "longitude_deg": 10.5,
            "zone": "Europe/Berlin",
        }
        camera = {"driver": "simulator", "simulator": sky}
        settings = parse({"site": site, "camera": camera})
        self._clock = VirtualClock(LATE)
        self._camera = SimulatedCamera(settings, self._clock)
        self.open_sky = Outlook(settings).open_sky(height, width)

    def next(self):
        """Return pixels and time of the next frame."""
        frame = self._camera.capture(Exposure(28_000_000, 8.0))
        self._clock.sleep(2)
        return frame.rgb.copy(), frame.taken_utc


def noise_at(frames, x, y):
    """Return the noise of the luma of a pixel near a place, from two frames."""
    box = np.s_[y - 50 : y + 50, x - 50 : x + 50]
    change = (frames[0][0][box] @ LUMA - frames[2][0][box] @ LUMA).ravel()
    for _ in range(4):
        change = change[np.abs(change - np.median(change)) < 3 * change.std()]
    return change.std() / 2**0.5


def with_line(rgb, centre, angle_deg, length, peak):
    """Return a frame with a line 2.4 pixels wide (FWHM)."""
    y, x = np.mgrid[: rgb.shape[0], : rgb.shape[1]]
    turn = np.radians(angle_deg)
    u = (x - centre[0]) * np.cos(turn) + (y - centre[1]) * np.sin(turn)
    v = (y - centre[1]) * np.cos(turn) - (x - centre[0]) * np.sin(turn)
    light = peak * np.exp(-(v**2) / 2) * (np.abs(u) <= length / 2)
    return np.clip(np.rint(rgb + light[..., None]), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [(508, 380), (1014, 760)])
def test_nine_of_ten_short_faint_meteors_are_found_at_every_angle(size):
    """40 pixels long, three times the noise, between true stars."""
    night = Night(*size)
    frames = [night.next() for _ in range(3)]
    angles, found = np.arange(3, 180, 5), 0
    chance = np.random.default_rng(4)
    for first in range(0, len(angles), 4):
        shown, drawn = frames[1][0], []
        for corner, angle in enumerate(angles[first : first + 4]):
            centre = np.array(size) / 2 + 0.22 * size[1] * np.array(
                [(-1, 1)[corner % 2], (-1, 1)[corner // 2]]
            )
            centre += chance.uniform(-20, 20, 2)
            peak = 3 * noise_at(frames, *centre.astype(int))
            shown = with_line(shown, centre, angle, 40, peak)
            drawn.append(centre)
        finder = MeteorFinder(mask=night.open_sky)
        for rgb, taken_utc in (frames[0], (shown, frames[1][1]), frames[2]):
            meteors = finder.add(rgb, taken_utc, SUN_DEG)
        middles = [(np.array(one.start_px) + one.end_px) / 2 for one in meteors]
        found += sum(
            any(np.hypot(*(middle - centre)) < 12 for middle in middles)
            for centre in drawn
        )
    assert found >= 0.88 * len(angles)


def test_satellites_and_airplanes_of_an_hour_are_no_meteors():
    night = Night(508, 380, airplanes_per_hour=30)
    finder = MeteorFinder(mask=night.open_sky)
    meteors = [
        meteor
        for _ in range(100)
        for meteor in finder.add(*night.next(), sun_altitude_deg=SUN_DEG)
    ]
    assert meteors == []
