import contextlib
import datetime as dt
import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import series
from hub.series.moments import HOUR_MS

NOW = dt.datetime(2026, 11, 22, 6, 0, tzinfo=dt.UTC)
WINDOW = series.Window.of(NOW - dt.timedelta(days=30), NOW)
LATER = NOW + dt.timedelta(hours=2)


@contextlib.contextmanager
def opened(folder):
    series.migrate(folder / "series.db")
    with contextlib.closing(series.connect(folder / "series.db")) as db:
        yield db


@pytest.fixture
def db(tmp_path):
    with opened(tmp_path) as found:
        yield found


def point(minutes_ago, value=3.5, quantity="temperature", unit="°C", sensor="outside"):
    moment = NOW - dt.timedelta(minutes=minutes_ago)
    return {
        "sensor": sensor,
        "quantity": quantity,
        "time": moment.isoformat(),
        "value": value,
        "unit": unit,
    }


def add(db, *points, camera_id="ASK001"):
    answer = series.add_points(db, camera_id, points, WINDOW)
    assert not answer.rejected
    return answer.accepted


def sum_up(db, now=LATER):
    rounds = 0
    while series.recompute_dirty(db, 3, now):
        rounds += 1
    return rounds


def rows(db, table):
    return [tuple(row) for row in db.execute(f"SELECT * FROM {table}")]


def test_an_hour_has_count_least_largest_and_sum(db):
    add(db, point(50, 1.0), point(40, 4.0), point(30, -2.5))
    hour = int(NOW.timestamp() // 3600) - 1
    assert sum_up(db) == 1
    assert rows(db, "hourly") == [(1, hour, 3, 0, -2.5, 4.0, 2.5)]
    assert rows(db, "daily") == [(1, hour // 24, 3, 0, -2.5, 4.0, 2.5)]
    assert rows(db, "dirty") == []


def test_a_late_reading_makes_its_hour_and_day_anew(db):
    add(db, point(50, 1.0))
    sum_up(db)
    add(db, point(49, 9.0), point(200, -9.0))
    sum_up(db)
    assert [row[2:] for row in rows(db, "hourly")] == [
        (1, 0, -9.0, -9.0, -9.0),
        (2, 0, 1.0, 9.0, 10.0),
    ]
    assert [row[2:] for row in rows(db, "daily")] == [(3, 0, -9.0, 9.0, 1.0)]


def test_the_hour_that_goes_on_waits(db):
    add(db, point(0))
    assert not series.recompute_dirty(db, 10, NOW + dt.timedelta(minutes=69))
    assert series.recompute_dirty(db, 10, NOW + dt.timedelta(minutes=70))
    assert not series.recompute_dirty(db, 10, NOW + dt.timedelta(minutes=70))


def test_a_duplicate_makes_nothing_dirty(db):
    add(db, point(50))
    sum_up(db)
    assert add(db, point(50)) == 0
    assert rows(db, "dirty") == []


def test_an_implausible_value_is_counted_and_marked_but_bends_nothing(db):
    add(db, point(50, 5.0), point(40, -273.0), point(30, 5.0, "ozone", "DU"))
    add(db, point(200, 999.0))
    sum_up(db)
    assert [row[2:] for row in rows(db, "hourly")] == [
        (1, 1, None, None, None),
        (2, 1, 5.0, 5.0, 5.0),
        (1, 0, 5.0, 5.0, 5.0),
    ]
    assert rows(db, "daily")[0][2:] == (3, 2, 5.0, 5.0, 5.0)


@pytest.mark.parametrize("summed", [False, True])
def test_days_are_counted_before_and_after_they_are_summed_up(db, summed):
    hours = range(
        1, 60
    )  # back from 06:00: 6 today, 24 yesterday and the day before, 5 on the 19th
    add(db, *(point(60 * hour, sensor=sensor) for hour in hours for sensor in "ab"))
    add(db, point(60), camera_id="ASK002")
    if summed:
        assert sum_up(db) > 10
    asked = ["2026-11-22", "2026-11-21", "2026-11-19", "2026-11-01", "2026-02-31"]
    assert series.counts_by_day(db, "ASK001", asked) == {
        "2026-11-22": 12,
        "2026-11-21": 48,
        "2026-11-19": 10,
        "2026-11-01": 0,
    }


def test_two_that_sum_up_at_once_do_it_once(tmp_path):
    with opened(tmp_path) as one, opened(tmp_path) as other:
        add(one, *(point(60 * hour) for hour in range(1, 10)))
        while series.recompute_dirty(one, 2, LATER) | series.recompute_dirty(
            other, 2, LATER
        ):
            pass
        assert len(rows(one, "hourly")) == 9


@settings(max_examples=30, deadline=None)
@given(
    batches=st.lists(
        st.lists(
            st.tuples(st.integers(0, 4000), st.floats(-50, 50)),
            min_size=1,
            max_size=30,
        ),
        max_size=5,
    ),
    summed=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_whatever_comes_in_whatever_order_the_sums_are_those_of_the_readings(
    tmp_path_factory, batches, summed
):
    with opened(tmp_path_factory.mktemp("series")) as db:
        for batch, also in zip(batches, summed, strict=False):
            add(db, *(point(minutes, value) for minutes, value in batch))
            if also:
                sum_up(db)
        sum_up(db)
        found = rows(db, "reading")
        for table, width_ms in (("hourly", HOUR_MS), ("daily", 24 * HOUR_MS)):
            for _, number, n, marked, low, high, total in rows(db, table):
                values = [v for _, ts, v in found if ts // width_ms == number]
                assert (n, marked, low, high) == (
                    len(values),
                    0,
                    min(values),
                    max(values),
                )
                assert math.isclose(total / n, statistics.fmean(values), abs_tol=1e-9)
            assert sum(row[2] for row in rows(db, table)) == len(found)
