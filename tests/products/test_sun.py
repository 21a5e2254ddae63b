import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import astronomy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products.night import Night
from products.sun import (
    Interval,
    Light,
    Place,
    light,
    lights,
    moon,
    sun,
    sun_altitude_deg,
    sun_below,
)

UTC = dt.UTC
BERLIN_ZONE = ZoneInfo("Europe/Berlin")
BERLIN = Place(52.52, 13.405, 34)
TENERIFE = Place(28.30, -16.51, 2390)
TROMSO = Place(69.65, 18.96, 10)
CAPE_TOWN = Place(-33.93, 18.42, 10)
MOMENTS = [
    dt.datetime(2026, month, 21, hour, 17, tzinfo=UTC)
    for month in (3, 6, 9, 12)
    for hour in (0, 6, 12, 18)
]


def independent(body, place, when):
    """Return altitude and azimuth by Astronomy Engine, another ephemeris, without refraction."""
    time = astronomy.Time.Make(
        when.year, when.month, when.day, when.hour, when.minute, when.second
    )
    seen_from = astronomy.Observer(
        place.latitude_deg, place.longitude_deg, place.elevation_m
    )
    at = astronomy.Equator(body, time, seen_from, ofdate=True, aberration=True)
    horizon = astronomy.Horizon(
        time, seen_from, at.ra, at.dec, astronomy.Refraction.Airless
    )
    return horizon.altitude, horizon.azimuth


@pytest.mark.parametrize("place", [BERLIN, TENERIFE, TROMSO, CAPE_TOWN])
@pytest.mark.parametrize("when", MOMENTS)
def test_sun_and_moon_stand_where_another_ephemeris_puts_them(place, when):
    here = sun(place, when)
    altitude, azimuth = independent(astronomy.Body.Sun, place, when)
    assert here.altitude_deg == pytest.approx(altitude, abs=0.001)
    assert here.azimuth_deg == pytest.approx(azimuth, abs=0.01)
    altitude, azimuth = independent(astronomy.Body.Moon, place, when)
    assert moon(place, when).altitude_deg == pytest.approx(altitude, abs=0.01)
    assert moon(place, when).azimuth_deg == pytest.approx(azimuth, abs=0.02)


@pytest.mark.parametrize(
    ("elongation_deg", "lit"), [(0, 0.0), (90, 0.5), (180, 1.0), (270, 0.5)]
)
def test_the_phase_of_the_moon_is_that_of_another_ephemeris(elongation_deg, lit):
    november = astronomy.Time.Make(2026, 11, 1, 0, 0, 0)
    phase = astronomy.SearchMoonPhase(elongation_deg, november, 31)
    when, hour = phase.Utc().replace(tzinfo=UTC), dt.timedelta(hours=1)
    assert moon(BERLIN, when).illuminated == pytest.approx(lit, abs=0.015)
    assert moon(BERLIN, when - hour).waxing == (elongation_deg in (90, 180))
    assert moon(BERLIN, when + hour).waxing == (elongation_deg in (0, 90))


@pytest.mark.parametrize(
    ("altitude", "kind"),
    [
        (-0.8, Light.DAY),
        (-0.84, Light.CIVIL),
        (-5.9, Light.CIVIL),
        (-6.1, Light.NAUTICAL),
        (-12.1, Light.ASTRONOMICAL),
        (-18.1, Light.NIGHT),
    ],
)
def test_the_light_follows_from_the_altitude_of_the_sun(altitude, kind):
    assert light(altitude) == kind


def sunset_and_sunrise(place, when):
    """Return sunset before and sunrise after a midnight by Astronomy Engine (refraction and sun's radius included)."""
    time = astronomy.Time.Make(when.year, when.month, when.day, when.hour, 0, 0)
    seen_from = astronomy.Observer(place.latitude_deg, place.longitude_deg, 0)
    body, rise, down = (
        astronomy.Body.Sun,
        astronomy.Direction.Rise,
        astronomy.Direction.Set,
    )
    found = (
        astronomy.SearchRiseSet(body, seen_from, down, time.AddDays(-0.5), 1),
        astronomy.SearchRiseSet(body, seen_from, rise, time, 1),
    )
    return [one.Utc().replace(tzinfo=UTC) for one in found]


@pytest.mark.parametrize("place", [BERLIN, TENERIFE, CAPE_TOWN])
@pytest.mark.parametrize(
    "date", [dt.date(2026, 3, 20), dt.date(2026, 6, 21), dt.date(2026, 11, 21)]
)
def test_the_sun_is_down_between_the_published_sunset_and_sunrise(place, date):
    midnight = dt.datetime.combine(date, dt.time(), UTC)
    down = sun_below(
        Place(place.latitude_deg, place.longitude_deg),
        midnight - dt.timedelta(hours=12),
        midnight + dt.timedelta(hours=12),
    )
    expected = sunset_and_sunrise(place, midnight)
    assert len(down) == 1
    for ours, theirs in zip(
        (down[0].start_utc, down[0].end_utc), expected, strict=True
    ):
        assert abs(ours - theirs) < dt.timedelta(seconds=20)


def test_in_the_polar_night_the_sun_is_down_all_the_time():
    start = dt.datetime(2026, 12, 21, 11, tzinfo=UTC)
    end = start + dt.timedelta(days=1)
    assert sun_below(TROMSO, start, end) == [Interval(start, end)]
    kinds = [one.light for one in lights(TROMSO, start, end)]
    assert Light.DAY not in kinds
    assert Light.NIGHT in kinds


def test_in_the_polar_day_the_sun_is_never_down():
    start = dt.datetime(2026, 6, 21, 10, tzinfo=UTC)
    end = start + dt.timedelta(days=1)
    assert sun_below(TROMSO, start, end) == []
    assert [one.light for one in lights(TROMSO, start, end)] == [Light.DAY]


def test_lights_follow_each_other_without_gaps_and_change_where_the_sun_crosses():
    night = Night.named("2026-11-21", BERLIN_ZONE)
    found = lights(BERLIN, night.start_utc, night.end_utc)
    evening = [Light.DAY, Light.CIVIL, Light.NAUTICAL, Light.ASTRONOMICAL, Light.NIGHT]
    assert [one.light for one in found] == evening + evening[-2::-1]
    assert found[0].start_utc == night.start_utc
    assert found[-1].end_utc == night.end_utc
    for before, after in pairwise(found):
        assert before.end_utc == after.start_utc
    for one, altitude in zip(found, (-0.833, -6, -12, -18), strict=False):
        assert sun_altitude_deg(BERLIN, one.end_utc) == pytest.approx(
            altitude, abs=0.01
        )


def test_an_equatorial_evening_passes_through_every_light_once():
    start = dt.datetime(2026, 3, 20, 12, tzinfo=UTC)
    found = lights(Place(0, 0), start, start + dt.timedelta(hours=12))
    assert [one.light for one in found] == list(Light)


@settings(max_examples=30, deadline=None)
@given(
    st.builds(Place, st.floats(-90, 90), st.floats(-180, 180)),
    st.integers(0, 15 * 365 * 24 * 60),
)
def test_no_light_is_passed_over(place, minutes_since_2020):
    start = dt.datetime(2020, 1, 1, tzinfo=UTC) + minutes_since_2020 * dt.timedelta(
        minutes=1
    )
    found = lights(place, start, start + dt.timedelta(days=1))
    for minutes in range(0, 24 * 60, 5):
        moment = start + dt.timedelta(minutes=minutes)
        (there,) = [one.light for one in found if moment in one]
        near = {
            there,
            *(
                one.light
                for one in found
                if abs(one.start_utc - moment) < dt.timedelta(seconds=2)
            ),
        }
        assert light(sun_altitude_deg(place, moment)) in near
