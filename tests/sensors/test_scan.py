import pytest
from fakes.bosch import BMP280_ID, Bosch
from fakes.hygrometers import AHT20, HTU21D, SHT3x, SHT4x
from fakes.i2c_bus import Chip, Registers
from fakes.infrared import MLX90614
from fakes.kernel_sensors import OneWire, put_dht
from fakes.light_meters import BH1750, TSL2591

from sensors.scan import Found, scan

EVERYTHING = {
    0x23: (BH1750, "bh1750"),
    0x29: (TSL2591, "tsl2591"),
    0x38: (AHT20, "aht20"),
    0x40: (HTU21D, "htu21d"),
    0x44: (SHT4x, "sht4x"),
    0x45: (SHT3x, "sht3x"),
    0x5A: (MLX90614, "mlx90614"),
    0x76: (Bosch, "bme280"),
    0x77: (lambda: Bosch(BMP280_ID), "bmp280"),
}


class Stranger(Registers):
    """A chip that has registers and remembers what was written to it."""

    def __init__(self):
        super().__init__()
        self.stored = []

    def store(self, register, value):
        self.stored.append((register, value))


@pytest.mark.parametrize("answers_empty", [True, False], ids=["Pi 4", "Pi 5"])
def test_every_chip_is_recognised(kernel, around, answers_empty):
    kernel.answers_empty = answers_empty
    for address, (make, _) in EVERYTHING.items():
        kernel.attach(address, make())
    found = {one.where: one.driver for one in scan(around).found}
    assert found == {
        f"i2c-1 {address:#04x}": driver for address, (_, driver) in EVERYTHING.items()
    }


def test_what_the_scan_says_can_be_opened(kernel, around, opened):
    """The driver and the options it names are those that work, on another bus, too."""
    for address, (make, _) in EVERYTHING.items():
        kernel.attach(address, make(), bus=3)
    wire = OneWire(kernel.root)
    wire.put("28-0316a2794bff", 20.0)
    wire.put("28-00000072431d", 21.0)
    put_dht(kernel.root, 0, pin=17, temperature_c=20, humidity=50)
    found = scan(around).found
    assert len(found) == len(EVERYTHING) + 3
    for one in found:
        assert opened(one.driver, **one.options).read()


@pytest.mark.parametrize("address", sorted(EVERYTHING))
def test_a_stranger_at_a_known_address_is_unknown(kernel, around, address):
    kernel.attach(address, Stranger())
    (found,) = scan(around).found
    guessed = address == 0x23  # a BH1750 has no identity
    assert found.driver == ("bh1750" if guessed else "")


@pytest.mark.parametrize(
    "address", [a for a in sorted(EVERYTHING) if a not in (0x44, 0x45)]
)
def test_nothing_is_written_into_a_stranger(kernel, around, address):
    stranger = kernel.attach(address, Stranger())
    scan(around)
    assert stranger.stored == []


def test_a_chip_at_an_unusual_address_is_unknown(kernel, around):
    kernel.attach(0x68, Stranger())
    assert scan(around).found == [Found("i2c-1 0x68", "an unknown chip")]


def test_a_chip_that_the_kernel_uses_is_left_alone(kernel, around):
    class Untouchable(Chip):
        def write(self, content):
            assert not content, "only the scan may ask whether it is there"

        def read(self, length):
            raise AssertionError

    kernel.attach(0x76, Untouchable())
    device = kernel.root / "sys/bus/i2c/devices/1-0076"
    driver = kernel.root / "sys/bus/i2c/drivers/bmp280"
    driver.mkdir(parents=True)
    device.mkdir(parents=True)
    (device / "driver").symlink_to(driver)
    assert scan(around).found == [Found("i2c-1 0x76", "used by the kernel (bmp280)")]


def test_without_any_bus_there_are_two_remedies(around):
    result = scan(around)
    assert result.found == []
    assert "raspi-config" in result.remarks[0]
    assert "dtoverlay=w1-gpio" in result.remarks[1]


def test_a_hanging_bus_ends_the_scan_soon(kernel, around):
    kernel.attach(0x76, Bosch(), bus=1)
    kernel.hangs = True
    began_s = kernel.clock()
    result = scan(around)
    assert kernel.clock() - began_s < 5
    assert "stuck" in result.remarks[0]


def test_an_empty_1_wire_bus_is_no_remark(kernel, around):
    kernel.attach(0x76, Bosch())
    OneWire(kernel.root)
    assert scan(around).remarks == []
