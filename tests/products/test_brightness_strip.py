import numpy as np
import pytest

from products.brightness_strip import brightness_strip, strip_height
from products.column_light import ColumnLight


def of_light(*light):
    return ColumnLight([50.0] * len(light), list(light))


def top_of_curve(strip, x):
    """Return the highest row that is clearly brighter than a line of the scale."""
    return int(np.flatnonzero(strip[4:, x].max(axis=1) > 120)[0]) + 4


def test_brighter_columns_stand_higher_on_a_logarithmic_scale():
    light = of_light(*[1e-4] * 10, *[2e-4] * 10, *[4e-4] * 10)
    strip = brightness_strip(light, 600, 72)
    low, middle, high = (top_of_curve(strip, x) for x in (100, 300, 450))
    assert low > middle > high
    assert low - middle == pytest.approx(middle - high, abs=1)


def test_a_gap_is_empty():
    strip = brightness_strip(of_light(*[1e-4] * 4, *[None] * 4, *[1e-4] * 4), 600, 72)
    assert strip[:, 220:380].max() < 60
    assert top_of_curve(strip, 150)


def test_the_dark_hours_use_the_band_although_dusk_is_far_brighter():
    light = of_light(*[3.0] * 10, *[1e-4] * 10, *[4e-4] * 10)
    strip = brightness_strip(light, 600, 72)
    assert (strip[4:, 100, 0] > 60).all()  # filled to the top
    assert top_of_curve(strip, 300) - top_of_curve(strip, 450) > 10


def test_its_colour_says_what_it_shows():
    def blue_against_red(light):
        strip = brightness_strip(light, 600, 72)
        red, _, blue = strip[top_of_curve(strip, 300), 300].tolist()
        return blue / red

    unknown = ColumnLight([20.0] * 9, [None] * 9)
    assert blue_against_red(of_light(*[1e-4] * 9)) < 0.6
    assert blue_against_red(unknown) > 1.1


@pytest.mark.parametrize("light", [[None] * 5, [0.0] * 5])
def test_of_darkness_or_nothing_there_is_no_curve(light):
    found = ColumnLight([None] * 5, light)
    assert brightness_strip(found, 480, 36).max() < 60


@pytest.mark.parametrize(("width", "ribbon"), [(1440, 480), (480, 160), (120, 40)])
def test_it_has_the_size_that_was_asked_for(width, ribbon):
    height = strip_height(ribbon)
    strip = brightness_strip(of_light(*np.geomspace(1e-5, 1, 97)), width, height)
    assert strip.shape == (height, width, 3)
    assert 36 <= height <= 72
