import math

import numpy as np
import pytest

from edge.cameras import RawImage
from products.sky_plane import Disc
from products.zenith import (
    Background,
    Sensitivity,
    Unmeasured,
    raw_background,
    rgb_background,
    sky_brightness,
)

ZENITH = Disc(80, 60, 30)


def mosaic(level, noise=5.0, black=256, white=4095, pattern="RGGB"):
    """Return a mosaic with green at ``level`` above black, and nothing in red and blue."""
    values = np.full((120, 160), float(black))
    green = [divmod(place, 2) for place in range(4) if pattern[place] == "G"]
    for row, column in green:
        values[row::2, column::2] += level
    values += np.random.default_rng(1).normal(0, noise, values.shape)
    counts = np.clip(np.rint(values), 0, white).astype(np.uint16)
    return RawImage(counts, pattern, black, white)


def grey(level, noise=2.0):
    levels = np.random.default_rng(1).normal(level, noise, (120, 160, 3))
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
def test_raw_light_is_that_of_green_above_black(pattern):
    light = raw_background(mosaic(384, pattern=pattern), ZENITH).light
    assert light == pytest.approx(384 / 3839, rel=0.005)


def test_stars_hot_pixels_and_what_is_not_zenith_do_not_count():
    raw = mosaic(100)
    raw.mosaic[:25] = 4000
    raw.mosaic[50:54, 70:74] = 4095
    assert raw_background(raw, ZENITH).light == pytest.approx(100 / 3839, rel=0.01)


def test_a_picture_is_measured_through_the_inverse_of_the_srgb_curve():
    # half of the encoded scale is 21.4 % of the light (IEC 61966-2-1)
    assert rgb_background(grey(127.5), ZENITH).light == pytest.approx(0.214, rel=0.01)


@pytest.mark.parametrize("level", [2.3, 2.7])
def test_a_dark_picture_is_measured_between_its_levels(level):
    light = rgb_background(grey(level, noise=1.0), ZENITH).light
    assert light == pytest.approx(level / 255 / 12.92, rel=0.05)


def test_black_and_saturated_frames_have_a_reason_and_no_number():
    black = Background(None, Unmeasured.BLACK)
    white = Background(None, Unmeasured.SATURATED)
    assert raw_background(mosaic(0), ZENITH) == black
    assert raw_background(mosaic(9000), ZENITH) == white
    assert rgb_background(grey(0, noise=0), ZENITH) == black
    assert rgb_background(grey(255), ZENITH) == white


def test_a_zenith_outside_of_the_frame_has_a_reason():
    nowhere = Disc(900, 60, 30)
    assert rgb_background(grey(40), nowhere).reason is Unmeasured.TOO_SMALL
    assert raw_background(mosaic(40), nowhere).reason is Unmeasured.TOO_SMALL


def test_brightness_is_worked_out_by_hand():
    # 1 % of saturation in 10 s at gain 4 on 10,000 square seconds of arc
    known = Sensitivity(10, 4, 10_000, 6.0)
    brightness = sky_brightness(Background(0.01), known, linear=True, sun_deg=-30)
    assert brightness.mag_arcsec2 == pytest.approx(6 - 2.5 * math.log10(2.5e-8))
    assert (brightness.calibrated, brightness.published) == (True, True)


@pytest.mark.parametrize(
    ("exposure_s", "gain", "light"), [(20, 4, 0.02), (10, 8, 0.02), (5, 4, 0.005)]
)
def test_exposure_and_gain_do_not_change_the_sky(exposure_s, gain, light):
    one, other = (
        sky_brightness(Background(part), known, linear=True, sun_deg=-30).mag_arcsec2
        for part, known in (
            (0.01, Sensitivity(10, 4, 10_000, 6.0)),
            (light, Sensitivity(exposure_s, gain, 10_000, 6.0)),
        )
    )
    assert one == pytest.approx(other)


@pytest.mark.parametrize("sun_deg", [-17.9, None])
def test_only_the_night_is_published(sun_deg):
    known = Sensitivity(10, 4, 10_000, 6.0)
    brightness = sky_brightness(Background(0.01), known, linear=True, sun_deg=sun_deg)
    assert brightness.mag_arcsec2 is not None
    assert not brightness.published


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (Sensitivity(None, 4, 1e4, 6.0), Unmeasured.EXPOSURE_UNKNOWN),
        (Sensitivity(10, 0, 1e4, 6.0), Unmeasured.EXPOSURE_UNKNOWN),
        (Sensitivity(10, 4, None, 6.0), Unmeasured.LENS_UNKNOWN),
        (Sensitivity(10, 4, 1e4, None), Unmeasured.NO_ZERO_POINT),
    ],
)
def test_what_is_not_known_is_named(known, reason):
    brightness = sky_brightness(Background(0.01), known, linear=True, sun_deg=-30)
    assert (brightness.mag_arcsec2, brightness.reason) == (None, reason)
