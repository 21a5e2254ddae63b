import contextlib
import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import series
from hub.series import Reason, Stretch, with_holes
from hub.series.moments import DAY_MS, HOUR_MS, MINUTE_MS, milliseconds

NOW = dt.datetime(2026, 11, 22, 6, 0, tzinfo=dt.UTC)
NOW_MS = milliseconds(NOW)
WINDOW = series.Window.of(NOW, NOW)
CAMERA = "ASK001"


@contextlib.contextmanager
def opened(folder):
    series.migrate(folder / "series.db")
    with contextlib.closing(series.connect(folder / "series.db")) as db:
        yield db


@pytest.fixture
def db(tmp_path):
    with opened(tmp_path) as found:
        yield found


def fill(db, minutes_ago, sensor="outside", value=lambda minutes: minutes % 700 / 10):
    """Store a reading at each of these minutes before now."""
    points = [
        {
            "sensor": sensor,
            "quantity": "dew_spread",
            "unit": "K",
            "time": (NOW - dt.timedelta(minutes=minutes)).isoformat(),
            "value": value(minutes),
        }
        for minutes in minutes_ago
    ]
    assert series.add_points(db, CAMERA, points, WINDOW).accepted == len(points)


def last(hours):
    return Stretch(NOW_MS - int(hours * HOUR_MS), NOW_MS, NOW_MS)


def curve(db, stretch, points=1500, sensor="outside"):
    wanted = [one for one in series.series_of(db, CAMERA) if one.sensor == sensor]
    found = series.curves(db, CAMERA, wanted, stretch, points)
    return found.width_ms, *found.curves


def sum_up(db):
    while series.recompute_dirty(db, 1000, NOW + dt.timedelta(days=2)):
        pass


def test_few_readings_are_shown_as_they_are(db):
    fill(db, range(60, 0, -1))
    width_ms, found = curve(db, last(1))
    assert width_ms == 0
    assert [one.total for one in found.buckets] == [m / 10 for m in range(60, 0, -1)]
    assert found.interval_ms == MINUTE_MS
    assert found.gaps == []


@pytest.mark.parametrize("summed", [False, True])
@pytest.mark.parametrize(
    ("hours", "points", "width_ms"),
    [
        (24, 1500, 0),
        (24, 300, 5 * MINUTE_MS),
        (24, 60, 30 * MINUTE_MS),
        (24, 30, HOUR_MS),
        (48, 20, 3 * HOUR_MS),
        (48, 3, DAY_MS),
        (48, 2, 2 * DAY_MS),
    ],
)
def test_the_resolution_is_the_finest_that_fits_and_every_reading_is_in_it(
    db, summed, hours, points, width_ms
):
    fill(db, range(2880, 0, -2))
    if summed:
        sum_up(db)
    found_ms, found = curve(db, last(hours), points)
    assert found_ms == width_ms
    assert len(found.buckets) <= points
    assert all(one.start_ms % (width_ms or 1) == 0 for one in found.buckets)
    first = found.buckets[0].start_ms
    minutes = [m for m in range(2, 2881, 2) if NOW_MS - m * MINUTE_MS >= first]
    assert sum(one.n for one in found.buckets) == len(minutes)
    assert sum(one.total for one in found.buckets) == pytest.approx(
        sum(m % 700 / 10 for m in minutes)
    )
    assert min(one.low for one in found.buckets) == 0.0
    assert max(one.high for one in found.buckets) == 69.8
    assert found.gaps == []


def test_a_stretch_of_a_century_is_answered_in_few_points(db):
    fill(db, [100_000, 5])
    _, found = curve(db, Stretch(0, 100 * 365 * DAY_MS, NOW_MS), 2)
    assert sum(one.n for one in found.buckets) == 2


@pytest.mark.parametrize("points", [1500, 150, 48, 7, 1])
def test_coarser_curves_are_those_that_would_have_been_read(db, points):
    fill(db, (m for m in range(2880, 0, -7) if not 400 < m < 900))
    fill(db, [1000], "box", value=lambda minutes: -273.0)
    wanted = series.series_of(db, CAMERA)
    found = series.curves(db, CAMERA, wanted, last(47), points)
    coarse = series.coarser(found, max(1, points // 3))
    assert all(len(one.buckets) <= max(1, points // 3) for one in coarse.curves)
    for one, fine in zip(coarse.curves, found.curves, strict=True):
        assert one.gaps == fine.gaps
        for bucket in one.buckets:
            end_ms = bucket.start_ms + max(coarse.width_ms, 1)
            its = [b for b in fine.buckets if bucket.start_ms <= b.start_ms < end_ms]
            assert (bucket.n, bucket.marked) == tuple(
                map(sum, zip(*((b.n, b.marked) for b in its), strict=True))
            )
            assert bucket.low == min(
                (b.low for b in its if b.low is not None), default=None
            )
        assert sum(b.n for b in one.buckets) == sum(b.n for b in fine.buckets)


def test_a_silence_of_all_sensors_is_told_from_that_of_one(db):
    quiet = set(range(300, 400))
    fill(db, (m for m in range(600, 0, -1) if m not in quiet))
    fill(
        db,
        (m for m in range(600, 0, -1) if m not in quiet | set(range(100, 150))),
        "box",
    )
    _, outside = curve(db, last(10))
    _, box = curve(db, last(10), sensor="box")
    ends = [(NOW_MS - 400 * MINUTE_MS, NOW_MS - 299 * MINUTE_MS)]
    assert [(g.start_ms, g.end_ms) for g in outside.gaps] == ends
    assert [gap.reason for gap in outside.gaps] == [Reason.CAMERA_OFFLINE]
    reasons = [gap.reason for gap in box.gaps]
    assert reasons == [Reason.CAMERA_OFFLINE, Reason.SENSOR_SILENT]


def test_a_hole_parts_the_readings_of_both_sides_of_a_gap(db):
    fill(db, [30, 29, 28, 20, 19, 18, 1])
    width_ms, found = curve(db, last(1))
    values = [one and one.total for one in with_holes(found, width_ms)]
    assert values == [3.0, 2.9, 2.8, None, 2.0, 1.9, 1.8, None, 0.1]


def test_three_intervals_are_no_gap_yet(db):
    fill(db, [20, 18, 16, 10, 8, 2])
    assert curve(db, last(1))[1].gaps == []
    fill(db, [100, 98, 96, 94, 87])
    (gap,) = (
        g for g in curve(db, last(2))[1].gaps if g.end_ms < NOW_MS - 80 * MINUTE_MS
    )
    assert gap.end_ms - gap.start_ms == 7 * MINUTE_MS


def test_an_interval_that_became_longer_is_no_string_of_gaps(db):
    fill(db, [*range(1000, 500, -1), *range(500, 0, -10)])
    assert curve(db, last(17))[1].gaps == []


def test_silence_up_to_now_and_from_before_the_stretch_are_gaps(db):
    fill(db, [*range(600, 500, -1), *range(90, 60, -1)])
    _, found = curve(db, last(2))
    minutes = [
        ((NOW_MS - gap.start_ms) / MINUTE_MS, (NOW_MS - gap.end_ms) / MINUTE_MS)
        for gap in found.gaps
    ]
    assert minutes == [(120, 90), (61, 0)]


def test_a_stretch_without_any_reading_is_one_gap_when_there_were_readings_before(db):
    fill(db, range(600, 500, -1))
    _, found = curve(db, last(2))
    assert [(g.start_ms, g.end_ms) for g in found.gaps] == [
        (NOW_MS - 2 * HOUR_MS, NOW_MS)
    ]
    assert curve(db, Stretch(0, DAY_MS, NOW_MS))[1].gaps == []


def test_the_future_is_no_gap(db):
    fill(db, range(60, 0, -1))
    _, found = curve(db, Stretch(NOW_MS - HOUR_MS, NOW_MS + 5 * HOUR_MS, NOW_MS))
    assert found.gaps == []


def test_one_reading_alone_has_no_interval_and_no_gap(db):
    fill(db, [30])
    _, found = curve(db, last(1))
    assert (found.interval_ms, found.gaps) == (None, [])


@pytest.mark.parametrize("width_min", [10, 60])
def test_a_gap_is_found_between_buckets_too(db, width_min):
    fill(db, (m for m in range(1440, 0, -1) if not 300 < m <= 480))
    _, found = curve(db, last(24), 24 * 60 // width_min + 1)
    assert [round((g.end_ms - g.start_ms) / HOUR_MS) for g in found.gaps] == [3]


def test_buckets_narrower_than_the_interval_of_a_slow_sensor_show_no_gaps(db):
    fill(db, range(24 * 60, 0, -1))
    fill(db, range(24 * 60, 0, -17), "box")
    wanted = series.series_of(db, CAMERA)
    found = series.curves(db, CAMERA, wanted, last(24), 300)
    assert found.width_ms == 5 * MINUTE_MS
    assert [one.gaps for one in found.curves] == [[], []]


def test_an_implausible_value_is_marked_and_bends_no_curve(db):
    fill(db, range(60, 0, -1), value=lambda minutes: -273.0 if minutes == 31 else 5.0)
    for points in (100, 6, 1):
        _, found = curve(db, last(1), points)
        assert sum(one.marked for one in found.buckets) == 1
        assert {one.low for one in found.buckets} <= {5.0, None}
        assert {one.mean for one in found.buckets} <= {5.0, None}


def test_all_readings_are_given_on_demand_but_not_without_bound(db, monkeypatch):
    fill(db, range(3000, 0, -1))
    wanted = series.series_of(db, CAMERA)
    found = series.all_readings(db, CAMERA, wanted, last(50))
    assert (found.width_ms, len(found.curves[0].buckets)) == (0, 3000)
    monkeypatch.setattr("hub.series.resolution.MOST_READINGS", 2999)
    with pytest.raises(series.TooManyReadingsError):
        series.all_readings(db, CAMERA, wanted, last(50))


@settings(max_examples=40, deadline=None)
@given(
    minutes=st.sets(st.integers(1, 20_000), min_size=1, max_size=60),
    points=st.integers(1, 400),
    hours=st.floats(0.1, 400),
    summed=st.booleans(),
)
def test_buckets_of_any_width_are_the_sums_of_their_readings(
    tmp_path_factory, minutes, points, hours, summed
):
    with opened(tmp_path_factory.mktemp("series")) as db:
        fill(db, sorted(minutes, reverse=True), value=lambda m: m % 80)
        if summed:
            sum_up(db)
        width_ms, found = curve(db, last(hours), points)
        assert len(found.buckets) <= points
        values = {NOW_MS - m * MINUTE_MS: m % 80 for m in minutes}
        for one in found.buckets:
            its = [
                value
                for ts_ms, value in values.items()
                if one.start_ms <= ts_ms < one.start_ms + max(width_ms, 1)
            ]
            assert (one.n, one.low, one.high) == (len(its), min(its), max(its))
            assert math.isclose(one.total, sum(its), abs_tol=1e-9)
        inside = [ts for ts in values if ts >= NOW_MS - int(hours * HOUR_MS)]
        assert sum(one.n for one in found.buckets) >= len(inside)
        assert all(
            a.end_ms <= b.start_ms
            for a, b in zip(found.gaps, found.gaps[1:], strict=False)
        )
