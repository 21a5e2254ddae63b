import dataclasses
import datetime as dt
import math

import astronomy
import numpy as np
import pytest

from edge.cameras.sky import photometry
from sensors.reading import SensorSaturatedError
from sensors.simulated import SimulatedClimate, SimulatedSkyMeter
from sensors.skylight import (
    moonlight_flux,
    observer,
    twilight_flux,
    zenith_mag_arcsec2,
)
from sensors.surroundings import SimulatedSky, Surroundings
from sensors.weather import weather

# New moon 2026-11-09, full moon 2026-11-24, seen from La Palma around local midnight.
NEW_MOON = dt.datetime(2026, 11, 9, 1, tzinfo=dt.UTC)
FULL_MOON = dt.datetime(2026, 11, 25, 1, tzinfo=dt.UTC)
CLEAR = SimulatedSky(seed=3, clouds="clear", mag_arcsec2=21.8)
LA_PALMA = Surroundings(lambda: NEW_MOON, 28.76, -17.88, 2200, simulated=CLEAR)


def around(moment, **sky):
    simulated = dataclasses.replace(CLEAR, **sky)
    return dataclasses.replace(LA_PALMA, now=lambda: moment, simulated=simulated)


def sky_brightness(moment, **sky):
    readings = SimulatedSkyMeter("sky", around(moment, **sky)).read()
    return {one.quantity: one.value for one in readings}["sky_brightness"]


def sun_altitude_deg(moment):
    """Return the altitude by an independent ephemeris."""
    time = astronomy.Time.Make(*moment.timetuple()[:5], moment.second)
    here = astronomy.Observer(28.76, -17.88, 2200)
    sun = astronomy.Equator(
        astronomy.Body.Sun, time, here, ofdate=True, aberration=True
    )
    refraction = astronomy.Refraction.Airless
    return astronomy.Horizon(time, here, sun.ra, sun.dec, refraction).altitude


def test_the_climate_is_the_weather_of_the_simulated_camera():
    readings = SimulatedClimate("air", around(NEW_MOON, clouds="overcast")).read()
    expected = weather(3, 28.76, NEW_MOON, "overcast")
    values = {one.quantity: one.value for one in readings}
    assert values["temperature"] == pytest.approx(expected.temperature_c, abs=0.01)
    assert values["humidity"] == pytest.approx(expected.humidity_percent, abs=0.1)


def test_a_moonless_clear_night_is_as_dark_as_the_site():
    assert sky_brightness(NEW_MOON) == pytest.approx(21.8, abs=0.02)
    assert sky_brightness(NEW_MOON, mag_arcsec2=18.5) == pytest.approx(18.5, abs=0.02)


def test_a_high_full_moon_makes_the_zenith_as_bright_as_published():
    # Krisciunas & Schaefer 1991 measured 17-18.5 mag/arcsec² with the full moon high.
    assert 17.0 < sky_brightness(FULL_MOON) < 18.5


def test_clouds_darken_a_dark_site_and_brighten_a_lit_one():
    here = observer(28.76, -17.88, NEW_MOON)
    dark, clouded = (zenith_mag_arcsec2(here, 21.98, cover) for cover in (0, 1))
    assert clouded > dark + 0.5
    town, clouded_town = (zenith_mag_arcsec2(here, 18.5, cover) for cover in (0, 1))
    assert clouded_town < town - 1.5


def test_the_sky_meter_is_saturated_by_day_and_says_so():
    noon = dt.datetime(2026, 11, 9, 13, tzinfo=dt.UTC)
    with pytest.raises(SensorSaturatedError, match="too bright"):
        SimulatedSkyMeter("sky", around(noon)).read()


def test_dusk_falls_as_published():
    """The zenith loses about 17 mag between sunset and the end of astronomical twilight (Patat 2006)."""
    moment = dt.datetime(2026, 11, 9, 17, 30, tzinfo=dt.UTC)
    by_sun = {}
    while moment.hour < 21:
        here = observer(28.76, -17.88, moment)
        altitude = round(sun_altitude_deg(moment))
        by_sun.setdefault(altitude, zenith_mag_arcsec2(here, 21.98, 0.0))
        moment += dt.timedelta(minutes=1)
    assert by_sun[-18] - by_sun[0] == pytest.approx(16, abs=1)
    falls = {deg: by_sun[deg - 1] - by_sun[deg] for deg in range(0, -18, -1)}
    assert -8 <= max(falls, key=falls.get) <= -4
    assert all(fall > -0.01 for fall in falls.values())


@pytest.mark.parametrize("altitude_deg", [-25, -18, -12, -9, -6, -3, 0, 10, 40])
def test_meter_and_camera_see_the_same_twilight(altitude_deg):
    expected = photometry.zenith_twilight(altitude_deg)
    assert twilight_flux(altitude_deg) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("altitude_deg", [-10, 3, 15, 30, 60, 85])
@pytest.mark.parametrize("phase_deg", [0, 45, 90, 150])
def test_meter_and_camera_see_the_same_moonlight(phase_deg, altitude_deg):
    up = math.sin(math.radians(altitude_deg))
    zenith, away = np.ones(1, np.float32), np.full(1, 90.0 - altitude_deg, np.float32)
    camera = float(photometry.moonlight(phase_deg, up, zenith, away)[0])
    assert moonlight_flux(phase_deg, altitude_deg) == pytest.approx(camera, rel=0.25)
