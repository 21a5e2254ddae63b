"""The camera driver over the real picamera2 and a simulated libcamera: what the hardware does, and what comes of it."""

import sys

import numpy as np
import psutil
import pytest

from edge.cameras import CameraError, Exposure
from edge.cameras.picamera import PicameraCamera, connected_models

pytestmark = pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning")

NIGHT = Exposure(8_000_000, 4.0)
NIGHT_SKY = 40.0  # electrons per second; 8 s at gain 4 fill 16 % of the range
MODELS = ("imx477", "imx708", "imx219", "ov5647", "imx462")


def night_sky(_now_s):
    return NIGHT_SKY


# 1 - which camera


def test_a_camera_is_chosen_by_model_or_id_not_by_its_place_in_a_list(pi):
    both = pi("imx477", "imx708")
    assert both.open(model="IMX477").model == "imx477"
    assert both.open(model="/base/soc/i2c0mux/i2c@1/imx708@1a").model == "imx708"


def test_an_unknown_camera_is_an_error_that_lists_what_is_connected(pi):
    with pytest.raises(
        CameraError, match=r"no camera imx999; connected: imx708, Id /base.*; imx477"
    ):
        pi("imx477", "imx708").open(model="imx999")


def test_two_cameras_are_never_chosen_from_by_chance(pi):
    with pytest.raises(CameraError, match=r"set camera\.model to the model or the Id"):
        pi("imx477", "imx708").open()


def test_no_camera_at_all_is_a_sentence_with_what_to_check(pi):
    with pytest.raises(CameraError, match=r"no camera is connected.*check both ends"):
        pi().open()


def test_the_models_that_are_connected_can_be_listed(pi, monkeypatch):
    pi("imx477", "imx708")
    assert connected_models() == ["imx708", "imx477"]
    monkeypatch.setitem(sys.modules, "picamera2", None)
    assert connected_models() == []


# 2 and 3 - the latency of controls, and who must not be restarted


@pytest.mark.parametrize("model", MODELS)
def test_every_frame_is_exposed_as_asked_whatever_was_before(pi, model):
    camera = pi(model, electrons_s=night_sky).open()
    for exposure_us in (200, 2_000_000, 400, 3_000_000, 2_000_000):
        frame = camera.capture(Exposure(exposure_us, 2.0))
        assert frame.exposure.exposure_us == pytest.approx(exposure_us, rel=0.3)
        assert frame.exposure.gain == pytest.approx(2.0, rel=0.01)


@pytest.mark.parametrize("model", ["imx477", "imx708", "imx219"])
def test_a_sensor_that_spoils_nothing_exposes_nothing_but_the_frame(pi, model):
    one = pi(model)
    camera = one.open()
    before = len(one.world.exposed)
    camera.capture(NIGHT)
    wanted, *rest = one.world.exposed[before:]
    assert wanted == (0, pytest.approx(NIGHT.exposure_us, rel=0.01))
    assert len(rest) <= 1  # it had begun when the sensor was stopped


@pytest.mark.parametrize(("model", "spoilt"), [("imx462", 1), ("ov5647", 2)])
def test_a_sensor_that_spoils_frames_spoils_short_ones(pi, model, spoilt):
    one = pi(model, speed=2.0, electrons_s=night_sky)
    camera = one.open()
    before, asked_s = len(one.world.exposed), one.clock.monotonic()
    frame = camera.capture(Exposure(3_000_000, 2.0))
    took_s = one.clock.monotonic() - asked_s
    assert frame.exposure.exposure_us == pytest.approx(3_000_000, rel=0.01)
    stale = [us for _, us in one.world.exposed[before:] if us < 100_000]
    assert spoilt < len(stale) < 30
    assert took_s < 3.0 + 2.9  # not the 6 or 9 seconds of spoilt long frames


def test_short_frames_are_not_ridden_up_to_by_day(pi):
    one = pi("ov5647")
    camera = one.open()
    before = len(one.world.starts)
    assert camera.capture(Exposure(1000, 1.0)).exposure.exposure_us < 1100
    assert one.world.starts[before]["ExposureTime"] == 1000


# 4 and 5 - what every start sets


def test_every_start_fixes_exposure_gain_colours_and_leaves_room_for_the_longest(pi):
    one = pi("imx708")
    camera = one.open(colour_gains={"red": 2.2, "blue": 1.7})
    camera.capture(NIGHT)
    camera.capture(Exposure(114, 16.0))
    for start in one.world.starts:
        assert start["ExposureTime"] > 0
        assert start["AnalogueGain"] >= 1
        assert start["ExposureTimeMode"] == start["AnalogueGainMode"] == 1
        assert start["ColourGains"] == (2.2, 1.7)
        assert start["FrameDurationLimits"][1] == 220535845
        assert not start["AeEnable"]
        assert not start["AwbEnable"]
        assert start["LensPosition"] == 0.0
        assert start["NoiseReductionMode"] == 0


def test_the_frame_says_what_the_sensor_did_not_what_was_asked(pi):
    frame = pi("imx477").open().capture(Exposure(1000, 3.3))
    line_us = 28.5
    assert frame.exposure.exposure_us != 1000
    assert frame.exposure.exposure_us == pytest.approx(1000, abs=line_us)
    assert 1024 * (1 - 1 / frame.exposure.gain) % 1 == pytest.approx(0, abs=1e-6)
    asked, did = 1000 * 3.3, frame.exposure.exposure_us * frame.exposure.gain
    assert frame.facts["digital_gain"] == pytest.approx(asked / did)


def test_more_than_the_sensor_can_do_becomes_what_it_can(pi):
    camera = pi("imx219", speed=200.0).open()
    longest = camera.capture(Exposure(60_000_000, 99.0))
    assert longest.exposure.exposure_us == pytest.approx(11_766_829, rel=0.001)
    assert longest.exposure.gain == pytest.approx(10.67, rel=0.01)
    shortest = camera.capture(Exposure(1, 0.5))
    assert shortest.exposure.exposure_us < 100
    assert shortest.exposure.gain == 1.0


# 9 - what the sensor can do


@pytest.mark.parametrize(
    ("model", "longest_us", "highest_gain"),
    [
        ("imx477", 694_422_939, 22.26),
        ("imx708", 220_416_802, 16.0),
        ("imx219", 11_766_829, 10.67),
        ("ov5647", 3_280_000, 63.94),
        ("imx462", 115_686_258, 29.51),
    ],
)
def test_limits_are_those_of_the_largest_mode(pi, model, longest_us, highest_gain):
    limits = pi(model).open().limits
    assert limits.longest_us == longest_us
    assert limits.highest_gain == pytest.approx(highest_gain, abs=0.01)
    assert 0 < limits.shortest_us < 200


def test_a_sensor_that_reports_no_longest_exposure_is_limited_by_its_longest_frame(pi):
    camera = pi("imx296").open(raw="on")
    assert camera.limits.longest_us == 15_534_444
    frame = camera.capture(Exposure(2_000_000, 1.0))
    assert frame.exposure.exposure_us == pytest.approx(2_000_000, rel=0.01)


def test_a_sensor_without_colours_gives_grey_pictures_and_no_raw(pi):
    frame = pi("imx296", electrons_s=night_sky).open(raw="on").capture(NIGHT)
    assert frame.raw is None
    assert np.ptp(frame.rgb.reshape(-1, 3).mean(axis=0)) < 1


def test_modes_are_read_from_the_sensor_and_frames_go_on(pi):
    camera = pi("imx477").open()
    assert [(mode.width, mode.bits) for mode in camera.modes()] == [
        (166, 10),
        (252, 12),
        (506, 12),
    ]
    assert camera.modes()[-1].longest_us == 694_422_939
    assert camera.capture(Exposure(1000, 1.0)).width == 506


def test_odd_sizes_are_avoided(pi):
    camera = pi("odd", whole=True).open(raw="on")
    frame = camera.capture(Exposure(1000, 1.0))
    assert (frame.width, frame.height) == (640, 480)
    assert camera.modes() == []  # picamera2 cannot read them of such a sensor
    assert camera.capture(Exposure(1000, 1.0)).width == 640


# 10 - memory


def with_memory(monkeypatch, available_mb):
    real = psutil.virtual_memory()
    there = real._replace(available=round(available_mb * 1e6))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: there)


@pytest.mark.parametrize(
    ("wish", "available_mb", "raw"),
    [
        ("auto", 900, True),  # a Pi with 2 GB
        ("auto", 300, False),  # a Pi with 512 MB
        ("on", 300, True),
        ("off", 900, False),
    ],
)
def test_raw_pixels_are_kept_where_there_is_memory(
    pi, monkeypatch, wish, available_mb, raw
):
    with_memory(monkeypatch, available_mb)
    camera = pi("imx477").open(raw=wish)
    assert (camera.capture(Exposure(100, 1.0)).raw is not None) == raw


def test_only_one_buffer_is_taken(pi):
    one = pi("imx477")
    camera = one.open(raw="on")
    camera.capture(Exposure(100, 1.0))
    assert camera._picam2.camera_config["buffer_count"] == 1
    allocated = camera._picam2.allocator.frame_buffers.values()
    assert [len(buffers) for buffers in allocated] == [1, 1]


def test_frames_come_without_raw_when_its_buffer_cannot_be_had(pi, monkeypatch):
    one = pi("imx477")
    with_memory(monkeypatch, 900)
    one.world.failures["configure"].append(DeviceMemoryError())
    frame = one.open(raw="auto").capture(Exposure(100, 1.0))
    assert frame.raw is None


class DeviceMemoryError(OSError):
    """What the allocator of the Pi's memory for devices raises."""

    def __init__(self) -> None:
        super().__init__(12, "Cannot allocate memory")


# white balance


def test_without_a_setting_daylight_in_the_tuning_file_is_grey(pi):
    one = pi("imx477")
    one.open(colour_gains={"blue": 1.9})
    red, blue = one.world.starts[-1]["ColourGains"]
    assert red == pytest.approx(1 / 0.58)
    assert blue == 1.9


@pytest.mark.parametrize("content", [None, "{}", '{"algorithms": []}', "no JSON"])
def test_without_a_usable_tuning_file_the_usual_gains_are_used(
    pi, tuning, caplog, content
):
    (tuning / "imx477.json").unlink()
    if content is not None:
        (tuning / "imx477.json").write_text(content)
    one = pi("imx477")
    assert one.open().capture(NIGHT).width == 506
    assert one.world.starts[-1]["ColourGains"] == (2.4, 1.6)
    assert "own curve, not sRGB" in caplog.text


# without picamera2


def test_a_missing_picamera2_is_a_sentence_with_the_remedy(pi, monkeypatch):
    one = pi("imx477")
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(
        CameraError, match=r"sudo apt install python3-picamera2.*--system"
    ):
        one.open()


def test_it_is_a_camera_of_the_settings(pi):
    assert isinstance(pi("imx477").open(), PicameraCamera)
