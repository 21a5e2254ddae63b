import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.weather import KINDS, weather

START = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
HOURS = [START + dt.timedelta(hours=h) for h in range(24 * 20)]


@given(
    seed=st.integers(0, 2**31),
    latitude=st.floats(-90, 90),
    moment=st.datetimes(
        START.replace(year=1990, tzinfo=None),
        START.replace(year=2100, tzinfo=None),
        timezones=st.just(dt.UTC),
    ),
    kind=st.sampled_from(KINDS),
)
def test_weather_is_always_possible(seed, latitude, moment, kind):
    now = weather(seed, latitude, moment, kind)
    assert 0 <= now.cloud_cover <= 1
    assert 0 <= now.wind_m_s < 20
    assert -60 < now.temperature_c < 50
    assert 0 < now.humidity_percent <= 100


def test_same_seed_and_time_give_the_same_weather():
    assert weather(3, 50, START, "changing") == weather(3, 50, START, "changing")
    assert weather(3, 50, START, "changing") != weather(4, 50, START, "changing")


def test_time_zones_do_not_change_the_weather():
    elsewhere = START.astimezone(dt.timezone(dt.timedelta(hours=5)))
    assert weather(3, 50, START, "changing") == weather(3, 50, elsewhere, "changing")


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [("clear", 0, 0), ("broken", 0.25, 0.8), ("overcast", 0.9, 1)],
)
def test_kinds_of_weather_keep_their_promise(kind, least, most):
    covers = [weather(1, 50, moment, kind).cloud_cover for moment in HOURS]
    assert least <= min(covers)
    assert max(covers) <= most


def test_changing_weather_is_at_times_clear_and_at_times_overcast():
    covers = [weather(1, 50, moment, "changing").cloud_cover for moment in HOURS]
    assert sum(cover < 0.05 for cover in covers) > 0.1 * len(covers)
    assert sum(cover > 0.95 for cover in covers) > 0.1 * len(covers)


def test_nothing_jumps_within_a_minute():
    for kind in KINDS:
        for moment in HOURS[:48]:
            one, other = (
                weather(1, 50, moment + dt.timedelta(minutes=m), kind) for m in (0, 1)
            )
            assert abs(one.cloud_cover - other.cloud_cover) < 0.03
            assert abs(one.temperature_c - other.temperature_c) < 0.2
            assert abs(one.humidity_percent - other.humidity_percent) < 1.5


def test_seasons_are_opposite_in_the_south():
    january, july = (
        dt.datetime(2026, month, 15, 12, tzinfo=dt.UTC) for month in (1, 7)
    )
    for latitude in (50, -50):
        winter, summer = (january, july) if latitude > 0 else (july, january)
        assert (
            weather(1, latitude, summer, "clear").temperature_c
            > weather(1, latitude, winter, "clear").temperature_c + 5
        )


def test_unknown_weather_is_named():
    with pytest.raises(ValueError, match="unknown weather 'frogs'; known: clear"):
        weather(1, 50, START, "frogs")
