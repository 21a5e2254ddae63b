"""Days on a wet roof: every chip at once through the real program, with faults of every kind at random."""

import datetime as dt
import random
from contextlib import closing

import pytest
from fakes.bosch import Bosch
from fakes.hygrometers import AHT20, HTU21D, SHT3x, SHT4x
from fakes.infrared import MLX90614
from fakes.kernel_sensors import OneWire, put_dht
from fakes.light_meters import BH1750, TSL2591

from edge.clock_quality import ClockQuality
from edge.config import parse
from edge.environment import Environment
from edge.store import Store

START = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
SITE = {"name": "Hill", "latitude_deg": 48, "longitude_deg": 8, "zone": "Europe/Berlin"}
WIRE = "28-0316a2794bff"
TRUTH_C, TRUTH_PERCENT, TRUTH_LX, SKY_C = 7.25, 81.0, 40.0, -18.74
TRUE = {
    "temperature": {TRUTH_C, 25.08},  # the Bosch chips have their worked example
    "pressure": {1006.53},
    "illuminance": {TRUTH_LX},
    "sky_temperature": {SKY_C},
}
CHIPS = {
    "aht20": (0x38, lambda: AHT20(TRUTH_C, TRUTH_PERCENT)),
    "bh1750": (0x23, lambda: BH1750(TRUTH_LX)),
    "bme280": (0x76, Bosch),
    "htu21d": (0x40, lambda: HTU21D(TRUTH_C, TRUTH_PERCENT)),
    "mlx90614": (0x5A, lambda: MLX90614(SKY_C, TRUTH_C)),
    "sht3x": (0x45, lambda: SHT3x(TRUTH_C, TRUTH_PERCENT)),
    "sht4x": (0x44, lambda: SHT4x(TRUTH_C, TRUTH_PERCENT)),
    "tsl2591": (0x29, lambda: TSL2591(TRUTH_LX / 408 / 0.508, TRUTH_LX / 408 / 1.6933)),
}
ADDRESSES_WITHOUT_SUM = (0x23, 0x29, 0x76)
OPTIONS = {"sht3x": {"address": "0x45"}}
ROUNDS = 300
INTERVAL_S = 600


class ClockOfTheKernel:
    """The clock that the fake kernel moves on, as the programs want it."""

    def __init__(self, clock):
        self._clock, self._began_s = clock, clock()

    def now(self):
        return START + dt.timedelta(seconds=self.monotonic() - self._began_s)

    def monotonic(self):
        return self._clock()

    def sleep(self, seconds):
        self._clock.wait(max(0.0, seconds))

    def quality(self):
        return ClockQuality.SIMULATED

    def boot_id(self):
        return None


class Roof:
    """The chips, and what the weather does to them before each round."""

    def __init__(self, kernel, chance):
        self.kernel, self.chance = kernel, chance
        self.chips = {name: (at, make()) for name, (at, make) in CHIPS.items()}
        for address, chip in self.chips.values():
            kernel.attach(address, chip)
        self.wire = OneWire(kernel.root)
        self.wire.put(WIRE, TRUTH_C)
        put_dht(kernel.root, 0, 4, TRUTH_C, TRUTH_PERCENT)
        self.faults = 0

    def weather(self):
        kernel, chance = self.kernel, self.chance
        kernel.hangs = chance.random() < 0.03
        kernel.disturb = (
            self._flip if chance.random() < 0.3 else lambda content: content
        )
        kernel.buses[1].clear()
        for address, chip in self.chips.values():
            if chance.random() < 0.1:
                chip.lose_supply()
            if chance.random() > 0.05:
                kernel.buses[1][address] = chip
        wire = chance.choices(
            (TRUTH_C, 85.0, 127.9375, None, "zeros"), (8, 1, 1, 1, 1)
        )[0]
        if wire is None:
            (self.wire.folder / WIRE / "w1_slave").unlink(missing_ok=True)
        elif wire == "zeros":
            self.wire.put_raw(WIRE, bytes(9))
        else:
            self.wire.put(WIRE, wire)
        self.faults += kernel.hangs or wire != TRUTH_C

    def _flip(self, content):
        """Flip one bit of an answer of a chip that has a sum; the others are not asked to notice."""
        if len(content) not in (3, 6, 7) or self.chance.random() < 0.5:
            return content
        if self.kernel.asked in ADDRESSES_WITHOUT_SUM:
            return content
        bit = 1 << self.chance.randrange(8 * len(content))
        return (int.from_bytes(content) ^ bit).to_bytes(len(content))


@pytest.fixture
def stored(kernel, tmp_path):
    """Live through the days, and return the roof, the program's states, and all readings."""
    chance = random.Random(20261122)
    roof = Roof(kernel, chance)
    sensors = [
        {
            "name": driver,
            "driver": driver,
            "interval_s": INTERVAL_S,
            "options": OPTIONS.get(driver, {}),
        }
        for driver in (*CHIPS, "ds18b20", "dht")
    ]
    raw = {"site": SITE, "sensors": sensors}
    settings = parse(raw).model_copy(update={"data": tmp_path / "data"})
    clock = ClockOfTheKernel(kernel.clock)
    with closing(Environment(settings, clock, kernel.root)) as program:
        end_s = clock.monotonic() + ROUNDS * INTERVAL_S
        while clock.monotonic() < end_s:
            roof.weather()
            clock.sleep(program.step())
    with closing(Store(settings.data)) as store:
        return roof, store.unsent_readings(1_000_000)


def test_nothing_but_the_truth_is_stored_and_much_of_it(stored):
    roof, readings = stored
    assert roof.faults > ROUNDS / 4
    wrong = [
        one
        for one in readings
        if one.quantity in TRUE
        and min(abs(one.value - true) for true in TRUE[one.quantity]) > 0.6
    ]
    assert wrong == []
    humid = {
        one.value
        for one in readings
        if one.quantity == "humidity" and one.sensor != "bme280"
    }
    assert max(abs(value - TRUTH_PERCENT) for value in humid) < 0.1
    for driver in (*CHIPS, "ds18b20", "dht"):
        rounds = {one.taken_utc for one in readings if one.sensor == driver}
        assert ROUNDS / 2 < len(rounds) <= ROUNDS
    gaps = sum(
        len({one.taken_utc for one in readings if one.sensor == driver}) < ROUNDS
        for driver in CHIPS
    )
    assert gaps == len(CHIPS)
