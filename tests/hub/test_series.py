import contextlib
import datetime as dt

import pytest

from hub import series

NOW = dt.datetime(2026, 11, 22, 6, 0, tzinfo=dt.UTC)
WINDOW = series.Window.of(NOW - dt.timedelta(days=30), NOW)


@pytest.fixture
def db(tmp_path):
    series.migrate(tmp_path / "series.db")
    with contextlib.closing(series.connect(tmp_path / "series.db")) as opened:
        yield opened


def point(minute=0, value=3.5, **changes):
    moment = NOW - dt.timedelta(minutes=minute)
    return {
        "sensor": "outside",
        "quantity": "temperature",
        "time": moment.isoformat(),
        "value": value,
        "unit": "°C",
    } | changes


def test_readings_come_back_in_the_order_of_time(db):
    points = [point(2, 2.0), point(1, 1.0), point(3, 3.0)]
    points.append(point(1, 71, quantity="humidity", unit="%"))
    assert series.add_points(db, "ASK001", points, WINDOW).accepted == 4
    found = series.readings_between(db, "ASK001", NOW - dt.timedelta(hours=1), NOW)
    minutes = [NOW - dt.timedelta(minutes=minute) for minute in (3, 2, 1)]
    assert found == {
        ("outside", "humidity"): [(minutes[2], 71.0)],
        ("outside", "temperature"): list(zip(minutes, (3.0, 2.0, 1.0), strict=True)),
    }


def test_the_start_belongs_to_a_stretch_and_the_end_does_not(db):
    series.add_points(db, "ASK001", [point(10), point(0)], WINDOW)
    found = series.readings_between(db, "ASK001", NOW - dt.timedelta(minutes=10), NOW)
    assert len(found["outside", "temperature"]) == 1


def test_cameras_do_not_see_each_other(db):
    series.add_points(db, "ASK001", [point()], WINDOW)
    series.add_points(db, "ASK002", [point(value=9.0)], WINDOW)
    assert [one.value for one in series.latest_readings(db, "ASK002")] == [9.0]
    assert series.latest_readings(db, "ASK003") == []


def test_the_latest_of_each_series_is_found(db):
    points = [point(5, 1.0), point(1, 2.0), point(3, 3.0), point(2, sensor="box")]
    series.add_points(db, "ASK001", points, WINDOW)
    box, outside = series.latest_readings(db, "ASK001")
    assert (box.sensor, box.quantity) == ("box", "temperature")
    assert outside == series.LatestReading(
        "outside", "temperature", "°C", 2.0, NOW - dt.timedelta(minutes=1)
    )


def test_the_first_value_of_a_moment_stays(db):
    points = [point(1, 1.0), point(1, 1.0), point(1, 2.0)]
    answer = series.add_points(db, "ASK001", points, WINDOW)
    assert (answer.accepted, answer.duplicate, answer.conflict) == (1, 1, 1)
    assert series.latest_readings(db, "ASK001")[0].value == 1.0


def test_times_are_told_apart_by_the_millisecond_and_in_any_zone(db):
    moment = dt.datetime(2026, 11, 22, 1, 2, 3, 4567, tzinfo=dt.UTC)
    berlin = dt.timezone(dt.timedelta(hours=1))
    times = [moment.isoformat(), moment.astimezone(berlin).isoformat()]
    times.append((moment + dt.timedelta(milliseconds=1)).isoformat())
    answer = series.add_points(
        db, "ASK001", [point(time=time) for time in times], WINDOW
    )
    assert (answer.accepted, answer.duplicate) == (2, 1)


def test_an_implausible_value_is_stored_like_any_other(db):
    assert series.add_points(db, "ASK001", [point(value=-300.0)], WINDOW).accepted == 1


@pytest.mark.parametrize(
    ("bad", "code", "word"),
    [
        ({}, "invalid", "sensor"),
        (point(sensor="<b>"), "invalid", "sensor"),
        (point(value="NaN"), "invalid", "value"),
        (point(value=1e999), "invalid", "value"),
        (point(value=None), "invalid", "value"),
        (point(time="2026-11-22T05:00:00"), "invalid", "time"),
        (point(time="yesterday"), "invalid", "time"),
        (point(unit="K"), "wrong_unit", "°C"),
        (point(-6), "future", "5 minutes"),
        (point(time="1970-01-01T00:01:00+00:00"), "too_old", "clock"),
        (point(time="2025-09-17T05:59:59+00:00"), "too_old", "joined"),
    ],
)
def test_a_bad_point_is_named_with_its_reason(db, bad, code, word):
    answer = series.add_points(db, "ASK001", [point(1), bad, point(2)], WINDOW)
    assert answer.accepted == 2
    (rejected,) = answer.rejected
    assert (rejected.index, rejected.code) == (1, code)
    assert word in rejected.detail


def test_a_reading_takes_at_most_thirty_bytes(db, tmp_path):
    sensors = [f"s{number}" for number in range(8)]
    for newest in range(6000, 0, -60):  # an hour of all sensors at a time, as they come
        points = [
            point(minute, minute / 7, sensor=sensor)
            for minute in range(newest, newest - 60, -1)
            for sensor in sensors
        ]
        assert series.add_points(db, "ASK001", points, WINDOW).accepted == 480
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (tmp_path / "series.db").stat().st_size / 48_000 < 30


def test_a_quantity_that_only_a_newer_camera_knows_is_kept(db):
    new = point(quantity="ozone", unit="DU", value=310.0)
    assert series.add_points(db, "ASK001", [new], WINDOW).accepted == 1
    assert ("DU", 310.0) in {
        (latest.unit, latest.value) for latest in series.latest_readings(db, "ASK001")
    }


def test_what_a_camera_measured_before_it_joined_is_taken(db):
    old = point(time="2025-09-18T06:00:01+00:00")
    assert series.add_points(db, "ASK001", [old], WINDOW).accepted == 1


def test_one_series_too_many_is_refused_and_the_known_ones_go_on(db):
    points = [point(sensor=f"s{number}") for number in range(4)]
    answer = series.add_points(db, "ASK001", points, WINDOW, most_series=3)
    assert answer.accepted == 3
    (rejected,) = answer.rejected
    assert (rejected.index, rejected.code) == (3, "too_many_series")
    assert "s3.temperature" in rejected.detail
    again = [point(1, sensor=f"s{number}") for number in range(4)]
    assert series.add_points(db, "ASK001", again, WINDOW, most_series=3).accepted == 3
    assert series.add_points(db, "ASK002", again, WINDOW, most_series=4).accepted == 4
