import datetime as dt
from zoneinfo import ZoneInfo

from hub.public.nights import charts_of, darkest
from hub.public.timeline import TimeAxis
from products.sun import Interval

START = dt.datetime(2026, 11, 22, 18, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
AXIS = TimeAxis(START, START + 10 * HOUR, ZoneInfo("Europe/Berlin"))


def samples(value, count=10):
    return [(START + number * HOUR, value + 0.1 * number) for number in range(count)]


def quantities(readings):
    return [chart.quantities for chart in charts_of(AXIS, readings)]


def test_what_the_camera_saw_has_charts():
    readings = {
        ("camera", "star_count"): samples(400),
        ("camera", "sky_background"): samples(8),
        ("camera", "cloud_cover"): samples(10),
    }
    assert quantities(readings) == [
        ("sky_background",),
        ("cloud_cover",),
        ("star_count",),
    ]


def test_the_uncalibrated_background_is_not_shown_beside_a_sky_meter():
    readings = {
        ("camera", "sky_background"): samples(8),
        ("meter", "sky_brightness"): samples(20),
    }
    assert quantities(readings) == [("sky_brightness",)]


def test_a_meter_goes_before_the_camera_however_often_that_reads():
    readings = {
        ("camera", "sky_brightness"): samples(19, count=10),
        ("meter", "sky_brightness"): samples(21, count=3),
    }
    night = (Interval(START, START + 10 * HOUR),)
    assert darkest(readings, night) == (START + 2 * HOUR, 21.2)
    alone = {("camera", "sky_brightness"): readings["camera", "sky_brightness"]}
    assert darkest(alone, night) == (START + 9 * HOUR, 19.9)
