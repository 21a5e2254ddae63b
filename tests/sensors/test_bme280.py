import pytest
from fakes.bosch import BMP280_ID, Bosch, humidity_percent

from sensors.bme280 import computed_humidity_percent
from sensors.reading import SensorNotFoundError, SensorNotReadyError


@pytest.fixture
def chip(kernel):
    return kernel.attach(0x76, Bosch())


def test_the_worked_example_of_the_data_sheet(chip, read):
    """BST-BMP280-DS001, section 3.12: 25.08 °C and 100653.27 Pa."""
    found = read("bme280")
    assert found["temperature"] == pytest.approx(25.08, abs=0.005)
    assert found["pressure"] == pytest.approx(1006.53, abs=0.01)


def test_the_example_holds_for_the_bmp280_which_has_no_humidity(kernel, read):
    kernel.attach(0x77, Bosch(BMP280_ID))
    found = read("bmp280", address="0x77")
    assert found == {
        "temperature": pytest.approx(25.08, abs=0.005),
        "pressure": pytest.approx(1006.53, abs=0.01),
    }


@pytest.mark.parametrize("adc_h", [22000, 27000, 31000, 33000])
@pytest.mark.parametrize("adc_t", [400000, 519888, 560000])
def test_humidity_agrees_with_the_integer_code_of_the_data_sheet(
    chip, read, adc_t, adc_h
):
    chip.adc = (adc_t, 415148, adc_h)
    assert read("bme280")["humidity"] == pytest.approx(
        humidity_percent(adc_h, adc_t), abs=0.05
    )


@pytest.mark.parametrize("adc_h", [24000, 27000, 33000])
def test_the_formula_without_a_limit_is_that_of_the_driver(chip, opened, adc_h):
    chip.adc = (519888, 415148, adc_h)
    device = opened("bme280")._device
    expected = device.relative_humidity
    found = computed_humidity_percent(adc_h, device._t_fine, device._humidity_calib)
    assert found == pytest.approx(expected, abs=1e-6)


def test_fog_is_saturated_air(chip, read):
    chip.adc = (519888, 415148, 41500)
    assert humidity_percent(41500, 519888) == 100
    assert read("bme280")["humidity"] == 100


def test_every_reading_is_measured_anew(chip, opened, values):
    sensor = opened("bme280")
    first = values(sensor.read())
    chip.adc = (500000, 415148, 27000)
    assert values(sensor.read())["temperature"] < first["temperature"] - 5


def test_a_temperature_that_was_not_measured_takes_everything_with_it(chip, opened):
    sensor = opened("bme280")
    chip.skips = {0}
    with pytest.raises(SensorNotReadyError, match=r"temperature.*supply") as error:
        sensor.read()
    assert error.value.readings == ()


@pytest.mark.parametrize(
    ("channel", "missing", "word"),
    [(1, "pressure", "air pressure"), (2, "humidity", "humidity")],
)
def test_what_was_not_measured_is_absent_and_the_rest_is_there(
    chip, opened, values, channel, missing, word
):
    sensor = opened("bme280")
    chip.skips = {channel}
    with pytest.raises(
        SensorNotReadyError, match=f"did not measure the {word}"
    ) as error:
        sensor.read()
    found = values(error.value.readings)
    assert {*found, missing} == {"temperature", "humidity", "pressure"}


def test_a_loss_of_supply_between_readings_leaves_no_trace(chip, opened, values):
    sensor = opened("bme280")
    first = values(sensor.read())
    chip.lose_supply()
    assert values(sensor.read()) == first


@pytest.mark.parametrize(
    ("adc", "what"),
    [((0, 415148, 27000), "temperature"), ((0xFFFFF, 415148, 27000), "temperature")],
)
def test_an_impossible_temperature_is_absent(chip, opened, adc, what):
    chip.adc = adc
    with pytest.raises(SensorNotReadyError, match=f"{what} of .* is outside"):
        opened("bme280").read()


@pytest.mark.parametrize(
    ("adc", "said"),
    [
        ((519888, 0, 27000), "air pressure of .* is outside"),
        ((519888, 415148, 0), "humidity of 0 % is impossible"),
        ((519888, 415148, 0xFFFF), "is impossible: the sensor is soaked"),
    ],
)
def test_an_impossible_channel_is_absent_alone(chip, opened, values, adc, said):
    chip.adc = adc
    with pytest.raises(SensorNotReadyError, match=said) as error:
        opened("bme280").read()
    assert len(values(error.value.readings)) == 2


def test_a_bmp280_where_a_bme280_is_expected_is_named_with_the_remedy(kernel, opened):
    kernel.attach(0x76, Bosch(BMP280_ID))
    with pytest.raises(
        SensorNotFoundError,
        match=r'BMP280, which measures no humidity,.*set "driver": "bmp280"',
    ):
        opened("bme280")


def test_a_bme280_where_a_bmp280_is_expected_is_named_with_the_remedy(chip, opened):
    with pytest.raises(SensorNotFoundError, match=r'a BME280 .*"driver": "bme280"'):
        opened("bmp280")


@pytest.mark.parametrize(
    ("chip_id", "said"), [(0x61, "a BME680"), (0x55, "a BMP180"), (0x00, "id is 0x00")]
)
def test_another_chip_is_named(kernel, opened, chip_id, said):
    kernel.attach(0x76, Bosch(chip_id))
    with pytest.raises(SensorNotFoundError, match=said):
        opened("bme280")


@pytest.mark.parametrize("length", [1, 7, 24])
def test_a_calibration_that_was_read_with_an_error_is_not_used(
    kernel, chip, opened, length
):
    """It would make all values wrong, by a few degrees, until the program is started again."""
    once = [True]

    def disturb(content):
        if len(content) == length and content[0] not in (0x60, 0) and once:
            once.clear()
            return bytes([content[0] ^ 0x10]) + content[1:]
        return content

    kernel.disturb = disturb
    with pytest.raises(SensorNotReadyError, match="calibration"):
        opened("bme280")
    assert opened("bme280").read()


def test_a_chip_that_never_finishes_does_not_hold_the_program(kernel, chip, opened):
    sensor = opened("bme280")
    chip.stuck = True
    began_s = kernel.clock()
    with pytest.raises(SensorNotReadyError, match="does not get ready"):
        sensor.read()
    assert kernel.clock() - began_s < 6
