import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.public import curve_charts
from hub.series import Bucket, Curve, Gap, Reason, Series, Stretch

HOUR_MS = 3_600_000
DAY = Stretch(0, 24 * HOUR_MS, 24 * HOUR_MS)


def curve(values, quantity="temperature", gaps=(), every_ms=HOUR_MS):
    buckets = [
        Bucket(index * every_ms, 1, 0, value, value, value)
        if value is not None
        else Bucket(index * every_ms, 1, 1, None, None, 999.0)
        for index, value in enumerate(values)
    ]
    series = Series(1, "outside", quantity, "")
    return Curve(series, buckets, every_ms, [Gap(*gap) for gap in gaps])


def spots(path):
    """Return the points of a path: after each M absolute, then step by step."""
    found = []
    for run in re.findall(r"M([^M]*)", path):
        numbers = [int(one) for one in re.findall(r"-?\d+", run)]
        x, y = numbers[:2]
        points = [(x, y)]
        for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        found.append(points)
    return found


def test_a_line_goes_from_point_to_point_in_the_box():
    chart = curve_charts.draw(DAY, 0, [curve([0.0, 10.0, 5.0])])
    (run,) = spots(chart.traces[0].line)
    assert [x for x, _ in run] == [0, 42, 83]
    assert [y for _, y in run] == [400, 0, 200]
    assert chart.traces[0].band == ""


def test_a_value_that_is_implausible_leaves_a_hole():
    chart = curve_charts.draw(DAY, 0, [curve([1.0, 2.0, None, 4.0])])
    assert [len(run) for run in spots(chart.traces[0].line)] == [2, 2]
    assert chart.marked == 1
    assert chart.levels[-1].value < 10


def test_buckets_have_a_band_and_stand_in_the_middle_of_their_width():
    buckets = [Bucket(n * HOUR_MS, 2, 0, n - 1.0, n + 1.0, 2.0 * n) for n in range(3)]
    found = Curve(Series(1, "a", "temperature", "°C"), buckets, 60_000, [])
    chart = curve_charts.draw(DAY, HOUR_MS, [found])
    assert [x for x, _ in spots(chart.traces[0].line)[0]] == [21, 62, 104]
    assert chart.traces[0].band.endswith("z")


def test_nothing_plausible_is_no_chart():
    assert curve_charts.draw(DAY, 0, [curve([None, None])]) is None
    assert curve_charts.draw(DAY, 0, [curve([])]) is None
    assert curve_charts.draw(DAY, 0, [curve([0.0], "illuminance")]) is None


def test_light_is_drawn_by_powers_of_ten():
    chart = curve_charts.draw(
        DAY, 0, [curve([0.001, 0.0, 1.0, 100_000.0], "illuminance")]
    )
    assert [level.value for level in chart.levels] == [
        0.001,
        0.1,
        10.0,
        1000.0,
        100_000.0,
    ]
    assert [len(run) for run in spots(chart.traces[0].line)] == [
        2,
        2,
    ]  # a lone one twice
    first, last = spots(chart.traces[0].line)
    assert (first[0][1], last[-1][1]) == (400, 0)


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (-2, -1, []),
        (-1, 1, [(0, 4.167)]),
        (23, 25, [(95.833, 4.167)]),
        (25, 26, []),
        (2, 4, [(8.333, 8.334)]),
    ],
)
def test_an_absence_is_shown_as_far_as_it_lies_in_the_chart(start, end, shown):
    gap = (start * HOUR_MS, end * HOUR_MS, Reason.CAMERA_OFFLINE)
    chart = curve_charts.draw(DAY, 0, [curve([1.0], gaps=[gap])])
    assert [(one.percent, one.width_percent) for one in chart.absences] == shown


def test_an_absence_that_several_curves_tell_of_is_one():
    gap = (2 * HOUR_MS, 4 * HOUR_MS, Reason.CAMERA_OFFLINE)
    longer = (3 * HOUR_MS, 5 * HOUR_MS, Reason.CAMERA_OFFLINE)
    own = (7 * HOUR_MS, 8 * HOUR_MS, Reason.SENSOR_SILENT)
    family = [curve([1.0], gaps=[gap, own]), curve([2.0], gaps=[longer])]
    (one,) = curve_charts.draw(DAY, 0, family).absences
    assert (one.gap.start_ms, one.gap.end_ms) == (2 * HOUR_MS, 5 * HOUR_MS)


@settings(deadline=None)
@given(
    values=st.lists(st.none() | st.floats(-1e6, 1e6), max_size=40),
    width_ms=st.sampled_from([0, HOUR_MS]),
    quantity=st.sampled_from(["temperature", "illuminance", "ozone"]),
)
def test_whatever_is_drawn_stays_within_the_height_of_the_box(
    values, width_ms, quantity
):
    chart = curve_charts.draw(DAY, width_ms, [curve(values, quantity)])
    for trace in chart.traces if chart else ():
        for run in spots(trace.line):
            assert all(0 <= y <= 400 for _, y in run)
