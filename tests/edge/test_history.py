import csv
import datetime as dt
import json
import math
from contextlib import closing
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.cli import main
from edge.clock import SystemClock, VirtualClock
from edge.config import parse
from edge.environment import Environment
from edge.history import History, span_of
from edge.history_chart import HEIGHT, WIDTH, chart
from edge.store import Store
from edge.store_agreement import readings_sent
from edge.store_history import (
    Sample,
    Span,
    purge_hours,
    purge_readings,
    roll_up,
    samples,
)

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
SITE = {
    "name": "Hill",
    "latitude_deg": 48.05,
    "longitude_deg": 8.2,
    "zone": "Europe/Berlin",
}


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path)) as store:
        yield store


def add(store, moment, value, quality="", quantity="temperature"):
    reading = {
        "sensor": "air",
        "quantity": quantity,
        "value": value,
        "unit": "°C",
        "quality": quality,
    }
    store.add_readings(moment, [reading])


def rolled(store, span, quantity=""):
    while roll_up(store, 7):
        pass
    return list(samples(store, span, NOON - 1000 * DAY, NOON + 1000 * DAY, quantity))


def test_hours_and_days_have_lowest_mean_highest_and_count(store):
    for minute, value in ((0, 1.0), (20, 2.0), (59, 6.0), (60, 10.0)):
        add(store, NOON + dt.timedelta(minutes=minute), value)
    first, second = rolled(store, Span.HOUR)
    assert (first.start_utc, second.start_utc) == (NOON, NOON + HOUR)
    assert (first.lowest, first.mean, first.highest, first.count) == (1, 3, 6, 3)
    assert (second.mean, second.count) == (10, 1)
    (day,) = rolled(store, Span.DAY)
    assert day.start_utc == NOON.replace(hour=0)
    assert (day.lowest, day.mean, day.highest, day.count) == (1, 4.75, 10, 4)


@given(
    st.lists(
        st.tuples(st.integers(0, 200_000), st.floats(-60, 60)), min_size=1, max_size=40
    ),
    st.data(),
)
@settings(max_examples=25, deadline=None)
def test_whenever_it_is_rolled_up_every_reading_counts_once(
    tmp_path_factory, readings, data
):
    readings = list(dict(readings).items())
    with closing(Store(tmp_path_factory.mktemp("data"))) as store:
        for second, value in readings:
            add(store, NOON + dt.timedelta(seconds=second), value)
            if data.draw(st.booleans()):
                roll_up(store, data.draw(st.integers(1, 5)))
        days = rolled(store, Span.DAY)
    assert sum(day.count for day in days) == len(readings)
    total = sum(day.mean * day.count for day in days)
    assert math.isclose(total, sum(v for _, v in readings), abs_tol=1e-6)
    assert min(day.lowest for day in days) == min(v for _, v in readings)


def test_what_is_marked_as_impossible_is_in_no_hour(store):
    add(store, NOON, 20.0)
    add(store, NOON + dt.timedelta(minutes=1), 127.9, quality="range")
    (hour,) = rolled(store, Span.HOUR)
    assert (hour.highest, hour.count) == (20.0, 1)
    marked = [one.quality for one in samples(store, Span.READING, NOON, NOON + HOUR)]
    assert marked == ["", "range"]


def test_only_what_is_in_its_hour_and_sent_goes_and_numbers_never_come_again(store):
    for hours in range(4):
        add(store, NOON + hours * HOUR, float(hours))
    later = NOON + 10 * DAY
    assert not purge_readings(store, later, 100, unsent=True)
    assert len(store.unsent_readings(10)) == 4
    roll_up(store, 100)
    purge_readings(store, later, 100, unsent=False)
    assert len(store.unsent_readings(10)) == 4
    readings_sent(store, [one.id for one in store.unsent_readings(2)])
    purge_readings(store, later, 100, unsent=False)
    assert len(store.unsent_readings(10)) == 2
    purge_readings(store, later, 100, unsent=True)
    (newest,) = store.unsent_readings(10)
    assert newest.value == 3.0
    add(store, later, 9.0)
    assert sum(one.count for one in rolled(store, Span.HOUR)) == 5


def test_hours_go_and_days_stay(store):
    add(store, NOON, 1.0)
    roll_up(store, 10)
    purge_hours(store, NOON + DAY, 10)
    assert rolled(store, Span.HOUR) == []
    assert len(rolled(store, Span.DAY)) == 1


def camera_settings(tmp_path, **disk):
    air = {"name": "air", "driver": "simulated-climate", "interval_s": 3600}
    raw = {"site": SITE, "sensors": [air], "disk": disk}
    return parse(raw).model_copy(update={"data": tmp_path})


def test_the_program_keeps_as_much_history_as_the_settings_say(tmp_path, store):
    chosen = camera_settings(tmp_path, readings_days=3, hours_days=10)
    clock = VirtualClock(NOON)
    with closing(Environment(chosen, clock)) as program:
        while clock.now() < NOON + 15 * DAY:
            clock.sleep(program.step())
    now = clock.now()
    kept = {
        span: [
            one.start_utc
            for one in samples(store, span, NOON - DAY, now, "temperature")
        ]
        for span in Span
    }
    for span, days in ((Span.READING, 3), (Span.HOUR, 10)):
        oldest = now - min(kept[span])
        assert abs(oldest - days * DAY) <= 3 * HOUR
    assert len(kept[Span.DAY]) == 16


def test_without_limits_nothing_goes(tmp_path, store):
    chosen = camera_settings(tmp_path, readings_days=None, hours_days=None)
    add(store, NOON, 1.0)
    clock = VirtualClock(NOON + 5000 * DAY)
    history = History(chosen, clock, store)
    clock.sleep(3600)
    history.step()
    assert len(store.unsent_readings(10)) == len(rolled(store, Span.HOUR)) == 1


@pytest.mark.parametrize(
    ("length", "kept", "span"),
    [
        (DAY, 90, Span.READING),
        (DAY, None, Span.READING),
        (7 * DAY, 90, Span.HOUR),
        (2 * DAY, 1, Span.HOUR),
        (400 * DAY, None, Span.DAY),
    ],
)
def test_long_stretches_are_shown_by_the_hour_and_the_day(length, kept, span):
    assert span_of(length, kept) is span


def sample(hours, value):
    moment = NOON + dt.timedelta(hours=hours)
    return Sample(moment, "air", "temperature", "°C", value, value, value)


def test_a_chart_shows_gaps_as_gaps():
    found = [sample(hours / 10, hours / 10) for hours in (*range(60), *range(180, 240))]
    *rows, times = chart(found, NOON, NOON + DAY, 1, BERLIN)
    assert len(rows) == HEIGHT
    assert rows[0].startswith("23.9 ┤")
    assert rows[-1].startswith(" 0.0 ┤")
    plots = [row.partition("┤")[2] for row in rows]
    assert {len(plot) for plot in plots} == {WIDTH}
    quarter = WIDTH // 4
    for plot in plots:
        assert set(plot[quarter : 3 * quarter]) == {"\u2800"}
    assert plots[0].rstrip("\u2800")[-1] != "\u2800"
    assert times.split() == ["13:00", "01:00", "13:00"]


def test_a_constant_is_a_line():
    rows = chart([sample(h, 5.0) for h in range(24)], NOON, NOON + DAY, 1, BERLIN)
    drawn = [row for row in rows[:-1] if set(row.partition("┤")[2]) != {"\u2800"}]
    assert len(drawn) == 1


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"site": SITE, "data": "data"}))
    now = SystemClock().now()
    with closing(Store(tmp_path / "data")) as store:
        for minutes in range(0, 600, 5):
            moment = now - dt.timedelta(minutes=minutes + 1)
            add(store, moment, 5 + 3 * math.sin(minutes / 60))
            add(store, moment, 80.0, quantity="humidity")
        add(store, now - dt.timedelta(seconds=30), 127.9, quality="range")
    return path


def ask(config, *arguments):
    return CliRunner().invoke(main, ["--config", str(config), "sensors", *arguments])


def test_the_history_is_drawn_with_its_figures(config):
    shown = ask(config, "--history", "24h")
    assert shown.exit_code == 0, shown.output
    assert "air: Temperature, °C, each reading" in shown.output
    assert "air: Humidity" in shown.output
    assert "lowest 2.0" in shown.output
    assert "120 readings, 1 marked as impossible" in shown.output
    one = ask(config, "--history", "24h", "--quantity", "temperature")
    assert "Humidity" not in one.output
    assert "Nothing was read" in ask(config, "--history", "30d").output


def test_a_spreadsheet_has_every_reading_with_its_quality(config, tmp_path):
    path = tmp_path / "out" / "air.csv"
    told = ask(config, "--history", "24h", "--csv", str(path))
    assert "241 rows, one for each reading" in told.output
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 241
    assert [row["mean"] for row in rows if row["quality"] == "range"] == ["127.9"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--history", "soon"),
        ("--history", "24h", "--scan"),
        ("--csv", "a.csv"),
        ("--quantity", "temperature"),
        ("--history", "24h", "--quantity", "mood"),
    ],
)
def test_wrong_usage_of_the_history_is_said(config, wrong):
    assert ask(config, *wrong).exit_code == 2
