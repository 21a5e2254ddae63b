"""What the tests of the drivers need: the chips of ``tests/fakes`` on buses that the real smbus2 opens."""

import importlib
import sys
import time
import types
from pathlib import Path

import pytest
import smbus2.smbus2

from edge.settings.sensors import OPTIONS
from products.quantities import QUANTITIES
from sensors.libraries import adafruit
from sensors.registry import open_sensor
from sensors.surroundings import Surroundings

fakes = types.ModuleType("fakes")
fakes.__path__ = [str(Path(__file__).parent.parent / "fakes")]
sys.modules.setdefault("fakes", fakes)

UNITS = {one.name: one.unit for one in QUANTITIES.values()}
KEEP_SLEEP = (
    "adafruit_bme280.basic",
    "adafruit_bmp280",
    "adafruit_bh1750",
)  # these took time.sleep with them when they were imported


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Return the `Kernel` of a computer whose files are in ``tmp_path`` and whose time passes by waiting."""
    kernel = importlib.import_module("fakes.i2c_bus").Kernel(tmp_path)
    monkeypatch.setattr(smbus2.smbus2, "ioctl", kernel.ioctl)
    monkeypatch.setattr(time, "sleep", kernel.clock.wait)
    for module in KEEP_SLEEP:
        monkeypatch.setattr(adafruit(module), "sleep", kernel.clock.wait)
    return kernel


@pytest.fixture
def around(kernel):
    """Return the surroundings of a sensor on that computer."""
    clock = kernel.clock
    return Surroundings(
        now=None,
        latitude_deg=48,
        longitude_deg=8,
        units=UNITS,
        monotonic=clock,
        wait=clock.wait,
        root=kernel.root,
    )


@pytest.fixture
def opened(around):
    """Return a function that opens a sensor as the settings do, with the defaults of its options."""

    def opened(driver, **options):
        settings = OPTIONS[driver].model_validate(options)
        return open_sensor(driver, "one", settings.model_dump(), around)

    return opened


@pytest.fixture
def read(opened):
    """Return a function that opens a sensor, reads it once, and returns the values by quantity."""

    def read(driver, **options):
        return _values(opened(driver, **options).read())

    return read


@pytest.fixture
def values():
    """Return a function that returns the values of readings by quantity, after a look at what all have in common."""
    return _values


def _values(readings):
    """Return the values by quantity, after a look at what all readings have in common."""
    for one in readings:
        assert one.sensor == "one"
        assert one.unit == UNITS[one.quantity]
    return {one.quantity: one.value for one in readings}
