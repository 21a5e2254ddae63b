"""SHT3x, SHT4x, HTU21D and AHT20: the same tests for four chips, and their data sheets' values."""

import pytest
from fakes.hygrometers import AHT20, HTU21D, SHT3x, SHT4x, crc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors import aht20
from sensors.climate import humidity_percent
from sensors.crc import crc8
from sensors.reading import SensorNotFoundError, SensorNotReadyError

CHIPS = {
    "sht3x": (SHT3x, 0x44),
    "sht4x": (SHT4x, 0x44),
    "htu21d": (HTU21D, 0x40),
    "aht20": (AHT20, 0x38),
}
each = pytest.mark.parametrize("driver", CHIPS)


@pytest.fixture
def attach(kernel):
    def attach(driver):
        make, address = CHIPS[driver]
        return kernel.attach(address, make())

    return attach


def flipped(byte, bit):
    """Return a disturbance that flips one bit of every answer that is long enough."""

    def disturb(content):
        if len(content) <= byte:
            return content
        return bytes(
            one ^ (1 << bit) if n == byte else one for n, one in enumerate(content)
        )

    return disturb


@each
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(celsius=st.floats(-39.9, 84.9), humidity=st.floats(0.2, 99.9))
def test_what_the_chip_feels_is_what_is_read(attach, read, driver, celsius, humidity):
    chip = attach(driver)
    chip.temperature_c, chip.humidity = celsius, humidity
    found = read(driver)
    assert found["temperature"] == pytest.approx(celsius, abs=0.02)
    assert found["humidity"] == pytest.approx(humidity, abs=0.02)


@each
def test_nobody_there_is_said_with_the_address(kernel, opened, driver):
    kernel.attach(0x76, SHT3x())
    with pytest.raises(
        SensorNotFoundError, match=f"at {CHIPS[driver][1]:#04x} answers on i2c-1.*scan"
    ):
        opened(driver)


@each
@pytest.mark.parametrize("byte", range(6))
@pytest.mark.parametrize("bit", [0, 3, 7])
def test_no_flipped_bit_gets_through(kernel, attach, opened, driver, byte, bit):
    attach(driver)
    sensor = opened(driver)
    before = {one.quantity: one.value for one in sensor.read()}
    kernel.disturb = flipped(byte, bit)
    try:
        after = {one.quantity: one.value for one in sensor.read()}
    except SensorNotReadyError as error:
        after = {one.quantity: one.value for one in error.readings}
    assert not {k for k in after if after[k] != pytest.approx(before[k], abs=0.01)}


@each
def test_unplugged_while_it_works_ends_soon_and_comes_back(
    kernel, attach, opened, driver
):
    chip = attach(driver)
    sensor = opened(driver)
    expected = sensor.read()
    kernel.detach(CHIPS[driver][1])
    began_s = kernel.clock()
    with pytest.raises((SensorNotFoundError, SensorNotReadyError)):
        sensor.read()
    assert kernel.clock() - began_s < 3
    kernel.attach(CHIPS[driver][1], chip)
    assert sensor.read() == expected


@each
def test_a_loss_of_supply_between_readings_leaves_no_trace(attach, opened, driver):
    chip = attach(driver)
    sensor = opened(driver)
    expected = sensor.read()
    chip.lose_supply()
    assert sensor.read() == expected


@each
def test_a_chip_that_is_much_too_slow_gives_nothing(kernel, attach, opened, driver):
    chip = attach(driver)
    sensor = opened(driver)
    chip.stretch = 100.0
    began_s = kernel.clock()
    with pytest.raises((SensorNotFoundError, SensorNotReadyError)):
        sensor.read()
    assert kernel.clock() - began_s < 3


def test_an_sht21_that_takes_85_ms_is_waited_for(attach, opened):
    """SHT21, data sheet version 4, table 7: up to 85 ms, where the HTU21D needs 50."""
    chip = attach("htu21d")
    chip.stretch = 85 / 50
    assert len(opened("htu21d").read()) == 2


@each
def test_a_bus_that_floats_high_gives_nothing(kernel, attach, opened, driver):
    attach(driver)
    sensor = opened(driver)
    kernel.disturb = lambda content: b"\xff" * len(content)
    with pytest.raises((SensorNotFoundError, SensorNotReadyError)):
        sensor.read()


@pytest.mark.parametrize("driver", ["htu21d", "sht4x"])
def test_fog_is_saturated_air(attach, read, driver):
    attach(driver).humidity = 104.0
    assert read(driver)["humidity"] == 100


@pytest.mark.parametrize(
    ("driver", "humidity"),
    [("htu21d", 117), ("htu21d", -3), ("sht4x", -6), ("sht4x", 117)],
)
def test_an_impossible_humidity_is_absent_and_the_temperature_is_there(
    attach, opened, driver, humidity
):
    attach(driver).humidity = humidity
    with pytest.raises(SensorNotReadyError, match="is impossible") as error:
        opened(driver).read()
    assert [one.quantity for one in error.value.readings] == ["temperature"]


@pytest.mark.parametrize("driver", ["sht3x", "sht4x"])
def test_beyond_the_range_of_the_chip_there_is_nothing(attach, opened, driver):
    attach(driver).temperature_c = -44.9
    with pytest.raises(SensorNotReadyError, match="outside of what the chip"):
        opened(driver).read()


def test_the_second_address_is_used(kernel, read):
    kernel.attach(0x45, SHT3x())
    assert read("sht3x", address="0x45")["temperature"] == pytest.approx(7.3, abs=0.01)


def test_the_example_of_the_htu21d_data_sheet(kernel, read):
    """HTU21D(F), page 15: raw 0x683A is 24.7 °C, and 0x4E85 is 32.3 %."""

    class Example(HTU21D):
        def promise(self, seconds, answer):
            raw = b"\x68\x3a" if seconds == 0.050 else b"\x4e\x85"
            super().promise(seconds, raw + bytes([crc(raw, 0)]))

    kernel.attach(0x40, Example())
    found = read("htu21d")
    assert found["temperature"] == pytest.approx(24.7, abs=0.05)
    assert found["humidity"] == pytest.approx(32.3, abs=0.05)


@pytest.mark.parametrize(
    ("content", "start", "expected"),
    [
        ("beef", 0xFF, 0x92),  # SHT3x and SHT4x data sheets
        ("dc", 0, 0x79),  # HTU21D, application note on the CRC
        ("683a", 0, 0x7C),
        ("4e85", 0, 0x6B),
    ],
)
def test_the_check_values_of_the_data_sheets(content, start, expected):
    assert crc8(bytes.fromhex(content), start=start) == expected
    assert crc(bytes.fromhex(content), start) == expected


def test_an_aht20_that_lost_its_calibration_gives_nothing():
    content = bytes.fromhex("10") + bytes(5)
    with pytest.raises(SensorNotReadyError, match="calibration"):
        aht20.decode(content + bytes([crc(content)]))


@pytest.mark.parametrize("edge", [100, 110])
def test_up_to_its_tolerance_more_than_saturated_is_saturated(edge):
    assert humidity_percent(edge) == 100


@pytest.mark.parametrize("value", [0, -0.01, 110.1, float("nan")])
def test_no_such_air(value):
    with pytest.raises(SensorNotReadyError):
        humidity_percent(value)
