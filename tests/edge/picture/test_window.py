import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.picture.window import Window
from edge.settings.picture import CropSettings

PARTS = st.floats(0, 1)
CROPS = st.builds(
    CropSettings, centre_x=PARTS, centre_y=PARTS, radius=st.floats(0.05, 1)
)


def test_without_a_radius_frames_stay_whole():
    assert Window.of(CropSettings(), 3040, 4056) == Window(0, 0, 4056, 3040)


def test_the_square_is_the_one_around_the_circle():
    crop = CropSettings(centre_x=0.5, centre_y=0.5, radius=0.25)
    assert Window.of(crop, 300, 400) == Window(100, 50, 200, 200)


@given(CROPS, st.integers(8, 60), st.integers(8, 60))
def test_the_sides_are_even_and_equal_and_the_colours_stay_in_order(crop, high, wide):
    window = Window.of(crop, high, wide)
    assert window.width == window.height
    assert window.width % 2 == window.left % 2 == window.top % 2 == 0
    assert window.width == pytest.approx(2 * crop.radius * wide, abs=1)


@given(CROPS, st.integers(8, 60), st.integers(8, 60))
def test_every_pixel_of_the_window_is_that_of_the_frame_or_black(crop, high, wide):
    whole = np.arange(1, high * wide + 1).reshape(high, wide)
    window = Window.of(crop, high, wide)
    out = np.full((window.height, window.width), -1)
    window.cut(whole, out, 0)
    for y, x in np.ndindex(out.shape):
        row, column = y + window.top, x + window.left
        inside = 0 <= row < high and 0 <= column < wide
        assert out[y, x] == (whole[row, column] if inside else 0)


def test_the_circle_touches_the_sides_of_the_window():
    outside = Window(0, 0, 100, 100).outside_circle()
    assert not outside[50, 0]
    assert not outside[0, 50]
    assert outside[0, 0]
    assert (~outside).mean() == pytest.approx(np.pi / 4, abs=0.01)
