import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.night import Night

UTC = dt.UTC


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


# Noons worked out by hand from the zones' published offsets, not by zoneinfo:
# zone, moment (UTC), name of its night, start (UTC), end (UTC), hours.
NIGHTS = [
    # Germany in winter, UTC+1: noon is 11:00 UTC.
    (
        "Europe/Berlin",
        "2026-01-10T10:59:59",
        "2026-01-09",
        "2026-01-09T11:00",
        "2026-01-10T11:00",
        24,
    ),
    (
        "Europe/Berlin",
        "2026-01-10T11:00:00",
        "2026-01-10",
        "2026-01-10T11:00",
        "2026-01-11T11:00",
        24,
    ),
    (
        "Europe/Berlin",
        "2026-01-10T23:30:00",
        "2026-01-10",
        "2026-01-10T11:00",
        "2026-01-11T11:00",
        24,
    ),
    # The clock goes forward on 29 March 2026, 01:00 UTC: this night has 23 hours.
    (
        "Europe/Berlin",
        "2026-03-29T01:00:00",
        "2026-03-28",
        "2026-03-28T11:00",
        "2026-03-29T10:00",
        23,
    ),
    (
        "Europe/Berlin",
        "2026-03-29T10:00:00",
        "2026-03-29",
        "2026-03-29T10:00",
        "2026-03-30T10:00",
        24,
    ),
    # The clock goes back on 25 October 2026, 01:00 UTC: 25 hours, and 02:30 comes twice.
    (
        "Europe/Berlin",
        "2026-10-25T00:30:00",
        "2026-10-24",
        "2026-10-24T10:00",
        "2026-10-25T11:00",
        25,
    ),
    (
        "Europe/Berlin",
        "2026-10-25T01:30:00",
        "2026-10-24",
        "2026-10-24T10:00",
        "2026-10-25T11:00",
        25,
    ),
    # The Canary Islands keep UTC in winter.
    (
        "Atlantic/Canary",
        "2026-11-22T11:59:59",
        "2026-11-21",
        "2026-11-21T12:00",
        "2026-11-22T12:00",
        24,
    ),
    (
        "Atlantic/Canary",
        "2026-11-22T12:00:00",
        "2026-11-22",
        "2026-11-22T12:00",
        "2026-11-23T12:00",
        24,
    ),
    # Far from Greenwich: UTC+14 and UTC-10, where the UTC date is another one.
    (
        "Pacific/Kiritimati",
        "2026-06-30T21:59:59",
        "2026-06-30",
        "2026-06-29T22:00",
        "2026-06-30T22:00",
        24,
    ),
    (
        "Pacific/Kiritimati",
        "2026-06-30T22:00:00",
        "2026-07-01",
        "2026-06-30T22:00",
        "2026-07-01T22:00",
        24,
    ),
    (
        "Pacific/Honolulu",
        "2026-01-01T12:00:00",
        "2025-12-31",
        "2025-12-31T22:00",
        "2026-01-01T22:00",
        24,
    ),
    # Half hours: Lord Howe Island moves its clock by 30 minutes (5 April 2026, 15:00 UTC the day before).
    (
        "Australia/Lord_Howe",
        "2026-04-04T20:00:00",
        "2026-04-04",
        "2026-04-04T01:00",
        "2026-04-05T01:30",
        24.5,
    ),
    # Year and leap day.
    (
        "Europe/Oslo",
        "2026-12-31T23:30:00",
        "2026-12-31",
        "2026-12-31T11:00",
        "2027-01-01T11:00",
        24,
    ),
    (
        "Europe/Oslo",
        "2028-02-29T03:00:00",
        "2028-02-28",
        "2028-02-28T11:00",
        "2028-02-29T11:00",
        24,
    ),
]


@pytest.mark.parametrize(("zone", "moment", "name", "start", "end", "hours"), NIGHTS)
def test_a_night_runs_from_local_noon_to_local_noon(
    zone, moment, name, start, end, hours
):
    night = Night.at(utc(moment), ZoneInfo(zone))
    assert night.name == str(night) == name
    assert (night.start_utc, night.end_utc) == (utc(start), utc(end))
    assert night.length == dt.timedelta(hours=hours)
    assert utc(moment) in night


def test_a_name_gives_the_same_night_back():
    zone = ZoneInfo("Europe/Berlin")
    assert Night.named("2026-10-24", zone) == Night.at(utc("2026-10-25T00:30:00"), zone)


@pytest.mark.parametrize("wrong", ["2026-13-01", "yesterday", "", "2026-02-30"])
def test_a_wrong_name_is_refused(wrong):
    with pytest.raises(ValueError, match=r".+"):
        Night.named(wrong, ZoneInfo("UTC"))


@given(
    st.integers(1_420_070_400, 2_051_222_400),  # 2015 to 2035
    st.sampled_from(
        [
            "Europe/Berlin",
            "Atlantic/Canary",
            "America/St_Johns",
            "Asia/Kathmandu",
            "Pacific/Chatham",
        ]
    ),
)
def test_every_moment_belongs_to_exactly_one_night(seconds, zone):
    moment = dt.datetime.fromtimestamp(seconds, UTC)
    night = Night.at(moment, ZoneInfo(zone))
    assert moment in night
    assert moment not in night.previous
    assert moment not in night.next
    assert night.previous.end_utc == night.start_utc
