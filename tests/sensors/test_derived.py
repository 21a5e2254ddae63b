import math

import pytest

from products.quantities import QUANTITIES
from sensors.derived import (
    absolute_humidity_g_m3,
    derived,
    dew_point_c,
    frost_point_c,
    illuminance_lx,
    qff_hpa,
    qnh_hpa,
    sky_brightness_mag_arcsec2,
)
from sensors.reading import Reading


def saturation_pa(temperature_c):
    """Return the saturation vapour pressure over water by the long formula of Sonntag 1990, not that of Magnus."""
    kelvin = temperature_c + 273.15
    polynomial = 21.2409642 - 2.711193e-2 * kelvin + 1.673952e-5 * kelvin**2
    return math.exp(-6096.9385 / kelvin + polynomial + 2.433502 * math.log(kelvin))


def test_the_dew_point_is_the_published_example():
    assert dew_point_c(20, 50) == pytest.approx(9.26, abs=0.005)


@pytest.mark.parametrize("temperature_c", [-30, -10, 0, 15, 35])
@pytest.mark.parametrize("humidity", [20, 40, 80, 100])
def test_air_at_its_dew_point_is_saturated(temperature_c, humidity):
    vapour_pa = humidity / 100 * saturation_pa(temperature_c)
    found_pa = saturation_pa(dew_point_c(temperature_c, humidity))
    assert found_pa == pytest.approx(vapour_pa, rel=0.01)


@pytest.mark.parametrize("humidity", [0, -3])
def test_air_without_moisture_has_no_dew_point(humidity):
    assert dew_point_c(20, humidity) is None


def test_a_dark_sky_gives_half_a_millilux():
    assert illuminance_lx(22.0) == pytest.approx(0.54e-3, rel=0.01)


def test_one_lux_is_13_83_mag_per_square_arcsecond():
    assert sky_brightness_mag_arcsec2(1.0) == pytest.approx(13.83, abs=0.005)


@pytest.mark.parametrize("sky", [22.0, 18.5, 7.5])
def test_sky_brightness_and_illuminance_are_inverse(sky):
    assert sky_brightness_mag_arcsec2(illuminance_lx(sky)) == pytest.approx(sky)


@pytest.mark.parametrize("lux", [0.0, -0.001])
def test_no_light_has_no_magnitude(lux):
    assert sky_brightness_mag_arcsec2(lux) is None


def reading(quantity, value):
    return Reading("air", quantity, value, "?")


def values(readings):
    assert all(one.unit == QUANTITIES[one.quantity].unit for one in readings)
    return {one.quantity: one.value for one in readings}


def test_temperature_and_humidity_give_all_that_is_said_of_moisture():
    found = derived([reading("temperature", 20.0), reading("humidity", 50.0)])
    assert {one.sensor for one in found} == {"air"}
    told = values(found)
    assert told.keys() == {"dew_point", "dew_spread", "absolute_humidity"}
    assert told["dew_point"] + told["dew_spread"] == pytest.approx(20.0)


def test_freezing_air_has_a_frost_point_above_its_dew_point():
    told = values(derived([reading("temperature", -10.0), reading("humidity", 80.0)]))
    assert told["dew_point"] < told["frost_point"] < -10.0


@pytest.mark.parametrize(
    "readings",
    [
        [],
        [reading("temperature", 20.0)],
        [reading("humidity", 50.0)],
        [reading("temperature", 20.0), reading("humidity", 0.0)],
    ],
    ids=["nothing", "no humidity", "no temperature", "dry"],
)
def test_what_cannot_be_derived_is_absent(readings):
    assert derived(readings, elevation_m=535) == []


def test_what_a_sensor_measures_itself_is_not_derived_again():
    measured = [
        reading("temperature", 20.0),
        reading("humidity", 50.0),
        reading("dew_point", 9.0),
    ]
    told = values(derived(measured))
    assert "dew_point" not in told
    assert told["dew_spread"] == 11.0


def test_the_frost_point_is_where_ice_is_saturated():
    # Sonntag 1990 over ice, another formula than that of Magnus: 1.032 hPa at -20 °C, 2.599 hPa at -10 °C.
    humidity = 100 * 103.2 / saturation_pa(-10)
    assert frost_point_c(-10, humidity) == pytest.approx(-20, abs=0.1)


@pytest.mark.parametrize(("temperature_c", "humidity"), [(20, 50), (5, 100), (-10, 0)])
def test_air_without_frost_has_no_frost_point(temperature_c, humidity):
    assert frost_point_c(temperature_c, humidity) is None


@pytest.mark.parametrize(
    ("temperature_c", "saturated_g_m3"),
    [(0, 4.85), (10, 9.40), (20, 17.30), (30, 30.38)],
)
def test_the_absolute_humidity_is_that_of_the_published_table(
    temperature_c, saturated_g_m3
):
    found = absolute_humidity_g_m3(temperature_c, 100)
    assert found == pytest.approx(saturated_g_m3, rel=0.006)


def test_the_pressure_at_sea_level_is_the_published_example():
    assert qnh_hpa(955, 535) == pytest.approx(1017.93, abs=0.01)
    assert qff_hpa(955, 535, 10, 70) == pytest.approx(1018.04, abs=0.01)


def test_a_barometer_alone_gives_the_pressure_of_the_standard_atmosphere_only():
    pressure = [reading("pressure", 955.0)]
    assert values(derived(pressure, elevation_m=535)).keys() == {"qnh"}
    air = [reading("temperature", 10.0), reading("humidity", 70.0)]
    told = values(derived(pressure + air, elevation_m=535))
    assert told["qff"] == pytest.approx(1018.04, abs=0.01)


def test_without_an_elevation_no_pressure_is_reduced_to_sea_level():
    assert derived([reading("pressure", 955.0)]) == []
