import datetime as dt

import astronomy
import numpy as np
import pytest

from edge.cameras.sky.heavens import heavens, unit_vectors
from edge.cameras.sky.stars import catalogue, starlight
from products.sun import Place

PLACE = Place(50.6, 8.7, 300)
MOMENTS = [
    dt.datetime(2026, 11, 22, 2, 30, tzinfo=dt.UTC),
    dt.datetime(2031, 6, 1, 22, 15, 40, tzinfo=dt.UTC),
    dt.datetime(2050, 2, 28, 12, tzinfo=dt.UTC),
]
# J2000 places from the Bright Star Catalogue, 5th edition: right ascension and declination in degrees, magnitude
STARS = {
    "Sirius": (101.2875, -16.7161, -1.46),
    "Vega": (279.2346, 38.7836, 0.03),
    "Capella": (79.1721, 45.9981, 0.08),
    "Polaris": (37.9529, 89.2642, 2.02),
    "Fomalhaut": (344.4129, -29.6222, 1.16),
    "Dubhe": (165.9321, 61.7508, 1.79),
}


def apart_deg(one, other):
    return np.degrees(np.arccos(np.clip(np.dot(one, other), -1, 1)))


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("star", STARS)
def test_stars_stand_where_another_ephemeris_has_them(star, moment, horizontal, vector):
    ra, dec, _ = STARS[star]
    found = (
        heavens(PLACE, moment).stars_to_horizon
        @ unit_vectors(np.array([ra]), np.array([dec]))[0]
    )
    assert apart_deg(found, vector(*horizontal((ra, dec), moment))) < 0.02


@pytest.mark.parametrize("moment", MOMENTS)
def test_sun_moon_and_planets_stand_where_another_ephemeris_has_them(
    moment, horizontal, vector
):
    bodies = heavens(PLACE, moment)
    body = astronomy.Body
    for found, which in zip(
        [bodies.sun, bodies.moon, *bodies.planets],
        [
            body.Sun,
            body.Moon,
            body.Mercury,
            body.Venus,
            body.Mars,
            body.Jupiter,
            body.Saturn,
        ],
        strict=True,
    ):
        assert apart_deg(found, vector(*horizontal(which, moment))) < 0.01, which


@pytest.mark.parametrize("moment", MOMENTS)
def test_planets_and_moon_are_as_bright_as_another_ephemeris_says(moment):
    bodies = heavens(PLACE, moment)
    time = astronomy.Time.Make(
        moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second
    )
    body = astronomy.Body
    for found, which in zip(
        bodies.planet_magnitudes,
        [body.Mercury, body.Venus, body.Mars, body.Jupiter, body.Saturn],
        strict=True,
    ):
        assert found == pytest.approx(
            astronomy.Illumination(which, time).mag, abs=0.6
        ), which
    assert bodies.moon_phase_angle_deg == pytest.approx(
        astronomy.Illumination(body.Moon, time).phase_angle, abs=1.5
    )


def test_bright_stars_are_in_the_catalogue():
    stars = catalogue()
    for ra, dec, magnitude in STARS.values():
        apart = np.degrees(
            np.arccos(
                np.clip(
                    stars.vectors @ unit_vectors(np.array([ra]), np.array([dec]))[0],
                    -1,
                    1,
                )
            )
        )
        assert apart.min() < 0.01
        assert stars.magnitudes[apart.argmin()] == pytest.approx(magnitude, abs=0.1)


def test_catalogue_begins_with_the_brightest_and_ends_at_magnitude_six():
    stars = catalogue()
    assert len(stars.magnitudes) == 5044
    assert (np.diff(stars.magnitudes) >= 0).all()
    assert stars.magnitudes[-1] == pytest.approx(6.0, abs=0.05)
    assert np.linalg.norm(stars.vectors, axis=1) == pytest.approx(1)


def test_five_magnitudes_are_a_hundredth_of_the_light():
    bright, faint = starlight(np.array([1.0, 6.0]), np.array([0.65, 0.65])).T
    assert bright == pytest.approx(faint * 100, rel=1e-5)


def test_red_stars_are_red_and_blue_stars_are_blue():
    red, blue = starlight(np.zeros(2), np.array([1.6, -0.1])).T
    assert red[0] > red[1] > red[2]
    assert blue[0] < blue[1] < blue[2]
