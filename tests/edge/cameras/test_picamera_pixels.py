"""The pixels and metadata of Raspberry Pi cameras, over the real picamera2 and a simulated libcamera."""

import math

import numpy as np
import pytest

from edge.cameras import Exposure
from edge.metering import meter, srgb_linear
from products import jpeg

pytestmark = pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning")

NIGHT = Exposure(8_000_000, 4.0)
MODELS = ("imx477", "imx708", "imx219", "ov5647", "imx462")


def night_sky(_now_s):
    """Electrons per second: 8 s at gain 4 fill 16 % of the range."""
    return 40.0


def linear_of(camera_frame) -> float:
    """The background of the picture, linear, as a part of saturation."""
    height, width = camera_frame.rgb.shape[:2]
    middle = camera_frame.rgb[height // 2 - 8 : height // 2 + 8]
    middle = middle[:, width // 2 - 8 : width // 2 + 8, 1]
    return float(np.mean([srgb_linear(level / 255) for level in middle.ravel()]))


# 7 - metadata


def test_the_frame_begins_when_the_sensor_began(pi):
    one = pi("imx477")
    camera = one.open()
    for exposure_us in (1000, 8_000_000):
        asked = one.clock.now()
        frame = camera.capture(Exposure(exposure_us, 1.0))
        assert 0 <= (frame.taken_utc - asked).total_seconds() < 3.0


@pytest.mark.parametrize("model", MODELS)
def test_the_temperature_is_given_where_the_sensor_has_a_thermometer(pi, model):
    frame = pi(model, temperature_c=-7.0).open().capture(Exposure(100, 1.0))
    expected = -7.0 if model in ("imx477", "imx708") else None
    assert frame.sensor_temperature_c == expected


# 8 - pixels


@pytest.mark.parametrize("pi5", [False, True], ids=["Pi 4", "Pi 5"])
@pytest.mark.parametrize("model", MODELS)
def test_raw_and_picture_show_the_same_light(pi, model, pi5):
    electrons = 40.0 if model != "ov5647" else 120.0
    camera = pi(model, pi5=pi5, electrons_s=lambda _: electrons).open(
        raw="on", colour_gains={"red": 1 / 0.58, "blue": 1 / 0.66}
    )
    frame = camera.capture(Exposure(3_000_000, 4.0))
    truth = electrons * frame.exposure.exposure_us / 1e6 * frame.exposure.gain / 8000
    assert frame.raw.mosaic.dtype == np.uint16
    assert frame.raw.mosaic.shape == frame.rgb.shape[:2]
    assert meter(frame).background == pytest.approx(truth, rel=0.05)
    assert linear_of(frame) == pytest.approx(truth, rel=0.08)
    grey = frame.rgb.reshape(-1, 3).mean(axis=0)
    assert np.ptp(grey) < 0.05 * grey.mean()


@pytest.mark.parametrize("pi5", [False, True], ids=["Pi 4", "Pi 5"])
def test_raw_levels_are_those_of_the_format_that_came(pi, pi5):
    one = pi("imx477", pi5=pi5, electrons_s=lambda _: 0.0)
    camera = one.open(raw="on")
    dark = camera.capture(Exposure(1000, 1.0)).raw
    assert (dark.pattern, dark.black) == ("RGGB", 4096 if pi5 else 256)
    assert np.median(dark.mosaic) == pytest.approx(dark.black, rel=0.01)
    one.world.electrons_s = lambda _: 1e9
    assert (
        camera.capture(NIGHT).raw.mosaic.min() == dark.white == (65520, 4095)[not pi5]
    )


def test_rows_are_read_without_their_padding(pi):
    camera = pi("imx477").open(raw="on")  # 506 pixels: neither 1518 nor 1012 bytes fit
    frame = camera.capture(Exposure(100, 1.0))
    padding = 0xAAAA
    assert not np.any(frame.raw.mosaic == padding)
    assert frame.rgb.shape == (380, 506, 3)
    assert frame.rgb[:, -8:].max() < 0xAA


def test_red_green_and_blue_come_in_this_order(pi):
    camera = pi("imx477", electrons_s=night_sky).open(
        colour_gains={"red": 4.0, "blue": 0.4}
    )
    red, green, blue = camera.capture(NIGHT).rgb.reshape(-1, 3).mean(axis=0)
    assert red > green + 20
    assert green > blue + 20


@pytest.mark.parametrize("left_right", [False, True])
@pytest.mark.parametrize("top_bottom", [False, True])
def test_a_mirrored_sensor_changes_the_order_of_its_colours(pi, left_right, top_bottom):
    camera = pi("imx477", electrons_s=night_sky).open(
        raw="on",
        flip_left_right=left_right,
        flip_top_bottom=top_bottom,
        colour_gains={"red": 1 / 0.58, "blue": 1 / 0.66},
    )
    frame = camera.capture(NIGHT)
    # The simulated sky is twice as bright at its right, and half as bright again at the bottom.
    columns, rows = (frame.rgb.mean(axis=axis).mean(axis=1) for axis in (0, 1))
    assert (columns[:20].mean() > columns[-20:].mean()) == left_right
    assert (rows[:20].mean() > rows[-20:].mean()) == top_bottom
    patterns = {
        (False, False): "RGGB",
        (True, False): "GRBG",
        (False, True): "GBRG",
        (True, True): "BGGR",
    }
    raw = frame.raw
    assert raw.pattern == patterns[left_right, top_bottom]
    light = [
        raw.mosaic[place // 2 :: 2, place % 2 :: 2].mean() - raw.black
        for place in range(4)
    ]
    assert raw.pattern[int(np.argmin(light))] == "R"  # the weakest of the three
    assert {raw.pattern[place] for place in np.argsort(light)[2:]} == {"G"}


@pytest.mark.parametrize(("model", "padded"), [("imx477", True), ("imx708", False)])
def test_a_frame_is_copied_only_where_its_rows_are_padded(pi, model, padded):
    camera = pi(model, whole=True).open(raw="off")
    first = camera.capture(Exposure(1000, 1.0)).rgb
    second = camera.capture(Exposure(1000, 1.0)).rgb
    assert first.flags.owndata == padded
    assert first.flags.c_contiguous
    assert np.shares_memory(first, second) == padded or np.array_equal(first, second)
    assert jpeg.size(jpeg.encode(second)) == second.shape[:2]


def test_a_frame_can_be_read_after_the_camera_is_closed(pi):
    camera = pi("imx708", electrons_s=night_sky).open(raw="on")
    frame = camera.capture(NIGHT)
    levels = frame.rgb.mean(), frame.raw.mosaic.mean()
    camera.close()
    assert (frame.rgb.mean(), frame.raw.mosaic.mean()) == levels


# physics


def test_exposure_and_gain_show_alike_in_the_raw_pixels(pi):
    camera = pi("imx477", electrons_s=night_sky).open(raw="on")
    light = {}
    for exposure_s, gain in ((2, 2.0), (4, 2.0), (2, 4.0), (4, 4.0)):
        frame = camera.capture(Exposure(exposure_s * 1_000_000, gain))
        light[exposure_s, gain] = math.log2(meter(frame).background)
    assert light[4, 2.0] - light[2, 2.0] == pytest.approx(1, abs=0.1)
    assert light[2, 4.0] - light[2, 2.0] == pytest.approx(1, abs=0.1)
    assert light[4, 4.0] - light[2, 2.0] == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(("tone", "steady"), [("srgb", True), ("libcamera", False)])
def test_the_same_light_is_the_same_level_in_every_frame(pi, tone, steady):
    """The tuning that cameras come with adapts the contrast to the frame."""
    one = pi("imx477")
    camera, shown = one.open(tone=tone), []
    for electrons_s in (20.0, 120.0):
        one.world.electrons_s = lambda _, now=electrons_s: now
        light = electrons_s * NIGHT.exposure_us / 1e6 * NIGHT.gain / 8000
        shown.append(linear_of(camera.capture(NIGHT)) / light)
    assert (shown == pytest.approx([1, 1], rel=0.05)) == steady


@pytest.mark.parametrize(("tone", "vignetted"), [("srgb", True), ("libcamera", False)])
def test_no_correction_is_made_for_a_lens_that_is_not_there(pi, tone, vignetted):
    camera = pi("imx477", electrons_s=night_sky).open(tone=tone)
    rows = camera.capture(NIGHT).rgb[..., 1].mean(axis=1).astype(float)
    # The simulated sky grows brighter evenly from top to bottom, which bends in sRGB, and more so with the correction.
    line = np.interp(np.arange(rows.size), [0, rows.size - 1], [rows[0], rows[-1]])
    assert (rows[rows.size // 2] > line[rows.size // 2]) == vignetted
