import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from hub.public.charts import HEIGHT, draw, round_levels, slotted, unbroken
from hub.public.timeline import TimeAxis
from products.sun import Place

MINUTE = dt.timedelta(minutes=1)
START = dt.datetime(2026, 11, 21, 15, 23, tzinfo=dt.UTC)
AXIS = TimeAxis(START, START + 16 * 60 * MINUTE, ZoneInfo("Europe/Berlin"))


def every(minutes, count, value=float):
    return [(START + i * minutes * MINUTE, value(i)) for i in range(count)]


def test_ticks_stand_on_full_hours_of_local_time():
    first = AXIS.ticks[0]
    assert first.moment_utc == dt.datetime(2026, 11, 21, 16, tzinfo=dt.UTC)
    assert first.percent == pytest.approx(100 * 37 / 960, abs=0.001)
    assert len(AXIS.ticks) == 16


def test_ticks_are_full_hours_in_zones_that_are_not_whole_hours_from_utc():
    zone = ZoneInfo("Asia/Kathmandu")
    axis = TimeAxis(START, START + 6 * 60 * MINUTE, zone)
    assert {tick.moment_utc.astimezone(zone).minute for tick in axis.ticks} == {0}


def test_an_hour_that_comes_twice_has_two_ticks():
    start = dt.datetime(2026, 10, 24, 22, tzinfo=dt.UTC)
    axis = TimeAxis(start, start + 6 * 60 * MINUTE, ZoneInfo("Europe/Berlin"))
    hours = [tick.moment_utc.astimezone(axis.zone).hour for tick in axis.ticks]
    assert hours == [0, 1, 2, 2, 3, 4, 5]


def test_the_ticks_of_narrow_screens_are_every_fourth_hour():
    hours = [
        tick.moment_utc.astimezone(AXIS.zone).hour
        for tick in AXIS.ticks
        if tick.every == 4
    ]
    assert hours == [20, 0, 4, 8]


def test_a_label_at_the_very_edge_is_left_out():
    start = dt.datetime(2026, 11, 21, 16, tzinfo=dt.UTC)
    axis = TimeAxis(start, start + 12 * 60 * MINUTE, ZoneInfo("UTC"))
    assert [tick.labelled for tick in axis.ticks] == [False, *[True] * 11, False]


def test_the_bands_cover_the_axis_without_gaps():
    bands = AXIS.bands(Place(51.1, 10.45))
    assert [band.light for band in bands] == [
        "day",
        "twilight",
        "night",
        "twilight",
        "day",
    ]
    assert bands[0].percent == 0
    for one, following in pairwise(bands):
        assert one.percent + one.width_percent == pytest.approx(
            following.percent, abs=0.01
        )
    assert bands[-1].percent + bands[-1].width_percent == pytest.approx(100, abs=0.01)


def test_gaps_stay_visible():
    samples = [
        *every(5, 10),
        *[(when + 3 * 60 * MINUTE, value) for when, value in every(5, 10)],
    ]
    assert [len(run) for run in unbroken(samples)] == [10, 10]
    assert draw(AXIS, {"temperature": samples}).lines[0].path.count("M") == 2


def test_a_slow_sensor_is_one_line_not_many_dots():
    assert len(unbroken(every(30, 12))) == 1


def test_a_lone_value_is_a_dot():
    path = draw(AXIS, {"temperature": every(5, 1)}).lines[0].path
    place, again = path.removeprefix("M").split("L")
    assert place == again


def test_what_lies_outside_the_axis_is_not_drawn():
    before = [(START - 5 * MINUTE, 40.0)]
    assert draw(AXIS, {"temperature": before}) is None
    assert draw(AXIS, {"temperature": [*before, *every(5, 3)]}).levels[-1].value < 40


def test_nothing_measured_is_no_chart():
    assert draw(AXIS, {"temperature": [], "dew_point": []}) is None


def test_larger_magnitudes_are_higher_as_on_the_chart_that_the_camera_draws():
    chart = draw(AXIS, {"sky_brightness": [(START, 18.0), (START + MINUTE, 21.4)]})
    brighter, darker = (
        float(point.split()[1]) for point in chart.lines[0].path[1:].split("L")
    )
    assert darker < brighter  # pixels from the top


def test_twilight_does_not_flatten_the_night():
    chart = draw(
        AXIS,
        {"sky_brightness": [(START, 5.0), (START + MINUTE, 21.4)]},
        most_span=5,
    )
    assert chart.levels[0].value >= 16
    leaving, _ = (
        float(point.split()[1]) for point in chart.lines[0].path[1:].split("L")
    )
    assert leaving > HEIGHT


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (-3.2, 4.1),
        (0, 0),
        (21.3, 21.35),
        (0, 100),
        (-60, 85),
        (955.2, 971.9),
        (1e-4, 2e5),
    ],
)
def test_levels_are_few_round_and_embrace_the_values(low, high):
    levels = round_levels(low, high)
    assert levels[0] <= low
    assert levels[-1] >= high
    assert 3 <= len(levels) <= 7
    assert len({round(b - a, 6) for a, b in pairwise(levels)}) == 1


def test_many_values_are_averaged_without_moving_them():
    samples = [(START + i * MINUTE / 2, 7.0) for i in range(1900)]
    fewer = slotted(AXIS, samples)
    assert len(fewer) <= 500
    assert {value for _, value in fewer} == {7.0}
    assert fewer[0][0] >= samples[0][0]
    assert fewer[-1][0] <= samples[-1][0]
