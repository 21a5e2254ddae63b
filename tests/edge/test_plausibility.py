import pytest

from edge.plausibility import Mark, Plausibility
from products.quantities import QUANTITIES

HOUR_S = 3600.0


@pytest.fixture
def judge():
    """Return a function that judges temperatures, one after the other."""
    return Plausibility(QUANTITIES["temperature"]).judge


@pytest.mark.parametrize(
    ("value", "mark"),
    [(-60.1, Mark.RANGE), (-60.0, None), (85.0, None), (127.94, Mark.RANGE)],
)
def test_what_is_outside_of_nature_is_marked(judge, value, mark):
    assert judge(value, 0) is mark


def test_one_wrong_value_is_marked_and_the_right_one_after_it_is_not(judge):
    marks = [judge(value, 60 * n) for n, value in enumerate((10, 11, 70, 11.5))]
    assert marks == [None, None, Mark.RATE, None]


def test_a_change_that_lasts_is_believed_when_there_was_time_for_it(judge):
    judge(10.0, 0)
    marks = [judge(50.0, seconds) for seconds in (10, 60, 100)]
    assert marks == [Mark.RATE, Mark.RATE, None]


def test_the_same_value_for_a_day_is_frozen_until_it_moves(judge):
    marks = [judge(10.06, 600 * n) for n in range(200)]
    first = marks.index(Mark.FROZEN)
    assert 24 * HOUR_S <= 600 * first <= 25 * HOUR_S
    assert set(marks[first:]) == {Mark.FROZEN}
    assert judge(10.12, 600 * 200) is None


def test_a_value_after_a_long_gap_is_not_frozen(judge):
    assert [judge(10.0, 30 * HOUR_S * n) for n in range(5)] == [None] * 5


def test_fog_may_last_for_days():
    humidity = Plausibility(QUANTITIES["humidity"])
    assert {humidity.judge(100.0, 600.0 * n) for n in range(1000)} == {None}
