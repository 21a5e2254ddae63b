"""MLX90614, BH1750, DS18B20 and DHT: one chip of its kind each."""

import shutil

import pytest
from fakes.infrared import MLX90614, pec
from fakes.kernel_sensors import OneWire, one_wire_crc, put_dht
from fakes.light_meters import BH1750
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors import ds18b20, mlx90614
from sensors.crc import crc8
from sensors.libraries import w1thermsensor
from sensors.reading import (
    SensorNotFoundError,
    SensorNotReadyError,
    SensorSaturatedError,
)

FIRST, SECOND = "28-0316a2794bff", "28-00000072431d"
in_many_cases = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40
)


@in_many_cases
@given(sky_c=st.floats(-69.9, 60), own_c=st.floats(-39.9, 84))
def test_the_infrared_thermometer_feels_sky_and_itself(kernel, read, sky_c, own_c):
    kernel.attach(0x5A, MLX90614(sky_c, own_c))
    found = read("mlx90614")
    assert found["sky_temperature"] == pytest.approx(sky_c, abs=0.011)
    assert found["temperature"] == pytest.approx(own_c, abs=0.011)


def test_the_example_of_the_mlx90614_data_sheet():
    """Section 8.4.3.1, reading object 1 of the chip at 0x5A: low byte D2, high byte 3A, packet error code 30."""
    word = bytes.fromhex("d23a")
    code = crc8(bytes.fromhex("b407b5") + word, polynomial=0x07, start=0)
    assert code == pec(bytes.fromhex("b407b5d23a")) == 0x30
    assert mlx90614.decode(0x5A, 0x07, word + b"\x30") == pytest.approx(28.01, abs=0.01)


@pytest.mark.parametrize("bit", range(24))
def test_no_flipped_bit_of_the_infrared_thermometer_gets_through(kernel, opened, bit):
    kernel.attach(0x5A, MLX90614())
    sensor = opened("mlx90614")
    kernel.disturb = lambda content: (int.from_bytes(content) ^ 1 << bit).to_bytes(
        len(content)
    )
    with pytest.raises(SensorNotReadyError, match="wrong packet error code"):
        sensor.read()


def test_one_disturbed_answer_is_asked_again(kernel, opened):
    kernel.attach(0x5A, MLX90614())
    sensor = opened("mlx90614")
    expected, disturbances = sensor.read(), [b"\x01\x02\x03"]
    kernel.disturb = lambda content: disturbances.pop() if disturbances else content
    assert sensor.read() == expected


def test_a_measurement_that_the_chip_marks_as_an_error_is_absent(kernel, opened):
    chip = kernel.attach(0x5A, MLX90614())
    sensor = opened("mlx90614")
    chip.error = True
    with pytest.raises(SensorNotReadyError, match="marks its measurement"):
        sensor.read()


def test_a_programmed_address_is_used(kernel, read):
    kernel.attach(0x1B, MLX90614(address=0x1B))
    assert read("mlx90614", address="0x1b")["sky_temperature"] == pytest.approx(-18.75)


@pytest.mark.parametrize("illuminance_lx", [0.5, 10, 1000, 27_000, 50_000])
def test_the_bh1750_sees_from_dusk_to_day(kernel, read, illuminance_lx):
    kernel.attach(0x23, BH1750(illuminance_lx))
    assert read("bh1750")["illuminance"] == pytest.approx(
        illuminance_lx, rel=0.01, abs=0.3
    )


@pytest.mark.parametrize(("illuminance_lx", "word"), [(0, "darker"), (8e4, "brighter")])
def test_what_the_bh1750_cannot_tell_is_absent(kernel, opened, illuminance_lx, word):
    kernel.attach(0x23, BH1750(illuminance_lx))
    with pytest.raises(SensorSaturatedError, match=word):
        opened("bh1750").read()


def test_the_bh1750_after_a_loss_of_supply_says_no_darkness(kernel, opened, values):
    chip = kernel.attach(0x23, BH1750(50.0))
    sensor = opened("bh1750")
    sensor.read()
    chip.lose_supply()
    assert values(sensor.read())["illuminance"] == pytest.approx(50, abs=0.5)


@pytest.fixture
def wire(kernel):
    return OneWire(kernel.root)


@pytest.mark.parametrize(
    ("temperature_c", "scratchpad"),
    [
        (125, "d007"),
        (25.0625, "9101"),
        (10.125, "a200"),
        (0.5, "0800"),
        (0, "0000"),
        (-0.5, "f8ff"),
        (-10.125, "5eff"),
        (-25.0625, "6ffe"),
        (-55, "90fc"),
    ],
)
def test_the_table_of_the_ds18b20_data_sheet(wire, read, temperature_c, scratchpad):
    """DS18B20, table 1; 85 °C, the tenth row, is what it says after power-on."""
    rest = bytes.fromhex(scratchpad + "4b467fff0c10")
    wire.put_raw(FIRST, rest + bytes([one_wire_crc(rest)]))
    assert read("ds18b20")["temperature"] == pytest.approx(temperature_c, abs=0.001)


@pytest.mark.parametrize(
    ("temperature_c", "said"),
    [(85.0, "85.0 °C, which"), (127.9375, "outside of what the chip")],
)
def test_the_known_lies_of_the_ds18b20_are_absent(wire, opened, temperature_c, said):
    wire.put(FIRST, temperature_c)
    with pytest.raises(SensorNotReadyError, match=said):
        opened("ds18b20").read()


@pytest.mark.parametrize(
    "nine", [bytes(9), b"\xff" * 9, bytes.fromhex("5001 4b467fff0c10 00")]
)
def test_a_scratchpad_with_a_wrong_sum_is_absent(wire, opened, nine):
    wire.put_raw(FIRST, nine)
    with pytest.raises(SensorNotReadyError, match=r"wrong CRC.*resistor"):
        opened("ds18b20").read()


@pytest.mark.parametrize(
    "text", ["", "\n", "50 05 4b : crc=1c YES\n", "x : crc=00 YES\nno numbers\n"]
)
def test_what_the_kernel_does_not_finish_is_absent(wire, opened, text):
    file = wire.put(FIRST, 20)
    sensor = opened("ds18b20")
    file.write_text(text)
    with pytest.raises(SensorNotReadyError, match="disturbed"):
        sensor.read()


def test_a_thermometer_that_leaves_is_not_found_and_comes_back(wire, opened):
    file = wire.put(FIRST, 20)
    sensor = opened("ds18b20")
    file.unlink()
    with pytest.raises(SensorNotFoundError, match="gone from the 1-Wire bus"):
        sensor.read()
    wire.put(FIRST, 21)
    assert sensor.read()[0].value == 21


def test_a_thermometer_that_leaves_while_it_is_opened_is_not_found(wire, opened):
    wire.put(FIRST, 20).unlink()  # its folder goes a moment later
    with pytest.raises(SensorNotFoundError, match="gone from the 1-Wire bus"):
        opened("ds18b20")


def test_of_two_thermometers_one_must_be_named(wire, opened):
    wire.put(FIRST, 20)
    wire.put(SECOND, -7.5)
    with pytest.raises(SensorNotFoundError, match=f"{SECOND}, {FIRST}"):
        opened("ds18b20")
    assert opened("ds18b20", id=SECOND).read()[0].value == -7.5


def test_a_thermometer_of_another_number_is_not_found_with_what_is_there(wire, opened):
    wire.put(FIRST, 20)
    with pytest.raises(SensorNotFoundError, match=f"{SECOND}.*there is {FIRST}"):
        opened("ds18b20", id=SECOND)


def test_the_families_of_thermometers_are_those_of_the_library():
    library = w1thermsensor()
    assert {f"{kind.value:02x}" for kind in library.Sensor} == ds18b20.FAMILIES


def test_other_things_on_the_wire_are_no_thermometers(wire, opened):
    (wire.folder / "26-00000072431d").mkdir()  # a DS2438, a battery monitor
    with pytest.raises(SensorNotFoundError, match="no thermometer"):
        opened("ds18b20")


@pytest.mark.parametrize("named", [{}, {"id": FIRST}])
def test_an_empty_bus_and_no_bus_are_told_apart(wire, opened, named):
    with pytest.raises(SensorNotFoundError, match=r"on the 1-Wire bus.*4.7 kΩ"):
        opened("ds18b20", **named)
    shutil.rmtree(wire.folder)
    with pytest.raises(SensorNotFoundError, match="dtoverlay=w1-gpio"):
        opened("ds18b20", **named)


def test_the_kernels_dht_is_read_in_thousandths(kernel, read):
    put_dht(kernel.root, 0, pin=4, temperature_c=-3.4, humidity=76.1)
    put_dht(kernel.root, 1, pin=17, temperature_c=21.0, humidity=40.0)
    assert read("dht") == {"temperature": -3.4, "humidity": 76.1}
    assert read("dht", pin=17) == {"temperature": 21.0, "humidity": 40.0}


def test_a_dht_that_is_not_set_up_is_answered_with_the_overlay(kernel, opened):
    put_dht(kernel.root, 0, pin=4, temperature_c=20, humidity=40)
    with pytest.raises(
        SensorNotFoundError,
        match=r"dtoverlay=dht11,gpiopin=17 .*There is one at GPIO 4\.",
    ):
        opened("dht", pin=17)


def test_a_dht_is_asked_three_times_with_rests(kernel, opened):
    folder = put_dht(kernel.root, 0, pin=4, temperature_c=20, humidity=40)
    sensor = opened("dht")
    (folder / "in_humidityrelative_input").unlink()
    (folder / "in_humidityrelative_input").mkdir()  # reading it is an OSError
    began_s = kernel.clock()
    with pytest.raises(SensorNotReadyError, match="3 times"):
        sensor.read()
    assert kernel.clock() - began_s == 4


def test_a_dht_that_answers_the_second_time_is_good(kernel, opened):
    folder = put_dht(kernel.root, 0, pin=4, temperature_c=20, humidity=40)
    sensor = opened("dht")
    file = folder / "in_temp_input"
    file.write_text("")

    def wait(seconds):
        file.write_text("20500\n")

    sensor._wait = wait
    assert [one.value for one in sensor.read()] == [20.5, 40.0]


def test_a_dht_whose_overlay_was_unloaded_is_not_found(kernel, opened):
    folder = put_dht(kernel.root, 0, pin=4, temperature_c=20, humidity=40)
    sensor = opened("dht")
    shutil.rmtree(folder)
    with pytest.raises(SensorNotFoundError, match="is gone"):
        sensor.read()
