import datetime as dt
import math
import sys
from contextlib import closing
from typing import ClassVar

import pytest

from edge.clock import VirtualClock
from edge.config import parse
from edge.environment import Environment, build_environment
from edge.settings.sensors import OPTIONS, NoOptions
from edge.store import Store
from sensors import registry
from sensors.reading import (
    Reading,
    SensorNotFoundError,
    SensorNotReadyError,
    SensorSaturatedError,
)

NOW = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.05,
    "longitude_deg": 8.2,
    "zone": "Europe/Berlin",
}


class Bench:
    """A driver whose sensor does what a test has laid out: readings to return or errors to raise, the last for ever."""

    script: ClassVar[dict[str, list]] = {}
    opened: ClassVar[dict[str, int]] = {}

    def __init__(self, name, surroundings):
        self.name = name
        self.opened[name] = self.opened.get(name, 0) + 1

    def read(self):
        steps = self.script[self.name]
        step = steps.pop(0) if len(steps) > 1 else steps[0]
        if isinstance(step, Exception):
            raise step
        return [
            Reading(self.name, quantity, value, unit) for quantity, value, unit in step
        ]


@pytest.fixture(autouse=True)
def written_at_once(monkeypatch):
    """Let the store show what was read a moment ago; that it is written together is tested for itself."""
    monkeypatch.setattr("edge.environment.WRITE_EVERY_S", 0.0)


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.setitem(registry.DRIVERS, "bench", "bench_driver:Bench")
    monkeypatch.setitem(OPTIONS, "bench", NoOptions)
    module = type("Module", (), {"Bench": Bench})
    monkeypatch.setitem(sys.modules, "bench_driver", module)
    Bench.script, Bench.opened = {}, {}
    return Bench


@pytest.fixture
def start(tmp_path):
    running = []

    def start(*sensors, now=NOW):
        given = [{"interval_s": 60, **sensor} for sensor in sensors]
        parsed = parse({"site": SITE, "sensors": given})
        settings = parsed.model_copy(update={"data": tmp_path / "data"})
        clock = VirtualClock(now)
        program = build_environment(settings, tmp_path, clock)
        store = Store(settings.data)
        running.extend([program, store])
        return program, clock, store

    yield start
    for one in running:
        one.close()


def run(program, clock, seconds):
    end = clock.now() + dt.timedelta(seconds=seconds)
    while clock.now() < end:
        clock.sleep(program.step())


def stored(store, sensor=None):
    readings = store.unsent_readings(100_000)
    return [one for one in readings if sensor in (None, one.sensor)]


T20 = [("temperature", 20.0, "°C"), ("humidity", 50.0, "%")]


def test_each_sensor_keeps_its_own_interval(start, bench):
    bench.script = {"fast": [[("illuminance", 1.0, "lx")]], "slow": [T20[:1]]}
    program, clock, store = start(
        {"name": "fast", "driver": "bench", "interval_s": 10},
        {"name": "slow", "driver": "bench", "interval_s": 45},
    )
    run(program, clock, 180)
    fast, slow = ([one.taken_utc for one in stored(store, n)] for n in ("fast", "slow"))
    assert fast == [NOW + dt.timedelta(seconds=10 * n) for n in range(18)]
    assert slow == [NOW + dt.timedelta(seconds=45 * n) for n in range(4)]


def test_beats_that_were_missed_are_skipped_not_made_up(start, bench):
    bench.script = {"air": [T20[:1]]}
    program, clock, store = start({"name": "air", "driver": "bench"})
    program.step()
    clock.sleep(600)
    program.step()
    assert program.step() == 60
    assert len(stored(store)) == 2


def test_dew_point_and_spread_follow_from_temperature_and_humidity(start, bench):
    bench.script = {"air": [T20]}
    program, _, store = start({"name": "air", "driver": "bench"})
    program.step()
    values = {one.quantity: one.value for one in stored(store)}
    assert values["dew_point"] == pytest.approx(9.26, abs=0.01)
    assert values["dew_spread"] == pytest.approx(10.74, abs=0.01)


def test_a_failing_sensor_stops_no_other_and_leaves_a_gap(start, bench):
    bench.script = {
        "dead": [OSError(121, "Remote I/O error")],
        "air": [T20[:1]],
    }
    program, clock, store = start(
        {"name": "dead", "driver": "bench"}, {"name": "air", "driver": "bench"}
    )
    run(program, clock, 300)
    assert len(stored(store, "air")) == 5
    assert stored(store, "dead") == []


def test_a_change_is_logged_and_stored_once(start, bench, caplog):
    error = SensorNotFoundError("no device at 0x77: check the cabling")
    bench.script = {"air": [T20, error, error, error, T20]}
    program, clock, store = start({"name": "air", "driver": "bench"})
    with caplog.at_level("INFO", "edge.environment"):
        run(program, clock, 60)
        assert store.states()["sensor/air"].state == "available"
        run(program, clock, 180)
        state = store.states()["sensor/air"]
        assert (state.state, state.reason) == ("unavailable", str(error))
        assert state.since_utc == NOW + dt.timedelta(seconds=60)
        run(program, clock, 60)
    assert store.states()["sensor/air"].state == "available"
    assert [one.message for one in caplog.records] == [
        "Sensor air gives nothing: no device at 0x77: check the cabling",
        "Sensor air gives readings again",
    ]


def test_a_sensor_that_was_not_found_is_opened_again(start, bench):
    bench.script = {"air": [SensorNotFoundError("gone"), T20]}
    program, clock, _ = start({"name": "air", "driver": "bench"})
    run(program, clock, 180)
    assert bench.opened["air"] == 2


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (SensorNotReadyError("no measurement yet"), "unavailable"),
        (SensorSaturatedError("too bright"), "available"),
    ],
)
def test_a_sensor_without_a_value_now_stays_open(start, bench, error, state):
    bench.script = {"sky": [error]}
    program, clock, store = start({"name": "sky", "driver": "bench"})
    run(program, clock, 180)
    assert bench.opened["sky"] == 1
    assert store.states()["sensor/sky"].state == state
    assert stored(store) == []


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_never_stored(start, bench, value):
    bench.script = {"air": [[("temperature", value, "°C")]]}
    program, clock, store = start({"name": "air", "driver": "bench"})
    program.step()
    clock.sleep(2)
    program.step()
    assert stored(store) == []
    assert "no number" in store.states()["sensor/air"].reason


def test_offsets_are_added_before_anything_follows_from_a_value(start, bench):
    bench.script = {"air": [[("temperature", 22.5, "°C"), ("humidity", 50.0, "%")]]}
    offsets = {"temperature": -2.5, "pressure": 9.0}
    program, _, store = start({"name": "air", "driver": "bench", "offsets": offsets})
    program.step()
    values = {one.quantity: one.value for one in stored(store)}
    assert values["temperature"] == 20.0
    assert values["dew_point"] == pytest.approx(9.26, abs=0.01)
    assert "pressure" not in values


def test_what_a_sensor_measured_beside_a_failure_is_stored_with_the_reason(
    start, bench, caplog
):
    measured = [Reading("air", "temperature", 20.0, "°C")]
    bench.script = {"air": [SensorNotReadyError("the humidity is absurd", measured)]}
    program, _, store = start(
        {"name": "air", "driver": "bench", "offsets": {"temperature": 1.0}}
    )
    with caplog.at_level("INFO", "edge.environment"):
        program.step()
    assert [(one.quantity, one.value) for one in stored(store)] == [
        ("temperature", 21.0)
    ]
    state = store.states()["sensor/air"]
    assert (state.state, state.reason) == ("available", "the humidity is absurd")
    assert "Sensor air gives less: the humidity is absurd" in caplog.text


def test_a_program_of_the_owner_is_read_in_the_units_of_the_table(start):
    printed = '{"temperature": -3.5, "humidity": 81, "pressure": null}'
    program, _, store = start(
        {"name": "own", "driver": "command", "options": {"command": ["echo", printed]}}
    )
    program.step()
    found = {one.quantity: (one.value, one.unit) for one in stored(store)}
    assert found["temperature"] == (-3.5, "°C")
    assert found["humidity"] == (81, "%")
    measured = {"temperature", "humidity"}
    assert found.keys() - measured == {
        "dew_point",
        "dew_spread",
        "frost_point",
        "absolute_humidity",
    }


def test_a_chip_that_is_not_there_stops_no_other(start):
    program, _, store = start(
        {"name": "roof", "driver": "bme280", "options": {"bus": 97}},
        {"name": "air", "driver": "simulated-climate"},
    )
    program.step()
    assert "there is no /dev/i2c-97" in store.states()["sensor/roof"].reason
    assert {one.sensor for one in stored(store)} == {"air"}


def test_a_disabled_sensor_is_not_read(start):
    sensor = {"name": "air", "driver": "simulated-climate", "enabled": False}
    program, _, store = start(sensor)
    assert program.step() > 60
    assert stored(store) == []
    assert store.states()["environment"].state == "no sensors"


def test_a_simulated_night_has_the_climate_always_and_the_sky_in_darkness_only(start):
    noon = dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC)
    program, clock, store = start(
        {"name": "outside", "driver": "simulated-climate", "interval_s": 600},
        {"name": "sky", "driver": "simulated-sky", "interval_s": 600},
        now=noon,
    )
    run(program, clock, 24 * 3600)
    outside, sky = stored(store, "outside"), stored(store, "sky")
    assert len({one.taken_utc for one in outside}) == 144
    hours = {one.taken_utc.hour for one in sky}
    assert 22 in hours
    assert not hours & set(range(8, 15))
    assert store.states()["sensor/sky"].state == "available"


def test_a_restart_goes_on_without_doubling_a_reading(tmp_path):
    parsed = parse(
        {"site": SITE, "sensors": [{"name": "air", "driver": "simulated-climate"}]}
    )
    settings = parsed.model_copy(update={"data": tmp_path})
    for _ in range(2):
        with closing(Environment(settings, VirtualClock(NOW))) as program:
            program.step()
    with closing(Store(tmp_path)) as store:
        assert [one.quantity for one in stored(store)].count("temperature") == 1


def test_a_full_disk_is_said_once_and_loses_no_reading(start, bench, caplog):
    bench.script = {"air": [T20]}
    program, clock, store = start({"name": "air", "driver": "bench"})
    run(program, clock, 60)
    pages = next(program._store.db.query("PRAGMA page_count"))["page_count"]
    program._store.db.execute(f"PRAGMA max_page_count = {pages}").close()
    run(program, clock, 60 * 400)
    assert len(stored(store)) < 5 * 401
    assert caplog.text.count("The disk is full") == 1
    program._store.db.execute("PRAGMA max_page_count = 1000000").close()
    run(program, clock, 60)
    assert len(stored(store)) == 5 * 402


class TestWrittenTogether:
    """Readings cost an SD card a commit every half minute, or for 25 of them, whatever the sensors' intervals."""

    @pytest.fixture(autouse=True)
    def written_at_once(self, monkeypatch):
        monkeypatch.setattr("edge.environment.WRITE_EVERY_S", 30.0)

    def commits(self, program, clock, store, seconds):
        """Return how many rows there are after every commit in so many seconds."""
        seen = []
        end = clock.monotonic() + seconds
        while clock.monotonic() < end:
            clock.sleep(program.step())
            rows = len(stored(store))
            if rows != (seen[-1] if seen else 0):
                seen.append(rows)
        return seen

    def test_every_half_minute(self, start, bench):
        bench.script = {"fast": [[("illuminance", 1.0, "lx")]]}
        one = {"name": "fast", "driver": "bench", "interval_s": 5}
        seen = self.commits(*start(one), 600)
        assert len(seen) in (17, 18, 19, 20)
        assert seen[1] - seen[0] == 7

    def test_at_once_for_many(self, start, bench):
        names = [f"s{n}" for n in range(13)]
        bench.script = {name: [T20] for name in names}
        several = [{"name": n, "driver": "bench", "interval_s": 300} for n in names]
        program, _, store = start(*several)
        program.step()
        assert len(stored(store)) >= 25

    def test_the_last_ones_when_the_program_ends(self, start, bench):
        bench.script = {"fast": [[("illuminance", 1.0, "lx")]]}
        one = {"name": "fast", "driver": "bench", "interval_s": 10}
        program, clock, store = start(one)
        run(program, clock, 15)
        assert stored(store) == []
        program.close()
        assert len(stored(store)) == 2
