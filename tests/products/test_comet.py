import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products.comet import HALF_LIFE_MAX, HALF_LIFE_MIN, CometMaximum, Fading
from products.startrails import GrowingTrails
from tests.products.conftest import EVENING, record, sky_frame

FADING = Fading(EVENING, 20.0)
RECORDS = [record(5 * number) for number in range(8)]
FRAMES = [sky_frame(number, 24, 32) for number in range(8)]


def faded(folder, numbers, fading=FADING):
    trails = CometMaximum(folder, fading, None)
    for number in numbers:
        trails.add(FRAMES[number], RECORDS[number])
    return trails


def step_by_step():
    """The same as other programs do it: the picture so far fades before each frame, in order of time."""
    picture = np.zeros((24, 32, 3))
    for frame in FRAMES:
        picture = np.maximum(picture * 2 ** (-5 / 20), frame)
    return picture


def test_it_is_what_fading_step_by_step_gives(tmp_path):
    picture = faded(tmp_path, range(8)).picture(RECORDS)
    assert picture.dtype == np.uint8
    assert np.abs(picture - step_by_step()).max() <= 0.501


def test_a_trail_is_half_as_bright_after_a_half_life(tmp_path):
    trails = CometMaximum(tmp_path, FADING, None)
    for minute, column in ((0, 0), (20, 1), (40, 2)):
        frame = np.zeros((2, 3, 3), np.uint8)
        frame[:, column] = 200
        trails.add(frame, record(minute))
    picture = trails.picture([record(minute) for minute in (0, 20, 40)])
    assert picture[0, :, 0].tolist() == [50, 100, 200]


@pytest.mark.parametrize("minutes", [HALF_LIFE_MIN, 37.3, HALF_LIFE_MAX])
def test_the_last_frame_shines_through_whole_even_after_25_hours(tmp_path, minutes):
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    trails = CometMaximum(tmp_path, Fading(EVENING, minutes), None)
    both = [record(0), record(25 * 60)]
    trails.add(np.zeros_like(levels), both[0])
    trails.add(levels, both[1])
    assert np.array_equal(trails.picture(both), levels)


def test_a_trail_of_long_ago_is_black(tmp_path):
    trails = CometMaximum(tmp_path, Fading(EVENING, HALF_LIFE_MIN), None)
    both = [record(0), record(25 * 60)]
    trails.add(np.full((2, 2, 3), 255, np.uint8), both[0])
    trails.add(np.zeros((2, 2, 3), np.uint8), both[1])
    assert not trails.picture(both).any()


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(8)), st.integers(0, 8), st.booleans())
def test_order_and_restart_do_not_change_it(tmp_path_factory, order, cut, again):
    folder = tmp_path_factory.mktemp("comet")
    expected = faded(tmp_path_factory.mktemp("whole"), range(8)).picture(RECORDS)
    for portion in (order[:cut], order[cut - 1 if again and cut else cut :]):
        faded(folder, portion).close()
    trails = CometMaximum(folder, FADING, None)
    assert trails.lost({one.stem for one in RECORDS}) == set()
    assert np.array_equal(trails.picture(RECORDS), expected)


def test_without_a_frame_there_is_no_picture(tmp_path):
    assert CometMaximum(tmp_path, FADING, None).picture([]) is None


def test_when_the_rule_starts_anew_no_frame_is_needed_twice(tmp_path):
    trails = GrowingTrails(tmp_path, lambda folder: CometMaximum(folder, FADING, None))
    stems = [one.stem for one in RECORDS]
    trails.add(FRAMES[0], RECORDS[0], {stems[0]}, set())
    trails.add(FRAMES[1], RECORDS[1], set(stems[:2]), {stems[1]})
    trails.add(FRAMES[2], RECORDS[2], set(stems[1:3]), set())
    expected = faded(tmp_path / "other", [1, 2]).picture(RECORDS[1:3])
    assert np.array_equal(trails.maximum.picture(RECORDS[1:3]), expected)


def test_weights_depend_on_time_alone():
    night = Fading(EVENING, 10.0)
    later = EVENING + dt.timedelta(minutes=10)
    assert night.weight(later) == 2 * night.weight(EVENING)
