import datetime as dt
import sys
import threading
import time
from typing import ClassVar

import pytest

from edge.clock import SystemClock, VirtualClock
from edge.config import parse
from edge.environment import Environment, surroundings
from edge.polling import lines
from edge.service import BeginAnewError
from edge.settings.sensors import OPTIONS, NoOptions
from edge.store import Store
from edge.store_history import Span, samples
from sensors import registry
from sensors.reading import Reading, SensorNotFoundError, SensorNotReadyError

NOW = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.05,
    "longitude_deg": 8.2,
    "zone": "Europe/Berlin",
}
UNITS = {"temperature": "°C", "humidity": "%", "sky_temperature": "°C"}


class Script:
    """A driver whose sensor does what a test has laid out: values, errors, or functions; the last for ever."""

    steps: ClassVar[dict[str, list]] = {}
    asked: ClassVar[dict[str, int]] = {}

    def __init__(self, name, surroundings):
        self.name = name

    def read(self):
        self.asked[self.name] = self.asked.get(self.name, 0) + 1
        steps = self.steps[self.name]
        step = steps.pop(0) if len(steps) > 1 else steps[0]
        if callable(step):
            step = step()
        if isinstance(step, Exception):
            raise step
        return [
            Reading(self.name, name, value, UNITS[name]) for name, value in step.items()
        ]


@pytest.fixture(autouse=True)
def written_at_once(monkeypatch):
    """Let the store show what was read a moment ago; that it is written together is tested for itself."""
    monkeypatch.setattr("edge.environment.WRITE_EVERY_S", 0.0)


@pytest.fixture
def script(monkeypatch):
    monkeypatch.setitem(registry.DRIVERS, "script", "script_driver:Script")
    monkeypatch.setitem(OPTIONS, "script", NoOptions)
    module = type("Module", (), {"Script": Script})
    monkeypatch.setitem(sys.modules, "script_driver", module)
    Script.steps, Script.asked = {}, {}
    return Script


@pytest.fixture
def start(tmp_path):
    """Return a function that starts the program with sensors of the script: program, clock, store."""
    running = []

    def start(clock, *names, threads=False, clouds=None, **settings):
        given = [
            {"name": name, "driver": "script", "interval_s": 60, **settings}
            for name in names
        ]
        parsed = parse({"site": SITE, "sensors": given, "clouds": clouds or {}})
        parsed = parsed.model_copy(update={"data": tmp_path / "data"})
        program = Environment(parsed, clock, threads=threads)
        store = Store(parsed.data)
        running.extend([program, store])
        return program, store

    yield start
    for one in running:
        one.close()


def run(program, clock, seconds):
    end_s = clock.monotonic() + seconds
    while clock.monotonic() < end_s:
        clock.sleep(program.step())


def stored(store, quantity=""):
    long = dt.timedelta(days=3650)
    return list(samples(store, Span.READING, NOW - long, NOW + long, quantity))


BUSY = SensorNotReadyError("the chip is busy")
GONE = SensorNotFoundError("nothing answers")


def test_a_disturbed_reading_is_asked_for_again_before_anything_is_said(
    script, start, caplog
):
    script.steps = {"air": [BUSY, {"temperature": 5.0}]}
    clock = VirtualClock(NOW)
    program, store = start(clock, "air")
    with caplog.at_level("INFO", "edge.environment"):
        run(program, clock, 120)
    times = [one.start_utc for one in stored(store)]
    assert times == [NOW + dt.timedelta(seconds=s) for s in (2, 60)]
    assert caplog.records == []


def test_a_second_disturbed_reading_is_a_gap_with_its_reason(script, start):
    script.steps = {"air": [BUSY]}
    clock = VirtualClock(NOW)
    program, store = start(clock, "air")
    run(program, clock, 600)
    assert store.states()["sensor/air"].reason == "the chip is busy"
    assert script.asked["air"] == 20
    assert stored(store) == []


def test_a_dead_sensor_is_asked_less_often_and_found_when_it_is_back(script, start):
    script.steps = {"air": [GONE]}
    clock = VirtualClock(NOW)
    program, store = start(clock, "air")
    run(program, clock, 86400)
    assert 86400 / 900 <= script.asked["air"] <= 86400 / 900 + 10
    script.steps = {"air": [{"temperature": 5.0}]}
    run(program, clock, 900)
    assert store.states()["sensor/air"].state == "available"
    before = script.asked["air"]
    run(program, clock, 600)
    assert script.asked["air"] == before + 10


def test_the_middle_of_several_readings_counts(script, start):
    values = (5.0, 80.0, 5.1, 4.9, 5.2)
    script.steps = {"air": [{"temperature": value} for value in values]}
    clock = VirtualClock(NOW)
    program, store = start(clock, "air", median_of=5)
    program.step()
    assert [one.mean for one in stored(store, "temperature")] == [5.1]


@pytest.mark.parametrize(("failing", "count"), [(1, 1), (2, 0)])
def test_of_several_readings_more_than_half_must_succeed(script, start, failing, count):
    script.steps = {"air": [*[BUSY] * failing, {"temperature": 5.0}]}
    clock = VirtualClock(NOW)
    program, store = start(clock, "air", median_of=3)
    program.step()
    assert len(stored(store)) == count


def test_an_impossible_value_is_stored_with_its_mark_and_nothing_follows_from_it(
    script, start, caplog
):
    script.steps = {
        "air": [
            {"temperature": 127.9, "humidity": 50.0},
            {"temperature": 127.8, "humidity": 50.0},
            {"temperature": 20.0, "humidity": 50.0},
        ]
    }
    clock = VirtualClock(NOW)
    program, store = start(clock, "air")
    with caplog.at_level("INFO", "edge.environment"):
        run(program, clock, 120)
        first = {one.quantity: one.quality for one in stored(store)}
        assert first == {"temperature": "range", "humidity": ""}
        assert "outside of -60 to 85 °C" in store.states()["sensor/air"].reason
        run(program, clock, 60)
    assert len(stored(store, "dew_point")) == 1
    assert [one.message for one in caplog.records] == [
        "Sensor air gives doubtful values: the temperature is outside of -60 to 85 °C",
        "Sensor air gives readings again",
    ]


def test_clouds_follow_from_the_sky_and_the_air_that_the_settings_name(script, start):
    script.steps = {
        "air": [{"temperature": 10.0}],
        "sky": [{"sky_temperature": -25.0, "temperature": 18.0}],
    }
    clock = VirtualClock(NOW)
    program, store = start(clock, "air", "sky", clouds={"air": "air"})
    program.step()
    (corrected,) = stored(store, "cloud_temperature")
    # 0.33 * 10 + 0.04 * exp(1) = 3.41 K of a clear sky
    assert (corrected.sensor, corrected.mean) == ("sky", -28.41)
    assert [one.mean for one in stored(store, "cloud_state")] == [0]


def test_without_the_air_they_go_by_there_are_no_clouds(script, start):
    script.steps = {
        "air": [GONE],
        "sky": [{"sky_temperature": -25.0, "temperature": 18.0}],
    }
    clock = VirtualClock(NOW)
    program, store = start(clock, "air", "sky", clouds={"air": "air"})
    program.step()
    assert stored(store, "cloud_state") == []
    assert len(stored(store, "sky_temperature")) == 1


def test_sensors_on_one_bus_take_turns_and_the_others_wait_for_nobody(tmp_path):
    given = [
        {"name": "a", "driver": "sht4x"},
        {"name": "b", "driver": "bme280"},
        {"name": "c", "driver": "bme280", "options": {"bus": 3}},
        {"name": "d", "driver": "ds18b20"},
        {"name": "e", "driver": "ds18b20", "options": {"id": "28-0316a2794bff"}},
        {"name": "f", "driver": "dht"},
        {"name": "g", "driver": "system", "enabled": False},
    ]
    settings, clock = parse({"site": SITE, "sensors": given}), VirtualClock(NOW)
    found = lines(settings, clock, surroundings(settings, clock))
    names = [[polled.name for polled in line.polled] for line in found]
    assert names == [["a", "b"], ["c"], ["d", "e"], ["f"]]


def until(condition, seconds=10.0):
    """Wait for a condition in real time."""
    end_s = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.02)


def test_a_bus_that_hangs_delays_no_other_and_is_said(script, start, monkeypatch):
    release = threading.Event()
    script.steps = {
        "slow": [lambda: release.wait(30) and {"temperature": 1.0}],
        "fast": [{"temperature": 5.0}],
    }
    monkeypatch.setattr("edge.environment.HANGS_S", 0.2)
    program, store = start(SystemClock(), "slow", "fast", threads=True, interval_s=1)

    def fast():
        program.step()
        return len([one for one in stored(store) if one.sensor == "fast"])

    until(lambda: fast() >= 3)
    assert "has not answered" in store.states()["sensor/slow"].reason
    release.set()
    until(lambda: fast() and store.states()["sensor/slow"].state == "available")
    assert {one.sensor for one in stored(store)} == {"slow", "fast"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_in_a_driver_begins_the_program_anew(script, start):
    script.steps = {"air": [ZeroDivisionError("a mistake")]}
    program, _ = start(SystemClock(), "air", threads=True)

    def began_anew():
        try:
            program.step()
        except BeginAnewError:
            return True
        return False

    until(began_anew)
