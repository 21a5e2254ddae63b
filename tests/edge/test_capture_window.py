import datetime as dt

import pytest

from edge.capture_window import CaptureWindow
from edge.config import parse

BERLIN = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}
SVALBARD = {
    "name": "Ny-Ålesund",
    "latitude_deg": 78.92,
    "longitude_deg": 11.93,
    "zone": "Arctic/Longyearbyen",
}


def window(site=BERLIN, driver="simulator", **capture) -> CaptureWindow:
    return CaptureWindow(
        parse({"site": site, "camera": {"driver": driver}, "capture": capture})
    )


def utc(*fields: int) -> dt.datetime:
    return dt.datetime(*fields, tzinfo=dt.UTC)


def test_by_day_it_is_closed_until_the_evening():
    closed = window(sun_below_deg=-0.833).closed(utc(2026, 6, 21, 10))
    assert "day" in closed.reason
    # Sunset in Berlin on this date: 21:33 CEST (almanac), the centre of the sun at -0.833 degrees.
    assert abs(closed.until_utc - utc(2026, 6, 21, 19, 33)) < dt.timedelta(minutes=2)


def test_at_the_moment_it_named_it_is_open():
    gate = window()
    until = gate.closed(utc(2026, 11, 22, 12)).until_utc
    assert gate.closed(until) is None


def test_at_night_it_is_open():
    assert window().closed(utc(2026, 11, 22, 22)) is None


def test_ninety_degrees_is_day_and_night():
    assert window(sun_below_deg=90).closed(utc(2026, 6, 21, 12)) is None


def test_in_the_polar_day_it_says_so():
    closed = window(SVALBARD).closed(utc(2026, 6, 21, 22))
    assert "does not sink below 0°" in closed.reason
    assert closed.until_utc is None


def test_in_the_polar_night_it_is_always_open():
    gate = window(SVALBARD)
    assert all(gate.closed(utc(2026, 12, 21, hour)) is None for hour in range(24))


@pytest.mark.parametrize("year", [1970, 2019])
def test_without_the_time_no_frame_is_taken(year):
    closed = window(sun_below_deg=90).closed(utc(year, 1, 1))
    assert "clock is not set" in closed.reason
    assert closed.until_utc is None


def test_frames_of_another_program_are_shown_by_day_too():
    assert window(driver="folder").closed(utc(2026, 6, 21, 12)) is None


def test_the_next_evening_is_found_after_a_night():
    gate = window()
    first = gate.closed(utc(2026, 11, 22, 12)).until_utc
    assert gate.closed(first + dt.timedelta(hours=2)) is None
    second = gate.closed(first + dt.timedelta(hours=20)).until_utc
    assert dt.timedelta(hours=23) < second - first < dt.timedelta(hours=25)


def test_without_the_time_frames_are_taken_whatever_the_sun_seems_to_do():
    noon_it_says = utc(1970, 6, 21, 11)
    assert window().closed(noon_it_says, time_known=False) is None


def test_without_the_time_the_frames_of_another_program_wait():
    """Their names have the same wrong time."""
    closed = window(driver="folder").closed(utc(1970, 6, 21, 11), time_known=False)
    assert "not known yet" in closed.reason
    assert window(driver="folder").closed(utc(2026, 6, 21, 11)) is None
