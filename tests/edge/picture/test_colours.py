import datetime as dt

import numpy as np
import pytest

from edge.cameras import ExposureLimits, Frame
from edge.cameras.imx477 import FULL_WELL_E, LIMITS, RESPONSE, Imx477
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import parse
from edge.picture.colours import NotGreyError, measure_gains
from edge.settings.picture import CropSettings

NOON = dt.datetime(2026, 6, 21, 11, tzinfo=dt.UTC)
SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}
HEIGHT, WIDTH = 192, 256


class SilentBar:
    def update(self, done, total=None, said=""):
        pass


class GreyCardCamera:
    """A sensor behind a grey card in the light of the sun, which fills its wells ``times_s`` times in a second."""

    model = "imx477"
    limits: ExposureLimits = LIMITS

    def __init__(self, times_s, colour=(1, 1, 1)) -> None:
        self.sensor = Imx477(WIDTH, HEIGHT, seed=1)
        self.light_s = np.float32(FULL_WELL_E * times_s) * RESPONSE * np.float32(colour)
        self.lamp = slice(0, 0)

    def capture(self, wanted):
        used = self.sensor.nearest(wanted)
        light = np.ones((3, HEIGHT, WIDTH), np.float32)
        light *= (self.light_s * used.exposure_us / 1e6)[:, None, None]
        light[2, :, self.lamp] *= 0.5
        counts = self.sensor.expose(light, used, 20.0, 0)
        rgb = self.sensor.picture(counts)
        return Frame(rgb, NOON, used, self.sensor.raw(counts))


@pytest.mark.parametrize("times_s", [0.3, 10, 500, 3000])
def test_the_gains_of_the_sensor_are_found_in_any_light(times_s):
    found = measure_gains(GreyCardCamera(times_s), CropSettings(), 3, SilentBar())
    assert found.red == pytest.approx(1 / RESPONSE[0], rel=0.01)
    assert found.blue == pytest.approx(1 / RESPONSE[2], rel=0.01)
    assert found.spread < 0.01
    assert found.frames == 3


def test_the_middle_is_that_of_the_circle():
    camera = GreyCardCamera(10)
    camera.lamp = slice(100, 156)  # in the middle of the frame
    off = CropSettings(centre_x=0.2, centre_y=0.5, radius=0.15)
    found = measure_gains(camera, off, 1, SilentBar())
    assert found.blue == pytest.approx(1 / RESPONSE[2], rel=0.01)


def test_the_edge_of_something_coloured_is_not_grey():
    camera = GreyCardCamera(10)
    camera.lamp = slice(130, 256)
    with pytest.raises(NotGreyError, match="not evenly lit"):
        measure_gains(camera, CropSettings(), 1, SilentBar())


@pytest.mark.parametrize(("times_s", "why"), [(0.01, "too dark"), (1e6, "too bright")])
def test_light_that_no_exposure_suits_is_told(times_s, why):
    with pytest.raises(NotGreyError, match=rf"{why}.* measure by day"):
        measure_gains(GreyCardCamera(times_s), CropSettings(), 1, SilentBar())


def sky(moment, *, raw=True):
    size = {"width": WIDTH, "height": HEIGHT, "clouds": "overcast"}
    settings = parse(
        {"site": SITE, "camera": {"driver": "simulator", "simulator": size}}
    )
    return SimulatedCamera(settings, VirtualClock(moment), raw=raw)


@pytest.mark.parametrize("hours", [-4, 3, 6])
def test_an_overcast_sky_gives_the_same_all_day_a_little_bluer_than_the_sun(hours):
    moment = NOON + dt.timedelta(hours=hours)
    found = measure_gains(sky(moment), CropSettings(), 1, SilentBar())
    assert (found.red, found.blue) == pytest.approx((2.07, 1.22), rel=0.02)


def test_without_raw_pixels_colours_cannot_be_measured():
    with pytest.raises(NotGreyError, match="no raw pixels"):
        measure_gains(sky(NOON, raw=False), CropSettings(), 1, SilentBar())
