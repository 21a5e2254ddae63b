import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.keogram import (
    TimeAxis,
    column_of,
    gaps,
    line_through_middle,
    night_axis,
    slots,
)
from products.night import Night
from products.sun import Interval, Place
from tests.products.conftest import EVENING, record, sky_frame

HOUR = dt.timedelta(hours=1)
AXIS = TimeAxis(EVENING, 60.0, 10)


def minutes(shown):
    """Return which minute's frame each column shows."""
    return [
        None if one is None else int((one.taken_utc - EVENING).total_seconds() // 60)
        for one in shown
    ]


def test_without_rotation_it_is_exactly_the_middle_column():
    for width in (63, 64):
        frame = sky_frame(1, 48, width)
        assert np.array_equal(column_of(frame, 0.0), frame[:, width // 2])


def test_a_column_does_not_hold_on_to_its_frame():
    assert column_of(sky_frame(1), 0.0).base is None


@pytest.mark.parametrize(("rotation", "quarter_turns"), [(90, 1), (180, 2), (-90, 3)])
def test_a_turned_camera_gives_the_column_of_the_frame_turned_back(
    rotation, quarter_turns
):
    frame = sky_frame(1, 61, 61)
    upright = np.rot90(frame, quarter_turns)
    assert np.array_equal(column_of(frame, rotation), upright[:, 30])


def test_north_east_of_up_begins_at_the_top_right():
    rows, columns = line_through_middle(101, 101, 45.0)
    assert rows[0] < 50 < columns[0]
    assert (np.diff(rows) >= 0).all()
    assert (np.diff(columns) <= 0).all()
    assert (rows[len(rows) // 2], columns[len(columns) // 2]) == (50, 50)


@given(
    st.integers(1, 80), st.integers(1, 80), st.floats(-180, 180, allow_subnormal=False)
)
def test_the_line_stays_in_the_frame_at_any_angle(height, width, rotation):
    rows, columns = line_through_middle(height, width, rotation)
    assert 1 <= len(rows) == len(columns) <= height
    assert 0 <= rows.min() <= rows.max() < height
    assert 0 <= columns.min() <= columns.max() < width


def test_a_column_shows_the_first_frame_taken_in_it():
    frames = [
        record(0),
        record(0, second=30),
        record(1, second=10),
        record(1, second=40),
    ]
    shown = slots(AXIS, frames)
    assert shown[:2] == [frames[0], frames[2]]


def test_gaps_stay_visible():
    frames = [record(minute) for minute in (0, 1, 2, 5, 6, 8, 9)]
    shown = slots(AXIS, frames)
    assert minutes(shown) == [0, 1, 2, None, None, 5, 6, None, 8, 9]
    assert gaps(AXIS, shown, AXIS.count) == [
        Interval(AXIS.time_of(3), AXIS.time_of(5)),
        Interval(AXIS.time_of(7), AXIS.time_of(8)),
    ]
    assert gaps(AXIS, shown, 4) == [Interval(AXIS.time_of(3), AXIS.time_of(4))]


def test_a_missing_minute_is_a_gap_at_a_cadence_of_half_a_minute():
    frames = [record(m, second=s) for m in (0, 1, 3, 4) for s in (5, 35)]
    assert minutes(slots(AXIS, frames))[:5] == [0, 1, None, 3, 4]


def test_jitter_at_the_border_of_columns_makes_no_gap():
    offsets_s = (59, 61, 59, 61, 60, 59)
    frames = [
        record(0, second=60 * index + offset) for index, offset in enumerate(offsets_s)
    ]
    assert None not in slots(AXIS, frames)[1:6]


def test_the_last_column_reaches_beyond_the_night_and_is_no_gap():
    frames = [record(minute) for minute in range(9)]
    assert minutes(slots(AXIS, frames))[-2:] == [8, 8]
    assert minutes(slots(AXIS, frames[:-1]))[-2:] == [None, None]


def test_frames_outside_the_axis_are_not_shown():
    assert minutes(slots(AXIS, [record(-1), record(10), record(11)])) == [None] * 10


@given(st.lists(st.integers(0, 700), unique=True), st.randoms())
def test_a_slot_does_not_care_in_which_order_frames_were_added(seconds, random):
    frames = [record(0, second=second) for second in seconds]
    shuffled = random.sample(frames, len(frames))
    in_order = slots(AXIS, sorted(frames, key=lambda one: one.order))
    assert slots(AXIS, sorted(shuffled, key=lambda one: one.order)) == in_order


def test_the_width_says_how_long_the_night_was():
    night = Interval(EVENING, EVENING + 10 * HOUR)
    assert TimeAxis.over(night, 60.0).count == 600
    assert TimeAxis.over(night, 90.0).count == 400
    assert TimeAxis.over(Interval(EVENING, EVENING), 60.0).count == 1


# Sunset and sunrise of Berlin on 21 and 22 June 2026 and of 21 and 22 December 2026, as almanacs print them (± 2 min).
@pytest.mark.parametrize(
    ("evening", "sunset", "sunrise"),
    [
        ("2026-06-21", "2026-06-21T21:33+02:00", "2026-06-22T04:43+02:00"),
        ("2026-12-21", "2026-12-21T15:54+01:00", "2026-12-22T08:15+01:00"),
    ],
)
def test_the_axis_goes_from_sunset_to_sunrise(evening, sunset, sunrise):
    night = Night.named(evening, ZoneInfo("Europe/Berlin"))
    axis = night_axis(Place(52.52, 13.405), night)
    for found, printed in ((axis.start_utc, sunset), (axis.end_utc, sunrise)):
        difference = abs(found - dt.datetime.fromisoformat(printed))
        assert difference <= dt.timedelta(minutes=3)
        assert found.second == found.microsecond == 0


def test_the_polar_night_goes_from_noon_to_noon():
    night = Night.named("2026-12-21", ZoneInfo("Arctic/Longyearbyen"))
    assert night_axis(Place(78.2, 15.6), night) == Interval(
        night.start_utc, night.end_utc
    )


def test_the_polar_day_has_two_hours_around_the_lowest_sun():
    night = Night.named("2026-06-21", ZoneInfo("Arctic/Longyearbyen"))
    axis = night_axis(Place(78.2, 15.6), night)
    assert axis.length == 2 * HOUR
    # Local solar midnight: 0 h - 15.6° / 15° per hour, equation of time about -2 min
    middle = axis.start_utc + HOUR
    solar_midnight = dt.datetime(2026, 6, 21, 22, 59, tzinfo=dt.UTC)
    assert abs(middle - solar_midnight) < dt.timedelta(minutes=8)
