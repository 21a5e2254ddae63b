import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.heater import Pace, Wish, fan_wish, heater_wish
from edge.latest import Latest
from edge.settings.heater import FanSettings, HeaterSettings
from sensors.reading import Reading

NIGHT_DEG = -20.0


def said(now_s=0.0, sensor="air", **values):
    latest = Latest()
    latest.put([Reading(sensor, name, one, "") for name, one in values.items()], now_s)
    return latest


def wish(spread_k, *, is_on=False, temperature=8.0, sun_deg=NIGHT_DEG, **settings):
    heater = HeaterSettings(air="air", **settings)
    latest = said(temperature=temperature, dew_point=temperature - spread_k)
    return heater_wish(heater, latest, 0.0, sun_deg, is_on=is_on)


@pytest.mark.parametrize(
    ("spread_k", "is_on", "percent"),
    [(2.9, False, 100), (4.0, False, 0), (4.0, True, 100), (5.1, True, 0)],
)
def test_the_heater_goes_on_near_the_dew_point_and_off_well_above(
    spread_k, is_on, percent
):
    assert wish(spread_k, is_on=is_on).percent == percent


@pytest.mark.parametrize(
    ("spread_k", "percent"), [(0.5, 100), (1.0, 100), (2.0, 75), (3.0, 50), (4.9, 2)]
)
def test_with_a_curve_the_power_follows_the_dew_spread(spread_k, percent):
    found = wish(spread_k, is_on=True, control="curve")
    assert found.percent == pytest.approx(percent, abs=1)


def test_a_thermometer_at_the_glass_decides_where_there_is_one():
    latest = said(temperature=8.0, dew_point=2.0)
    latest.put([Reading("glass", "temperature", 3.0, "°C")], 0.0)
    heater = HeaterSettings(air="air", glass="glass")
    found = heater_wish(heater, latest, 0.0, NIGHT_DEG, is_on=False)
    assert found == Wish(100, "1.0 K above the dew point")


@pytest.mark.parametrize("missing", ["temperature", "dew_point"])
def test_without_a_reading_that_it_needs_the_heater_is_off_at_once(missing):
    values = {"temperature": 8.0, "dew_point": 7.0}
    del values[missing]
    latest = said(**values)
    found = heater_wish(HeaterSettings(air="air"), latest, 0.0, NIGHT_DEG, is_on=True)
    assert (found.percent, found.at_once) == (0, True)
    assert "air gives no" in found.reason


def test_a_silent_thermometer_at_the_glass_is_not_replaced_by_the_air():
    heater = HeaterSettings(air="air", glass="glass")
    latest = said(temperature=8.0, dew_point=7.9)
    found = heater_wish(heater, latest, 0.0, NIGHT_DEG, is_on=True)
    assert found.percent == 0
    assert found.reason == "glass gives no temperature of the glass"


@pytest.mark.parametrize(("age_s", "percent"), [(299, 100), (301, 0)])
def test_an_old_reading_counts_as_none(age_s, percent):
    latest = said(temperature=8.0, dew_point=7.0)
    heater = HeaterSettings(air="air", stale_s=300)
    found = heater_wish(heater, latest, age_s, NIGHT_DEG, is_on=False)
    assert found.percent == percent


def test_too_warm_is_off_at_once():
    found = wish(0.5, is_on=True, temperature=45.5)
    assert (found.percent, found.at_once) == (0, True)


@pytest.mark.parametrize(("sun_deg", "percent"), [(9.9, 100), (10.1, 0)])
def test_the_sun_dries_the_glass_by_itself(sun_deg, percent):
    assert wish(1.0, sun_deg=sun_deg).percent == percent


@pytest.mark.parametrize(
    ("warm_c", "is_on", "percent"),
    [(46, False, 100), (43, False, 0), (43, True, 100), (39, True, 0)],
)
def test_the_fan_goes_by_a_temperature(warm_c, is_on, percent):
    fan = FanSettings(sensor="air")
    found = fan_wish(fan, said(temperature=warm_c), 0.0, is_on=is_on)
    assert found.percent == percent


@pytest.mark.parametrize(("chosen", "percent"), [("on", 100), ("off", 0)])
def test_the_fan_of_a_silent_sensor_does_what_the_owner_chose(chosen, percent):
    fan = FanSettings(sensor="air", when_silent=chosen)
    found = fan_wish(fan, Latest(), 0.0, is_on=False)
    assert (found.percent, found.at_once) == (percent, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"on_below_k": 5.0, "off_above_k": 5.0},
        {"full_below_k": 4.0},
    ],
)
def test_limits_without_room_between_them_are_refused(wrong):
    with pytest.raises(ValueError, match="must be below"):
        HeaterSettings(**wrong)


ON, OFF = Wish(100, "wet"), Wish(0, "dry")
LIMITS = HeaterSettings(
    minimum_on_s=100, minimum_off_s=50, maximum_on_s=1000, rest_s=300
)


def test_it_stays_off_after_the_start_so_that_restarts_do_not_make_it_chatter():
    pace = Pace(LIMITS, 0.0)
    assert pace.keep(ON, 49).percent == 0
    assert pace.keep(ON, 50).percent == 100


def test_once_on_it_stays_on_for_its_time_unless_something_is_wrong():
    pace = Pace(LIMITS, -100.0)
    pace.keep(ON, 0)
    assert pace.keep(OFF, 99) == Wish(100, "it stays on for 100 s: dry")
    assert pace.keep(Wish(0, "hot", at_once=True), 99).percent == 0


def test_after_its_longest_time_it_rests():
    pace = Pace(LIMITS, -100.0)
    pace.keep(ON, 0)
    assert pace.keep(ON, 999).percent == 100
    assert pace.keep(ON, 1000) == Wish(0, "it rests for 300 s: wet")
    assert pace.keep(ON, 1299).percent == 0
    assert pace.keep(ON, 1300).percent == 100


@given(
    st.lists(
        st.tuples(st.sampled_from([ON, OFF]), st.floats(1, 400)),
        min_size=1,
        max_size=60,
    )
)
def test_no_sequence_of_wishes_breaks_the_times(wishes):
    pace, now_s, since_s, was_on = Pace(LIMITS, 0.0), 0.0, 0.0, False
    for one, wait_s in wishes:
        now_s += wait_s
        is_on = pace.keep(one, now_s).percent > 0
        if is_on != was_on:
            least_s = LIMITS.minimum_on_s if was_on else LIMITS.minimum_off_s
            assert now_s - since_s >= least_s
            since_s, was_on = now_s, is_on
        elif is_on:
            assert now_s - since_s < LIMITS.maximum_on_s
