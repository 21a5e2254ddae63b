"""Readings of a camera whose clock is not set: each is there once, under its true time, whatever happens between."""

import contextlib
import datetime as dt
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.clock_quality import ClockQuality
from edge.clock_trust import ClockTrust, by_the_clock_of_now
from edge.config import parse
from edge.environment import Environment
from edge.settings.clock import ClockSettings
from edge.store import Store
from edge.store_clock import (
    BootTime,
    date_readings,
    forget_boot,
    held_counts,
    hold_readings,
    note_time_of_boot,
    time_unknown,
)
from edge.store_history import Span, samples
from products.utc import parse_utc
from tests.fakes.clocks import UnsetClock

EPOCH = dt.datetime(1970, 1, 1, 0, 1, tzinfo=dt.UTC)
TRUE = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
SYNCHRONISED = ClockSettings()
SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path)) as store:
        yield store


@pytest.fixture
def clock():
    return UnsetClock(EPOCH, TRUE)


def reading(value, sensor="outside"):
    return {"sensor": sensor, "quantity": "temperature", "value": value, "unit": "°C"}


def stored(store):
    """Return value -> time of all readings."""
    rows = store.db.query("SELECT value, taken_utc FROM readings")
    return {row["value"]: parse_utc(row["taken_utc"]) for row in rows}


def environment(data, clock):
    sensor = {"name": "outside", "driver": "simulated-climate", "interval_s": 60}
    settings = parse({"site": SITE, "sensors": [sensor]})
    return Environment(settings.model_copy(update={"data": data}), clock)


def run(program, clock, seconds):
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        clock.sleep(max(0.1, program.step()))


def test_readings_of_1970_come_under_their_true_time_once(tmp_path, store, clock):
    with closing(environment(tmp_path, clock)) as program:
        run(program, clock, 3000)
        held = held_counts(store)[1]
        assert held > 50
        assert stored(store) == {}
        clock.set_by_ntp()
        run(program, clock, 600)
    times = [
        one.start_utc
        for one in samples(store, Span.READING, EPOCH - 9 * SECOND, TRUE + dt.timedelta(days=1), "temperature")
    ]  # fmt: skip
    assert times[0] == TRUE
    assert times == [TRUE + n * 60 * SECOND for n in range(len(times))]
    assert len(times) == 60
    assert held_counts(store) == (0, 0)


def test_a_clock_that_jumps_before_it_is_right_changes_nothing(tmp_path, store, clock):
    with closing(environment(tmp_path, clock)) as program:
        for jump in (400, -900, 20000):
            run(program, clock, 300)
            clock.step(dt.timedelta(days=jump))
        clock.set_by_ntp()
        run(program, clock, 60)
    quantities = "SELECT DISTINCT taken_utc FROM readings ORDER BY 1"
    times = [parse_utc(row["taken_utc"]) for row in store.db.query(quantities)]
    assert times == [TRUE + n * 60 * SECOND for n in range(len(times))]
    assert len(times) == 16


def test_a_reading_between_asking_and_setting_is_not_of_1970(clock):
    asked_utc, asked_s = clock.now(), clock.monotonic()
    clock.sleep(2)
    clock.set_by_ntp()
    assert by_the_clock_of_now(clock, asked_utc, asked_s) == TRUE
    asked_utc, asked_s = clock.now(), clock.monotonic()
    clock.sleep(2)
    assert by_the_clock_of_now(clock, asked_utc, asked_s) == asked_utc


def test_every_program_sees_what_one_has_noted(store, clock):
    """The mark of NTP may fade, as the kernel's does a day after chrony lost its servers; the boot keeps its time."""
    trust = ClockTrust(store, clock, SYNCHRONISED)
    assert not trust.look()
    clock.set_by_ntp()
    assert trust.look()
    clock._quality = ClockQuality.UNSYNCHRONISED
    assert trust.look()
    assert ClockTrust(store, clock, SYNCHRONISED).look()
    clock.reboot(EPOCH, "boot-2")
    assert not ClockTrust(store, clock, SYNCHRONISED).look()


def test_the_owner_may_say_that_the_clock_is_right(store, clock):
    assert ClockTrust(store, clock, ClockSettings(trust="always")).look()


def test_the_hub_tells_the_time_where_ntp_does_not(store, clock):
    sync, capture = (ClockTrust(store, clock, SYNCHRONISED) for _ in range(2))
    asked_s = clock.monotonic()
    clock.sleep(2)
    sync.ask_hub(clock.true_now - SECOND, asked_s, clock.monotonic())
    assert abs(clock.now() - clock.true_now) < dt.timedelta(milliseconds=2)
    assert clock.quality() == "hub"
    assert capture.look()
    assert sync.trouble == ""
    clock.set_by_ntp()
    assert capture.look()
    assert clock.quality() == "ntp"
    assert clock.now() == clock.true_now


def test_a_slow_answer_of_the_hub_says_nothing(store, clock):
    trust = ClockTrust(store, clock, SYNCHRONISED)
    asked_s = clock.monotonic()
    clock.sleep(11)
    trust.ask_hub(clock.true_now, asked_s, clock.monotonic())
    assert not trust.look()


@pytest.mark.parametrize(("wrong_by", "word"), [(420, "ahead of"), (-420, "behind")])
def test_a_clock_that_says_ntp_but_is_far_from_the_hub_is_named(store, wrong_by, word):
    clock = UnsetClock(TRUE, TRUE)
    clock.set_by_ntp()
    trust = ClockTrust(store, clock, SYNCHRONISED)
    now_s = clock.monotonic()
    trust.ask_hub(TRUE - wrong_by * SECOND, now_s, now_s)
    assert f"(ntp) is 7 minutes {word} that of the hub" in trust.trouble
    trust.ask_hub(TRUE - 200 * SECOND, now_s, now_s)
    assert trust.trouble == ""


def test_what_a_boot_read_that_never_had_a_time_is_kept_and_never_sent(store, clock):
    store.add_readings(TRUE - 3600 * SECOND, [reading(1.0)])
    hold_readings(store, "boot-0", 30.0, [reading(2.0)])
    hold_readings(store, "boot-1", 20.0, [reading(3.0)])
    assert time_unknown(store) == []
    note_time_of_boot(store, "boot-1", BootTime(TRUE, ClockQuality.NTP))
    assert date_readings(store, 100) == 1
    assert stored(store) == {1.0: TRUE - 3600 * SECOND, 3.0: TRUE + 20 * SECOND}
    (unknown,) = time_unknown(store)
    assert (unknown.boot_id, unknown.frames, unknown.readings) == ("boot-0", 0, 1)
    assert unknown.after_utc == TRUE - 3600 * SECOND
    assert unknown.before_utc == TRUE
    forget_boot(store, "boot-0")
    assert time_unknown(store) == []


def test_the_first_time_of_a_boot_stays(store):
    hold_readings(store, "boot-1", 20.0, [reading(3.0)])
    for hour in (0, 1):
        time = BootTime(TRUE + dt.timedelta(hours=hour), ClockQuality.NTP)
        note_time_of_boot(store, "boot-1", time)
    date_readings(store, 10)
    assert stored(store) == {3.0: TRUE + 20 * SECOND}


@settings(deadline=None)  # several databases, on a busy card
@given(cuts=st.lists(st.integers(min_value=1, max_value=40), max_size=6))
def test_a_kill_between_any_two_statements_loses_and_doubles_nothing(
    tmp_path_factory, cuts
):
    """SQLite ends the statement after so many steps; the next attempt begins from what is on disk."""
    with closing(Store(tmp_path_factory.mktemp("cut"))) as store:
        for n in range(20):
            hold_readings(store, "boot-1", float(n), [reading(float(n))])
        note_time_of_boot(store, "boot-1", BootTime(TRUE, ClockQuality.NTP))
        for after in cuts:
            left = [after]

            def cut(left=left):
                left[0] -= 1
                return left[0] == 0

            store.db.conn.set_progress_handler(cut, 10)
            with contextlib.suppress(sqlite3.OperationalError):
                date_readings(store, 7)
            store.db.conn.set_progress_handler(None, 0)
            both = store.db.table("readings").count + held_counts(store)[1]
            assert both == 20
        while date_readings(store, 7):
            pass
        assert stored(store) == {float(n): TRUE + n * SECOND for n in range(20)}
