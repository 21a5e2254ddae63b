import datetime as dt
import math

import numpy as np
import pytest

from edge.cameras import Exposure, Frame, RawImage
from edge.metering import Metered, meter, srgb_encoded, srgb_linear

NOW = dt.datetime(2026, 11, 22, 22, tzinfo=dt.UTC)


def frame_of(rgb, raw=None) -> Frame:
    return Frame(
        np.ascontiguousarray(rgb, np.uint8), NOW, Exposure(1_000_000, 1.0), raw
    )


def flat(level: int, height: int = 120, width: int = 160):
    return np.full((height, width, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("encoded", "linear"),
    [(0, 0), (10, 0.003035), (128, 0.215861), (188, 0.502886), (255, 1)],
)
def test_srgb_agrees_with_the_published_curve(encoded, linear):
    assert srgb_linear(encoded / 255) == pytest.approx(linear, abs=1e-5)
    assert srgb_encoded(linear) * 255 == pytest.approx(encoded, abs=0.01)


def test_a_flat_frame_is_measured_as_it_is():
    metered = meter(frame_of(flat(89)))
    assert metered.background == pytest.approx(0.1, abs=0.001)
    assert metered.level == pytest.approx(89, abs=0.01)
    assert metered.saturated == 0


def test_twice_the_light_is_measured_as_one_stop_more():
    dim, bright = (
        meter(frame_of(flat(round(255 * srgb_encoded(v))))) for v in (0.1, 0.2)
    )
    assert math.log2(bright.background / dim.background) == pytest.approx(1, abs=0.03)


def test_only_the_middle_counts():
    rgb = flat(30)
    rgb[:, :30], rgb[:10] = 255, 255
    assert meter(frame_of(rgb)).level == pytest.approx(30, abs=0.01)


def test_stars_and_the_moon_do_not_move_the_background():
    rgb = flat(30)
    rgb[50:60, 70:80] = 255
    metered = meter(frame_of(rgb))
    assert metered.level == pytest.approx(30, abs=0.5)
    assert 0.01 < metered.saturated < 0.05


def test_a_dark_sky_is_measured_between_the_levels():
    rng = np.random.default_rng(1)
    rgb = np.clip(np.rint(rng.normal(2.3, 1.0, (400, 400, 3))), 0, 255)
    assert meter(frame_of(rgb)).level == pytest.approx(2.3, abs=0.1)


def test_black_and_white_frames_are_the_ends_of_the_scale():
    assert meter(frame_of(flat(0))) == Metered(0.0, 0.0, 0.0)
    assert meter(frame_of(flat(255))) == Metered(1.0, 1.0, 1.0)


def test_raw_pixels_are_preferred_and_the_black_level_is_subtracted():
    mosaic = np.full((120, 160), 256, np.uint16)
    mosaic[0::2, 1::2] = 256 + 384  # green of the red rows; 10 % of the range
    raw = RawImage(mosaic, "RGGB", black=256, white=4096)
    assert meter(frame_of(flat(200), raw)).background == pytest.approx(0.1)


def test_raw_saturation_is_seen():
    raw = RawImage(np.full((120, 160), 4095, np.uint16), "BGGR", black=256, white=4095)
    assert meter(frame_of(flat(255), raw)) == Metered(1.0, 1.0, 1.0)


def test_a_frame_of_a_few_pixels_can_be_measured():
    assert meter(frame_of(flat(89, 2, 2))).background == pytest.approx(0.1, abs=0.001)


def test_the_highlight_is_what_the_brightest_hundredth_of_the_sky_exceeds():
    rgb = flat(89, 200, 200)
    rgb[90:112, 100:122] = 188  # 484 of 25,450 pixels of the sky, outside its middle
    rgb[100:104, 20:24] = 255  # as small as the moon
    metered = meter(frame_of(rgb))
    assert metered.highlight == pytest.approx(srgb_linear(188 / 255))
    assert 0 < metered.saturated < 0.002


def test_lamps_at_the_rim_are_no_highlights():
    rgb = flat(89, 200, 200)
    rgb[:, :8] = 255
    assert meter(frame_of(rgb)).highlight == pytest.approx(0.1, abs=0.001)


def mosaic_of(levels):
    """Return raw pixels (black 256, white 4095) in which all four of a 2x2 block are alike."""
    return RawImage(
        np.repeat(np.repeat(levels, 2, 0), 2, 1).astype(np.uint16), "RGGB", 256, 4095
    )


@pytest.mark.parametrize("part", [1, 4])  # of the size of the frame
def test_a_lamp_under_the_mask_changes_nothing(part):
    y, x = np.mgrid[:1520, :2028]
    sky = (30 + x // 100 + y // 100).astype(np.uint16)  # brighter towards a city
    lamp = np.hypot(y - 800, x - 1500) < 120
    open_sky = np.hypot(y - 800, x - 1500) >= 130
    open_sky = open_sky[part // 2 :: part, part // 2 :: part]
    lit = np.where(lamp, 255, sky)
    frames = [frame_of(np.dstack([one] * 3)) for one in (sky, lit)]
    raws = [
        frame_of(flat(0), mosaic_of(256 + 10 * one.astype(int))) for one in (sky, lit)
    ]
    for dark, lit_frame in (frames, raws):
        assert meter(dark, open_sky) == meter(lit_frame, open_sky)
        assert meter(lit_frame) != meter(dark)
    assert meter(frames[0], open_sky).level == pytest.approx(
        meter(frames[0]).level, abs=0.3
    )


def test_a_mask_over_the_middle_leaves_the_rest_of_the_sky():
    rgb = flat(30)
    rgb[20:100, 40:120] = 200  # the whole metered circle
    open_sky = np.ones((30, 40), bool)
    open_sky[5:25, 10:30] = False
    assert meter(frame_of(rgb), open_sky).level == pytest.approx(30, abs=0.01)


def test_a_mask_over_everything_is_not_used():
    open_sky = np.zeros((30, 40), bool)
    assert meter(frame_of(flat(30)), open_sky) == meter(frame_of(flat(30)))
