import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from products import jpeg
from products.deflicker import AHEAD, brightened, gain_at
from products.startrails_rule import linear

levels_of_frames = st.lists(st.floats(0, 255), min_size=1, max_size=40)


@given(st.lists(st.floats(4, 255), min_size=1, max_size=60))
def test_twilight_stays_as_it_is(levels):
    for twilight in (sorted(levels), sorted(levels, reverse=True)):
        assert all(gain_at(twilight, index) == 1 for index in range(len(twilight)))


@given(levels_of_frames)
def test_no_frame_is_changed_by_more_than_half_a_stop(levels):
    for index in range(len(levels)):
        assert 0.707 <= gain_at(levels, index) <= 1.415


@given(levels_of_frames, levels_of_frames)
def test_a_frame_with_five_after_it_is_settled(before, after):
    enough = [*before, *([50.0] * AHEAD)]
    for index in range(len(before)):
        assert gain_at(enough, index) == gain_at([*enough, *after], index)


def test_a_frame_that_flickers_gets_the_brightness_of_its_neighbours():
    levels = [60.0] * 20
    levels[10] = 66.0
    gains = [gain_at(levels, index) for index in range(20)]
    assert gains[10] == pytest.approx(linear(60) / linear(66), abs=0.001)
    assert {*gains[:10], *gains[11:]} == {1}


def test_a_step_that_lasts_stays_a_step():
    levels = [60.0] * 10 + [80.0] * 10
    assert {gain_at(levels, index) for index in range(20)} == {1}


@pytest.mark.parametrize("level", [0.0, 2.0, math.nan])
def test_what_is_black_or_unknown_is_left_alone(level):
    levels = [60.0, 70.0] * 3 + [level] + [60.0, 70.0] * 3
    assert {gain_at(levels, index) for index in range(4, 9)} == {1}


def test_light_is_multiplied_and_not_the_stored_level():
    grey = np.full((48, 64, 3), 100, np.uint8)
    brighter = jpeg.decode(brightened(jpeg.encode(grey, 95), 1.4))
    assert linear(float(brighter.mean())) == pytest.approx(1.4 * linear(100), rel=0.02)
    assert jpeg.decode(brightened(jpeg.encode(grey * 0 + 255, 95), 1.4)).min() == 255
