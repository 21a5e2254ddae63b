import datetime as dt
import json
import logging

import numpy as np
import pytest

from edge.cameras import Exposure
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import parse
from edge.picture.dark_frames import DarkPlan, NotDarkError, measure_hot_pixels
from edge.picture.hot_pixel_map import HotPixelMap, HotPixelMapError
from edge.picture.preparation import Preparation

WARM = dt.datetime(2026, 7, 15, 20, tzinfo=dt.UTC)
COOLER = dt.datetime(2026, 10, 12, 0, tzinfo=dt.UTC)
SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}
WIDTH, HEIGHT = 1014, 760
NIGHT = Exposure(30_000_000, 8.0)
SEEN = 12  # levels above what the frame would be without hot pixels


class SilentBar:
    def update(self, done, total=None, said=""):
        pass


def camera(moment, *, hot=True, **simulator):
    size = {"width": WIDTH, "height": HEIGHT, "clouds": "clear"}
    chosen = {"driver": "simulator", "simulator": size | simulator}
    made = SimulatedCamera(
        parse({"site": SITE, "camera": chosen}), VirtualClock(moment), raw=True
    )
    if not hot:
        made._sensor._dark.electrons_s[:] = 0
    return made


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return the file of a map that was measured on a warm evening with the lens covered."""
    path = tmp_path_factory.mktemp("map") / "hot-pixels.json"
    plan = DarkPlan(exposure_s=30, gain=8, times=3)
    measure_hot_pixels(camera(WARM, covered=True), plan, WARM, SilentBar()).write(path)
    return path


def prepared(path, frame, **chosen):
    chosen = {"driver": "simulator", "hot_pixels": str(path)} | chosen
    settings = parse({"site": SITE, "camera": chosen})
    return Preparation(settings.camera).prepared(frame)


def test_the_map_says_under_which_conditions_it_was_made(path):
    made = HotPixelMap.load(path)
    assert made.exposure_s == pytest.approx(30, abs=1e-4)
    assert (made.gain, made.frames) == (8, 5)
    assert made.temperature_c > 20
    assert made.camera == "imx477 (simulated)"
    assert (made.pixels["raw"].width, made.pixels["raw"].height) == (WIDTH, HEIGHT)
    assert 70 < len(made.pixels["picture"].x) < 116  # the sensor has 116, some faint


@pytest.mark.parametrize("moment", [WARM + dt.timedelta(hours=4), COOLER])
def test_nine_of_ten_hot_pixels_go_at_any_temperature_and_no_star_suffers(path, moment):
    clean = camera(moment, hot=False).capture(NIGHT).rgb.astype(int)
    frame = camera(moment).capture(NIGHT)
    before = frame.rgb.copy()
    after = prepared(path, frame).rgb
    seen_before = np.count_nonzero((before - clean).max(axis=2) > SEEN)
    seen_after = np.count_nonzero((after - clean).max(axis=2) > SEEN)
    assert seen_before > 50
    assert seen_after <= 0.15 * seen_before
    assert np.count_nonzero((clean - after).max(axis=2) > 30) == 0
    assert np.count_nonzero((before != after).any(axis=2)) < 100


def test_the_raw_pixels_are_repaired_too(path):
    clean = camera(COOLER, hot=False).capture(NIGHT).raw.mosaic.astype(int)
    frame = camera(COOLER).capture(NIGHT)
    before = np.count_nonzero(frame.raw.mosaic - clean > 60)
    after = prepared(path, frame).raw.mosaic
    assert before > 10
    assert np.count_nonzero(after - clean > 60) == 0


def test_a_frame_of_the_day_is_left_alone(path):
    frame = camera(WARM - dt.timedelta(hours=9)).capture(Exposure(500, 1.0))
    before = frame.rgb.copy()
    assert (prepared(path, frame).rgb == before).all()


def test_a_crop_moves_the_map_along(path):
    crop = {"radius": 0.3}
    whole = prepared(path, camera(COOLER).capture(NIGHT)).rgb.copy()
    cut = prepared(path, camera(COOLER).capture(NIGHT), crop=crop).rgb
    top, left = (760 - 608) // 2, (1014 - 608) // 2 + 1
    inner = whole[top : top + 608, left - left % 2 : left - left % 2 + 608]
    different = (cut != inner).any(axis=2)
    assert cut.shape == (608, 608, 3)
    assert np.count_nonzero(different) <= 2  # at the rim neighbours are missing


def test_a_lens_that_is_not_covered_is_told_from_a_dark_one():
    plan = DarkPlan(exposure_s=30, gain=8, times=3)
    noon = camera(WARM - dt.timedelta(hours=8), width=128, height=96)
    with pytest.raises(NotDarkError, match="The lens is not covered"):
        measure_hot_pixels(noon, plan, WARM, SilentBar())


def test_a_map_of_another_size_is_named_once_and_not_applied(path, caplog):
    frame = camera(COOLER, width=512, height=384).capture(NIGHT)
    before = frame.rgb.copy()
    chosen = {"driver": "simulator", "hot_pixels": str(path)}
    preparation = Preparation(parse({"site": SITE, "camera": chosen}).camera)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            after = preparation.prepared(frame).rgb
    assert (after == before).all()
    assert len([line for line in caplog.messages if "1014 x 760" in line]) == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"x": [1]}, "not equally long"),
        ({"x": [99999], "y": [1], "rate_per_s": [1.0]}, "outside the frame"),
        ({"width": None}, "valid integer"),
    ],
)
def test_a_damaged_map_is_refused_with_what_to_do(path, tmp_path, change, why):
    content = json.loads(path.read_text())
    content["pixels"]["picture"] |= change
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(content))
    with pytest.raises(HotPixelMapError, match=rf"{why}.*calibrate hot-pixels"):
        HotPixelMap.load(broken)


def test_without_its_map_the_camera_goes_on(tmp_path, caplog):
    frame = camera(COOLER, width=128, height=96).capture(NIGHT)
    assert prepared(tmp_path / "none.json", frame).rgb.any()
    assert "Hot pixels stay" in caplog.text
