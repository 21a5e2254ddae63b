"""A month of sensors on long wires: faults of nine kinds strike all of them at random, also on top of each other.

The drivers of the chips are in ``tests/sensors/test_faults.py``. Here a sensor tells a known truth, or fails as drivers
fail, or lies as chips lie; the program, its store, its history and its heater are the real ones.
"""

import bisect
import datetime as dt
import math
import random
import sys
from collections import Counter

import psutil
import pytest
from gpiozero.pins.mock import MockFactory

from edge import switching
from edge.clock import VirtualClock
from edge.config import parse
from edge.environment import Environment
from edge.settings.sensors import OPTIONS, NoOptions
from edge.store_history import Span, samples
from sensors import registry
from sensors.reading import (
    Reading,
    SensorNotFoundError,
    SensorNotReadyError,
    SensorSaturatedError,
)

START = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
SITE = {
    "name": "Roof",
    "latitude_deg": 52.5,
    "longitude_deg": 13.4,
    "zone": "Europe/Berlin",
}
DAYS, FAULTS, INTERVAL_S = 30, 600, 1800.0
END_S = DAYS * 86400.0
NAMES = ("outside", "dome", "mast", "sky", "hut")
SILENT = {
    "unplugged": (SensorNotFoundError, "nothing answers: check the cabling"),
    "bus error": (OSError, 121, "Remote I/O error"),
    "hung bus": (TimeoutError, 110, "Connection timed out"),
    "busy": (SensorNotReadyError, "the chip is busy"),
    "too bright": (SensorSaturatedError, "too bright until dusk"),
    "no number": (),
}
PARTLY = "half of it"
LIES = {"power-on value": 127.9375, "flipped bit": -200.0}
KINDS = (*SILENT, PARTLY, *LIES)


def truth(now_s):
    """Return the temperature of a time, which is never the same twice, and the humidity."""
    day = 8 + 6 * math.sin(now_s / 86400 * math.tau)
    return day + now_s / END_S, 80 + 15 * math.sin(now_s / 7000)


class Roof:
    """All sensors and what is wrong with them: (from, until, kind) by name."""

    def __init__(self, clock, chance):
        self.clock = clock
        self.faults = {name: [] for name in NAMES}
        self.struck = Counter()
        for _ in range(FAULTS):
            name, kind = chance.choice(NAMES), chance.choice(KINDS)
            begin_s = chance.uniform(0, END_S)
            lasts_s = chance.choice([1.0, 900.0, 5400.0, 20000.0])
            self.faults[name].append((begin_s, begin_s + lasts_s, kind))
            self.struck[kind] += 1

    def wrong(self, name, now_s):
        """Return what is wrong now with a sensor."""
        return {kind for begin, end, kind in self.faults[name] if begin <= now_s < end}

    def read(self, name):
        now_s = self.clock.monotonic()
        temperature, humidity = truth(now_s)
        wrong = self.wrong(name, now_s)
        for kind in wrong & SILENT.keys():
            if not SILENT[kind]:
                temperature = math.nan
                continue
            error, *words = SILENT[kind]
            raise error(*words)
        for kind in wrong & LIES.keys():
            temperature = LIES[kind]
        told = [Reading(name, "temperature", temperature, "°C")]
        if PARTLY in wrong:
            raise SensorNotReadyError("the humidity is impossible", told)
        return [*told, Reading(name, "humidity", humidity, "%")]


class Month:
    """The program through the month, and what was said and switched in it."""

    def __init__(self, data, roof, pins):
        sensors = [
            {"name": name, "driver": "roof", "interval_s": INTERVAL_S} for name in NAMES
        ]
        heater = {"enabled": True, "air": "outside", "glass": "dome", "stale_s": 3600}
        raw = {
            "site": SITE,
            "sensors": sensors,
            "heater": heater | {"sun_below_deg": 90},
        }
        settings = parse(raw).model_copy(update={"data": data})
        self.roof, self.clock, self.pins = roof, roof.clock, pins
        self.program = Environment(settings, roof.clock, pins=pins)
        self.said = {name: {} for name in NAMES}  # (since, reason), in order
        self.heated: list[tuple[float, bool]] = []
        self.handles: list[int] = []
        self.memory: list[int] = []

    def live(self):
        states = self.program._store.states
        this = psutil.Process()
        next_look_s = 0.0
        while self.clock.monotonic() < END_S:
            rest_s = self.program.step()
            now_s = self.clock.monotonic()
            self.heated.append((now_s, self.pins.pin(18).state == 1))
            found = states()
            for name in NAMES:
                if state := found.get(f"sensor/{name}"):
                    self.said[name][state.since_utc, state.reason] = None
            if now_s >= next_look_s:
                self.handles.append(this.num_fds())
                self.memory.append(this.memory_info().rss)
                next_look_s += 3 * 86400
            self.clock.sleep(rest_s)

    def reasons(self, name, begin_s, end_s):
        """Return what was begun to be said of a sensor in a time."""
        begin, end = (START + dt.timedelta(seconds=one) for one in (begin_s, end_s))
        return {
            reason
            for since, reason in self.said[name]
            if begin <= since <= end and reason
        }


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    clock = VirtualClock(START)
    roof = Roof(clock, random.Random(20261101))
    reader = type(
        "Reader",
        (),
        {
            "__init__": lambda self, name, surroundings: setattr(self, "name", name),
            "read": lambda self: roof.read(self.name),
        },
    )
    pins = MockFactory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.DRIVERS, "roof", "roof_driver:Reader")
        patch.setitem(OPTIONS, "roof", NoOptions)
        patch.setitem(
            sys.modules, "roof_driver", type("Module", (), {"Reader": reader})
        )
        patch.setattr(switching, "ROUND_S", INTERVAL_S)
        month = Month(tmp_path_factory.mktemp("data"), roof, pins)
        month.live()
    yield month
    month.program.close()
    pins.close()


@pytest.fixture(scope="module")
def stored(month):
    end = START + dt.timedelta(days=DAYS + 1)
    store = month.program._store
    return list(samples(store, Span.READING, START, end))


def seconds(one):
    return (one.start_utc - START).total_seconds()


def test_every_kind_of_fault_struck(month):
    assert set(month.roof.struck) == set(KINDS)


def test_no_unmarked_value_is_anything_but_the_truth(stored):
    for one in stored:
        if one.quantity in {"temperature", "humidity"} and not one.quality:
            told = truth(seconds(one))[one.quantity == "humidity"]
            assert one.mean == pytest.approx(told, abs=1e-6)


def test_every_lie_is_marked_and_nothing_follows_from_it(stored):
    lies = [one for one in stored if one.quality]
    assert {one.mean for one in lies} == set(LIES.values())
    assert len(lies) > 50
    marked = {(one.sensor, one.start_utc) for one in lies}
    follows = {
        (one.sensor, one.start_utc) for one in stored if one.quantity == "dew_point"
    }
    assert not marked & follows


def test_every_gap_has_its_fault_and_its_reason_was_said(month, stored):
    gaps = 0
    for name in NAMES:
        times = [
            seconds(one)
            for one in stored
            if (one.sensor, one.quantity) == (name, "temperature")
        ]
        for before_s, after_s in zip([0.0, *times], [*times, END_S], strict=True):
            if after_s - before_s <= 1.5 * INTERVAL_S:
                continue
            gaps += 1
            faults = [
                kind
                for begin_s, end_s, kind in month.roof.faults[name]
                if begin_s < after_s and end_s > before_s and kind in SILENT
            ]
            assert faults, f"{name} was silent without cause at {before_s:.0f} s"
            assert month.reasons(name, before_s, after_s)
    assert gaps > 50


def test_a_sensor_that_is_well_again_is_read_again_within_two_intervals(month, stored):
    for name in NAMES:
        times = sorted({seconds(one) for one in stored if one.sensor == name})
        for _, end_s, _ in month.roof.faults[name]:
            later = [
                begin
                for begin, end, kind in month.roof.faults[name]
                if end > end_s and begin < end_s + 2 * INTERVAL_S
            ]
            if later or end_s > END_S - 2 * INTERVAL_S:
                continue
            place = bisect.bisect(times, end_s)
            assert times[place] - end_s <= 2 * INTERVAL_S


def test_the_heater_is_never_on_without_fresh_readings_of_all_it_goes_by(month, stored):
    fresh = {
        name: sorted(
            seconds(one)
            for one in stored
            if (one.sensor, one.quantity, one.quality) == (name, quantity, "")
        )
        for name, quantity in (("outside", "dew_point"), ("dome", "temperature"))
    }
    on = [at_s for at_s, is_on in month.heated if is_on]
    assert len(on) > 100
    for at_s in on:
        for times in fresh.values():
            age_s = at_s - times[bisect.bisect(times, at_s) - 1]
            assert age_s <= 3600 + INTERVAL_S


def test_hours_hold_what_is_not_marked_and_nothing_else(month, stored):
    store = month.program._store
    end = START + dt.timedelta(days=DAYS + 1)
    days = list(samples(store, Span.DAY, START - dt.timedelta(days=1), end))
    assert all(one.lowest > -200 and one.highest < 127.9 for one in days)
    rolled = sum(one.count for one in days if one.quantity == "temperature")
    good = sum(one.quantity == "temperature" and not one.quality for one in stored)
    assert good - 5 * len(NAMES) <= rolled <= good


def test_memory_and_file_handles_are_flat(month):
    assert len(set(month.handles[1:])) == 1
    assert month.memory[-1] - month.memory[2] < 4_000_000
