import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.public.date_axis import marks

BERLIN = ZoneInfo("Europe/Berlin")
START = dt.datetime(2026, 3, 28, 10, 17, tzinfo=dt.UTC)


def local(found, zone):
    return [one.moment_utc.astimezone(zone) for one in found]


@pytest.mark.parametrize(
    ("span", "says", "count"),
    [
        (dt.timedelta(minutes=10), {"time"}, 10),
        (dt.timedelta(hours=6), {"time"}, 12),
        (dt.timedelta(hours=24), {"time", "day"}, 12),
        (dt.timedelta(days=5), {"time", "day"}, 10),
        (dt.timedelta(days=7), {"day"}, 7),
        (dt.timedelta(days=30), {"day"}, 10),
        (dt.timedelta(days=80), {"day", "month"}, 11),
        (dt.timedelta(days=365), {"month", "year"}, 6),
        (dt.timedelta(days=3650), {"year"}, 10),
    ],
)
def test_a_dozen_round_moments_at_most(span, says, count):
    found = marks(START, START + span, BERLIN)
    assert {one.says for one in found} == says
    assert abs(len(found) - count) <= 2


def test_days_begin_at_local_midnight_also_when_the_clocks_change():
    found = local(marks(START, START + dt.timedelta(days=10), BERLIN), BERLIN)
    assert {one.hour for one in found} == {0}
    assert dt.datetime(2026, 3, 30, tzinfo=BERLIN) in found


def test_full_hours_are_full_hours_in_nepal():
    kathmandu = ZoneInfo("Asia/Kathmandu")
    found = local(marks(START, START + dt.timedelta(hours=20), kathmandu), kathmandu)
    assert {one.minute for one in found} == {0}
    assert {one.hour % 2 for one in found} == {0}


@settings(deadline=None)
@given(
    start=st.integers(0, 10**9),
    seconds=st.floats(1, 9e8),
    zone=st.sampled_from(
        [
            "UTC",
            "Europe/Berlin",
            "Asia/Kathmandu",
            "Australia/Lord_Howe",
            "Pacific/Apia",
        ]
    ),
)
def test_marks_lie_inside_in_order_and_are_not_too_many(start, seconds, zone):
    begin = dt.datetime(2000, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=start)
    end = begin + dt.timedelta(seconds=seconds)
    found = marks(begin, end, ZoneInfo(zone))
    assert len(found) <= 25
    assert all(begin < one.moment_utc < end for one in found)
    assert [one.percent for one in found] == sorted(one.percent for one in found)
