import numpy as np
import pytest

from edge.cameras.sky.photometry import (
    airmass,
    flux,
    moon_magnitude,
    moonlight,
    transmission,
    zenith_twilight,
)

DARK_SKY = 21.8


def magnitude(light):
    return -2.5 * np.log10(light)


def zenith_mag(sun_altitude_deg):
    return magnitude(zenith_twilight(sun_altitude_deg) + flux(DARK_SKY))


def test_the_zenith_falls_by_about_seventeen_magnitudes_in_twilight():
    assert 15 < zenith_mag(-18) - zenith_mag(0) < 18


def test_twilight_is_steepest_near_six_degrees():
    altitudes = np.arange(0, -18, -0.5)
    slopes = -np.diff([zenith_mag(altitude) for altitude in altitudes])
    assert -8 < altitudes[slopes.argmin()] < -4


def test_twilight_doubles_within_about_two_minutes_where_it_is_steepest():
    falls_deg_min = 15 / 60 * np.cos(np.radians(50)) * np.sin(np.radians(75))
    magnitudes_min = (zenith_mag(-7) - zenith_mag(-5)) / 2 * falls_deg_min
    assert 1 < 0.753 / magnitudes_min < 5


def test_the_sun_no_longer_counts_at_the_end_of_twilight():
    assert zenith_mag(-18) == pytest.approx(DARK_SKY, abs=0.15)
    assert zenith_mag(-30) == DARK_SKY


def test_brightness_rises_with_the_sun_without_a_jump():
    steps = np.diff([zenith_mag(altitude) for altitude in np.arange(-30, 90, 0.1)])
    assert (steps <= 1e-9).all()
    assert np.abs(steps).max() < 0.2


def test_patat_measured_the_same_in_twilight():
    # their fit to the V band, for d degrees beyond a depression of 5: 11.84 + 1.518 d - 0.057 d²
    for depression in (5, 6, 8, 10):
        d = depression - 5
        assert zenith_mag(-depression) == pytest.approx(
            11.84 + 1.518 * d - 0.057 * d**2, abs=0.1
        )


def test_the_day_sky_is_some_thousand_candela():
    candela_m2 = 108_000 * 10 ** (-0.4 * zenith_mag(40))
    assert 2000 < candela_m2 < 8000


def test_the_full_moon_brightens_the_zenith_by_some_three_magnitudes():
    up, distance = np.array(1, np.float32), np.array(60, np.float32)
    lit = float(moonlight(5, 0.5, up, distance)) + flux(21.6)
    assert 2.3 < 21.6 - magnitude(lit) < 3.7


def test_moonlight_is_brighter_near_the_moon_and_fainter_with_a_smaller_phase():
    up = np.ones(3, np.float32)
    near, middle, far = moonlight(0, 0.7, up, np.array([10, 45, 90], np.float32))
    assert near > 2 * middle
    assert middle > far
    quarter = moonlight(90, 0.7, up, np.array([90, 90, 90], np.float32))[0]
    assert 5 < far / quarter < 14


def test_a_moon_below_the_horizon_gives_no_light():
    up = np.ones(1, np.float32)
    assert moonlight(0, -0.1, up, 90 * up) == 0


def test_the_full_moon_is_as_bright_as_the_moon():
    assert moon_magnitude(0) == pytest.approx(-12.7, abs=0.1)
    assert moon_magnitude(90) == pytest.approx(-10.1, abs=0.3)


def test_airmass_follows_the_secant_high_up_and_stays_finite_at_the_horizon():
    assert airmass(np.array([1, 0.5, 0.0])) == pytest.approx([1, 2, 9], rel=0.1)


def test_air_reddens():
    red, green, blue = transmission(np.array(0.2, np.float32))
    assert red > green > blue
    assert -2.5 * np.log10(transmission(np.array(1.0, np.float32))[1]) == pytest.approx(
        0.2, abs=0.001
    )
