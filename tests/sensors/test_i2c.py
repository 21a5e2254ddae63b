import contextlib
import errno
import fcntl
import gc
import os

import psutil
import pytest
import smbus2.smbus2
from fakes.bosch import Bosch
from fakes.hygrometers import SHT4x
from fakes.infrared import MLX90614
from fakes.light_meters import TSL2591

from sensors.i2c import I2CBus
from sensors.reading import SensorNotFoundError, SensorNotReadyError

CHIPS = {0x29: TSL2591, 0x44: SHT4x, 0x5A: MLX90614, 0x76: Bosch}


@pytest.fixture
def bus(kernel):
    for address, make in CHIPS.items():
        kernel.attach(address, make())
    return I2CBus(1, kernel.root, kernel.clock)


def test_a_register_is_asked_without_letting_go_of_the_bus(bus):
    assert bus.ask(0x76, b"\xd0", 1) == b"\x60"


def test_parts_of_buffers_are_written_and_filled(bus):
    given, taken = bytearray(b"\x00\xd0\x00"), bytearray(b"abc")
    with bus:
        bus.writeto_then_readfrom(
            0x76, given, taken, out_start=1, out_end=2, in_start=1, in_end=2
        )
        assert taken == b"a\x60c"
        bus.writeto(0x76, given, start=1, end=2)
        bus.readfrom_into(0x76, taken, start=2)
    assert taken == b"a\x60\x60"


def test_the_scan_finds_every_chip(bus):
    assert bus.scan() == sorted(CHIPS)


def test_on_an_adapter_without_empty_messages_the_scan_finds_those_that_can_be_read(
    bus, kernel
):
    """As on a Pi 5; an SHT4x that has nothing to say does not acknowledge being read."""
    kernel.answers_empty = False
    assert bus.scan() == [0x29, 0x76]


@pytest.mark.parametrize("driver", ["sht4x", "bme280", "tsl2591"])
def test_drivers_open_their_chips_on_an_adapter_without_empty_messages(
    bus, kernel, opened, driver
):
    kernel.answers_empty = False
    assert opened(driver).read()


def test_nobody_there_on_such_an_adapter_is_noticed_all_the_same(kernel, opened):
    kernel.attach(0x76, Bosch())
    kernel.answers_empty = False
    with pytest.raises(SensorNotFoundError, match="no SHT4x at 0x44 answers"):
        opened("sht4x")


def test_without_a_bus_the_remedy_is_to_switch_it_on(around, opened):
    with pytest.raises(SensorNotFoundError, match=r"no .*i2c-1: switch I²C on.*raspi"):
        opened("bme280")


def test_another_bus_is_named_when_this_one_is_not_there(kernel, opened):
    kernel.attach(0x76, Bosch(), bus=3)
    with pytest.raises(SensorNotFoundError, match="there is i2c-3; or"):
        opened("bme280")
    assert opened("bme280", bus=3).read()


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM])
def test_without_permission_the_remedy_is_the_group(bus, opened, monkeypatch, code):
    real = os.open

    def refuse(path, *arguments):
        if str(path).endswith("i2c-1"):
            raise PermissionError(code, os.strerror(code))
        return real(path, *arguments)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SensorNotFoundError, match=r"usermod -aG i2c"):
        opened("bme280")


@pytest.mark.parametrize(
    "driver", ["bme280", "tsl2591", "sht4x", "mlx90614", "htu21d", "aht20", "sht3x"]
)
def test_a_hanging_bus_is_given_up_soon(bus, kernel, opened, driver):
    kernel.hangs = True
    began_s = kernel.clock()
    with pytest.raises(SensorNotReadyError, match=r"stuck or disturbed.*SDA and SCL"):
        opened(driver)
    assert kernel.clock() - began_s < 8


@pytest.mark.parametrize("driver", ["bme280", "tsl2591", "sht4x", "mlx90614"])
def test_a_bus_that_hangs_while_it_is_read_is_given_up_soon(
    bus, kernel, opened, driver
):
    sensor = opened(driver)
    kernel.hangs = True
    began_s = kernel.clock()
    with pytest.raises(SensorNotReadyError, match="stuck or disturbed"):
        sensor.read()
    assert kernel.clock() - began_s < 8
    kernel.hangs = False
    assert sensor.read()


def test_two_programs_do_not_talk_to_a_chip_at_the_same_time(bus, kernel, opened):
    """Else an HTU21D gives one of them the temperature as humidity, with a good CRC."""
    sensor = opened("bme280")
    with bus.path.open() as other, closing_lock(other):
        began_s = kernel.clock()
        with pytest.raises(SensorNotReadyError, match="another program holds i2c-1"):
            sensor.read()
        assert 10 < kernel.clock() - began_s < 20
    assert sensor.read()


@contextlib.contextmanager
def closing_lock(file):
    fcntl.flock(file, fcntl.LOCK_EX)
    yield
    fcntl.flock(file, fcntl.LOCK_UN)


def test_no_file_is_left_open_by_failures_of_any_kind(bus, kernel, opened, monkeypatch):
    this = psutil.Process()
    gc.collect()
    before = this.num_fds()
    sensor = opened("bme280")
    sensor.read()
    kernel.hangs = True
    with pytest.raises(SensorNotReadyError):
        sensor.read()
    kernel.hangs = False
    kernel.detach(0x76)
    with pytest.raises(SensorNotFoundError):
        sensor.read()
    monkeypatch.setattr(smbus2.smbus2, "ioctl", fcntl.ioctl)
    with pytest.raises(OSError, match="Inappropriate"):
        bus.try_lock()  # a plain file is no bus
    assert this.num_fds() <= before
