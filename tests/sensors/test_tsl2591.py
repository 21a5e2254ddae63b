import itertools
import math
import random
import statistics

import pytest
from fakes.bosch import Bosch
from fakes.light_meters import TSL2591
from hypothesis import given
from hypothesis import strategies as st

from sensors.i2c import bus_of
from sensors.libraries import adafruit
from sensors.reading import (
    SensorNotFoundError,
    SensorNotReadyError,
    SensorSaturatedError,
)
from sensors.tsl2591 import RANGES, lux, next_range


@pytest.fixture
def chip(kernel):
    return kernel.attach(0x29, TSL2591())


def shine(chip, illuminance_lx, infrared=0.3):
    """Let so much light fall on the chip; ``infrared`` is the part of channel 0 that channel 1 sees, too."""
    chip.both = illuminance_lx / 408 / (1 - 1.64 * infrared)
    chip.infrared = infrared * chip.both


def test_lux_is_what_the_driver_computes(chip, kernel, around):
    """The driver's own formula, with its own range, is the second opinion."""
    device = adafruit("adafruit_tsl2591").TSL2591(bus_of(around, 1), 0x29)
    chip.both, chip.infrared = 1.2, 0.5
    device.enable()
    kernel.clock.wait(0.2)
    both, infrared = device.raw_luminosity
    expected = device.lux
    assert lux(both / 2500, infrared / 2500) == pytest.approx(expected)


@pytest.mark.parametrize("sky", [22.0, 21.0, 18.0, 14.0, 8.0, 4.0])
def test_the_brightness_of_the_sky_from_dark_night_to_day(chip, read, sky):
    """m = 13.83 - 2.5 log10(lux): 22.0 mag/arcsec² are 0.54 millilux on a flat sensor."""
    illuminance_lx = 10 ** (0.4 * (13.8265 - sky))
    shine(chip, illuminance_lx)
    found = read("tsl2591")
    # a dark sky is fifteen counts with eight of infrared, and the chip counts whole ones
    assert found["sky_brightness"] == pytest.approx(sky, abs=0.2 if sky > 20 else 0.01)
    assert found["illuminance"] == pytest.approx(illuminance_lx, rel=0.15)


def test_more_than_any_range_can_count_is_saturated(chip, opened):
    chip.both, chip.infrared = 400.0, 20.0
    with pytest.raises(SensorSaturatedError, match="brighter"):
        opened("tsl2591").read()


def test_after_saturation_the_night_comes_back(chip, opened, values):
    sensor = opened("tsl2591")
    chip.both = 400.0
    with pytest.raises(SensorSaturatedError):
        sensor.read()
    shine(chip, 0.002)
    assert values(sensor.read())["illuminance"] == pytest.approx(0.002, rel=0.1)
    chip.both = 400.0
    with pytest.raises(SensorSaturatedError):
        sensor.read()


def test_light_is_the_same_in_every_range(chip, opened, values, kernel):
    """A change of range must not show: the same light, entered from the dark side and from the bright side."""
    found = []
    for before in (1e-3, 1e4):
        sensor = opened("tsl2591")
        shine(chip, before)
        sensor.read()
        shine(chip, 2.0)
        found.append(values(sensor.read())["sky_brightness"])
    assert found[0] == pytest.approx(found[1], abs=0.02)


@given(
    st.integers(0, len(RANGES) - 1),
    st.floats(1e-6, 300),
    st.floats(0, 1),
)
def test_the_range_settles_and_then_stays(start, light, part):
    """From any range, constant light leads to one that is not full, in a few steps, without going to and fro."""
    present, way = start, []
    for _ in range(len(RANGES) + 2):
        now = RANGES[present]
        both = min(now.full, round(light * now.sensitivity))
        way.append(present)
        following = next_range(present, (both, round(part * both)))
        if following == present:
            break
        present = following
    assert len(set(way)) == len(way)
    assert following == present
    assert both < RANGES[present].full or present == 0


@given(st.integers(1, len(RANGES) - 1), st.floats(0.55, 0.88))
def test_small_changes_of_the_light_change_no_range(present, part):
    count = round(part * RANGES[present].full)
    finer = RANGES[present + 1 :]
    light = count / RANGES[present].sensitivity
    if all(light * one.sensitivity > 0.5 * one.full for one in finer):
        assert next_range(present, (count, 0)) == present


def test_ranges_become_ever_more_sensitive():
    steps = [b.sensitivity / a.sensitivity for a, b in itertools.pairwise(RANGES)]
    assert min(steps) > 1


def test_the_noise_of_the_dark_is_measured_and_averaged(chip, opened, values):
    chance = random.Random(4)
    shine(chip, 10 ** (0.4 * (13.8265 - 21.0)))
    chip.noise = lambda: chance.gauss(0, 1.5)
    sensor = opened("tsl2591", readings=20)
    found = [values(sensor.read()) for _ in range(40)]
    scatter = statistics.stdev(one["sky_brightness"] for one in found)
    said = statistics.median(one["sky_brightness_noise"] for one in found)
    assert said == pytest.approx(scatter, rel=0.35)
    mean = statistics.fmean(one["sky_brightness"] for one in found)
    assert mean == pytest.approx(21.0, abs=0.1)


def test_a_flash_of_light_while_it_averages_spoils_the_reading(chip, opened):
    """The counts of a saturated channel are a limit, not a measurement."""
    sensor = opened("tsl2591")
    shine(chip, 0.002)
    sensor.read()
    flashes = iter([0.0] * 10 + [1e6] * 2)
    chip.noise = lambda: next(flashes, 0.0)
    with pytest.raises(SensorNotReadyError, match="light changed"):
        sensor.read()


def test_no_noise_is_claimed_where_one_reading_is_enough(chip, read):
    shine(chip, 100.0)
    assert "sky_brightness_noise" not in read("tsl2591")


@pytest.mark.parametrize(("both", "infrared"), [(0, 0), (3e-5, 6e-5), (1e-8, 0)])
def test_darker_than_it_can_tell_is_absent_not_a_number(chip, opened, both, infrared):
    chip.both, chip.infrared = both, infrared
    with pytest.raises(SensorSaturatedError, match="darker"):
        opened("tsl2591").read()


def test_noise_without_light_is_not_a_brightness(chip, opened):
    chance = random.Random(2)
    chip.both = chip.infrared = 0.0
    chip.noise = lambda: abs(chance.gauss(0, 0.6))
    sensor = opened("tsl2591")
    for _ in range(30):
        try:
            (brightness,) = [
                one.value for one in sensor.read() if one.quantity == "sky_brightness"
            ]
        except SensorSaturatedError:
            continue
        assert brightness > 22.0


def test_a_chip_that_forgot_its_range_gives_nothing(kernel, chip, opened):
    """After a drop of its supply while it measures it would say 0: the darkest night there ever was."""
    sensor = opened("tsl2591")
    sensor.read()
    waits = kernel.clock.wait

    def lose_supply(seconds):
        waits(seconds)
        if seconds > 0.05:
            chip.lose_supply()

    sensor._wait = lose_supply
    with pytest.raises(SensorNotReadyError, match="did not finish"):
        sensor.read()
    sensor._wait = waits
    sensor.read()


def test_settings_that_changed_behind_its_back_are_noticed(kernel, chip, opened):
    sensor = opened("tsl2591")
    waits = kernel.clock.wait

    def disturb(seconds):
        waits(seconds)
        if seconds > 0.05:
            chip.registers[0x01] = 0x30

    sensor._wait = disturb
    with pytest.raises(SensorNotReadyError, match="forgot its range"):
        sensor.read()


@pytest.mark.parametrize("slowness", [0.95, 1.08, 1.15])
def test_a_slow_oscillator_is_waited_for(chip, read, slowness):
    chip.slowness = slowness
    assert read("tsl2591")


def test_a_chip_that_never_finishes_gives_nothing(chip, opened):
    chip.slowness = math.inf
    with pytest.raises(SensorNotReadyError, match="did not finish"):
        opened("tsl2591").read()


def test_another_chip_at_its_address_is_named(kernel, opened):
    kernel.attach(0x29, Bosch())
    with pytest.raises(SensorNotFoundError, match="not a TSL2591"):
        opened("tsl2591")


def test_between_readings_the_chip_sleeps(chip, opened):
    sensor = opened("tsl2591")
    assert chip.registers[0] == 0
    sensor.read()
    assert chip.registers[0] == 0
