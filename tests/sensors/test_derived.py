import math

import pytest

from sensors.derived import (
    derived,
    dew_point_c,
    illuminance_lx,
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


def test_temperature_and_humidity_give_dew_point_and_spread():
    found = derived([reading("temperature", 20.0), reading("humidity", 50.0)])
    assert [(one.sensor, one.quantity, one.unit) for one in found] == [
        ("air", "dew_point", "°C"),
        ("air", "dew_spread", "K"),
    ]
    assert found[0].value + found[1].value == pytest.approx(20.0)


@pytest.mark.parametrize(
    "readings",
    [
        [],
        [reading("temperature", 20.0)],
        [reading("humidity", 50.0)],
        [reading("temperature", 20.0), reading("humidity", 0.0)],
        [
            reading("temperature", 20.0),
            reading("humidity", 50.0),
            reading("dew_point", 9.0),
        ],
    ],
    ids=["nothing", "no humidity", "no temperature", "dry", "measured already"],
)
def test_what_cannot_be_derived_or_is_measured_is_absent(readings):
    assert derived(readings) == []
