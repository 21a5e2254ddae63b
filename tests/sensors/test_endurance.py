"""Thousands of readings, good ones and failures, leave no memory and no file behind."""

import contextlib
import gc
import random
import tracemalloc

import psutil
import pytest
from fakes.bosch import Bosch
from fakes.hygrometers import AHT20, HTU21D, SHT3x, SHT4x
from fakes.infrared import MLX90614
from fakes.kernel_sensors import OneWire, put_dht
from fakes.light_meters import BH1750, TSL2591

from sensors.reading import SensorError

CHIPS = {
    "aht20": (0x38, AHT20, 1000),
    "bh1750": (0x23, BH1750, 1000),
    "bme280": (0x76, Bosch, 100),  # a hundred transfers each
    "htu21d": (0x40, HTU21D, 1000),
    "mlx90614": (0x5A, MLX90614, 1000),
    "sht3x": (0x44, SHT3x, 1000),
    "sht4x": (0x44, SHT4x, 1000),
    "tsl2591": (0x29, TSL2591, 300),
}  # address, chip, readings
OF_THE_DRIVERS = [
    tracemalloc.Filter(inclusive=True, filename_pattern=f"*/{name}*")
    for name in ("sensors/", "smbus2", "adafruit_", "w1thermsensor", "ctypes", "json")
]


def faulty(chance):
    """Return a disturbance that spoils every twentieth answer."""

    def disturb(content):
        if chance.random() > 0.05:
            return content
        return bytes(chance.randrange(256) for _ in content)

    return disturb


@pytest.mark.parametrize("driver", CHIPS)
def test_readings_and_failures_leave_nothing_behind(kernel, opened, driver):
    address, make, many = CHIPS[driver]
    kernel.attach(address, make())

    def spoil():
        kernel.disturb = faulty(random.Random(1))

    _endure(lambda: opened(driver), spoil, many)


@pytest.mark.parametrize("driver", ["ds18b20", "dht"])
def test_so_do_those_of_the_kernels_sensors(kernel, opened, driver):
    file = OneWire(kernel.root).put("28-0316a2794bff", 20.0)
    folder = put_dht(kernel.root, 0, pin=4, temperature_c=20, humidity=50)

    def spoil():
        file.write_text("")
        (folder / "in_temp_input").write_text("")

    _endure(lambda: opened(driver), spoil, 2000)


def _endure(open_sensor, spoil, many):
    """Read good values, then with faults and reopened each time; compare what is held before and after."""
    sensor, this = open_sensor(), psutil.Process()
    for _ in range(30):
        sensor.read()
    gc.collect()  # files that tests before this one have left to it
    files = this.num_fds()
    with growth() as good:
        for _ in range(many):
            sensor.read()
    spoil()
    with growth() as failing:
        for _ in range(many // 5):
            with contextlib.suppress(SensorError):
                open_sensor().read()
    assert this.num_fds() <= files
    assert max(good[0], failing[0]) < 20_000


@contextlib.contextmanager
def growth():
    """Yield a list that holds, afterwards, how many bytes the drivers and their libraries allocated and still hold."""
    grown = []
    tracemalloc.start()
    try:
        yield grown
        gc.collect()
        held = tracemalloc.take_snapshot().filter_traces(OF_THE_DRIVERS)
        grown.append(sum(one.size for one in held.statistics("filename")))
    finally:
        tracemalloc.stop()
