import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.grey_patch import GreyPatch

BLACK, WHITE = 256, 4095


def mosaic(pattern, red, green, blue, noise=0.0):
    """Return a sensor of 120 x 160 pixels in even light: parts of saturation of each colour."""
    levels = {"R": red, "G": green, "B": blue}
    pixels = np.empty((120, 160))
    for index, colour in enumerate(pattern):
        row, column = divmod(index, 2)
        pixels[row::2, column::2] = BLACK + levels[colour] * (WHITE - BLACK)
    pixels += np.random.default_rng(1).normal(0, noise, pixels.shape)
    return np.clip(np.rint(pixels), 0, WHITE).astype(np.uint16)


@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
def test_grey_becomes_grey_in_every_order_of_the_colours(pattern):
    patch = GreyPatch.of(mosaic(pattern, 0.2, 0.4, 0.25, 40), pattern, BLACK, WHITE)
    assert patch.gains == pytest.approx((2.0, 1.6), rel=0.01)
    assert patch.uneven < 0.04
    assert patch.saturated == 0


@given(st.floats(0.05, 0.9))
def test_the_gains_do_not_depend_on_the_exposure(light):
    pixels = mosaic("RGGB", 0.5 * light, light, 0.6 * light)
    patch = GreyPatch.of(pixels, "RGGB", BLACK, WHITE)
    assert patch.gains == pytest.approx((2.0, 1 / 0.6), rel=0.02)
    assert patch.brightest == pytest.approx(light, abs=0.001)


def test_what_is_outside_the_middle_does_not_count():
    pixels = mosaic("RGGB", 0.2, 0.4, 0.25)
    pixels[:40] = WHITE
    assert GreyPatch.of(pixels, "RGGB", BLACK, WHITE).saturated == 0


def test_white_pixels_and_uneven_colours_are_told():
    assert GreyPatch.of(mosaic("RGGB", 0.5, 1, 0.6), "RGGB", BLACK, WHITE).saturated > 0
    half = mosaic("RGGB", 0.2, 0.4, 0.25)
    half[:, 80:] = mosaic("RGGB", 0.3, 0.4, 0.25)[:, 80:]
    assert GreyPatch.of(half, "RGGB", BLACK, WHITE).uneven > 0.3
