import datetime as dt
import math
import re
from zoneinfo import ZoneInfo

import astronomy
import pytest

from hub.public.moon import lit_path, moon_face
from hub.public.ring import RADIUS, day_ring
from products.night import Night
from products.sun import Place

BERLIN, OSLO = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Oslo")
HAINICH, TROMSO, CAPE_TOWN = Place(51.1, 10.45), Place(69.65, 18.95), Place(-33.9, 18.4)


def ring(place, zone, *date):
    return day_ring(place, Night(dt.date(*date), zone))


def span_of(arc):
    """Return how much of a turn an arc covers, from the ends in its path."""
    numbers = [float(one) for one in re.findall(r"-?[\d.]+", arc.path)]
    (x1, y1), long, (x2, y2) = numbers[:2], numbers[5], numbers[7:9]
    turn = (math.atan2(-x2, y2) - math.atan2(-x1, y1)) / (2 * math.pi) % 1
    assert (turn > 0.5) == bool(long)
    return turn


def test_the_arcs_make_one_whole_turn():
    arcs = ring(HAINICH, BERLIN, 2026, 11, 21).arcs
    assert [arc.light for arc in arcs] == [
        "day",
        "twilight",
        "night",
        "twilight",
        "day",
    ]
    assert sum(map(span_of, arcs)) == pytest.approx(1, abs=0.001)


def test_the_arc_of_night_is_as_long_as_another_ephemeris_says():
    night = next(
        arc for arc in ring(HAINICH, BERLIN, 2026, 11, 21).arcs if arc.light == "night"
    )
    here, noon = (
        astronomy.Observer(51.1, 10.45, 0),
        astronomy.Time("2026-11-21T11:00:00Z"),
    )
    dusk, dawn = (
        astronomy.SearchAltitude(astronomy.Body.Sun, here, direction, noon, 1, -18)
        for direction in (astronomy.Direction.Set, astronomy.Direction.Rise)
    )
    assert span_of(night) == pytest.approx(dawn.ut - dusk.ut, abs=0.001)


def test_the_polar_day_is_one_closed_arc():
    (arc,) = ring(TROMSO, OSLO, 2026, 6, 20).arcs
    assert arc.light == "day"
    assert span_of(arc) > 0.999


def test_the_polar_night_has_no_daylight():
    lights = {arc.light for arc in ring(TROMSO, OSLO, 2026, 12, 20).arcs}
    assert lights == {"twilight", "night"}


def test_midnight_ticks_on_top_and_noon_at_the_bottom():
    one = ring(HAINICH, BERLIN, 2026, 11, 21)
    (x, inner), (_, outer) = one.tick(dt.datetime(2026, 11, 21, 23, tzinfo=dt.UTC))
    assert abs(x) < 0.1
    assert outer < inner < 0
    (_, below), _ = one.tick(dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC))
    assert below > 0


def test_evening_is_on_the_left_so_that_time_runs_clockwise():
    (x, _), _ = ring(HAINICH, BERLIN, 2026, 11, 21).tick(
        dt.datetime(2026, 11, 21, 17, tzinfo=dt.UTC)
    )
    assert x < -80


def test_another_night_has_no_tick():
    assert (
        ring(HAINICH, BERLIN, 2026, 11, 21).tick(
            dt.datetime(2026, 11, 23, 23, tzinfo=dt.UTC)
        )
        is None
    )


def test_a_full_moon_stands_on_top_and_a_new_moon_at_the_bottom():
    # By astronomy-engine: full moon on 24 November 2026 at 14:54 UTC, new moon on 9 November at 07:02 UTC.
    full, new = ring(HAINICH, BERLIN, 2026, 11, 24), ring(HAINICH, BERLIN, 2026, 11, 9)
    assert full.moon_at[1] < -0.9 * RADIUS
    assert full.moon.illuminated > 0.99
    assert new.moon_at[1] > 0.9 * RADIUS
    assert new.moon.illuminated < 0.02


def test_the_waxing_moon_is_lit_on_the_right_in_the_north_and_on_the_left_in_the_south():
    evening = dt.datetime(2026, 11, 17, 18, tzinfo=dt.UTC)  # first quarter
    north, south = moon_face(HAINICH, evening), moon_face(CAPE_TOWN, evening)
    assert north.waxing
    assert south.waxing
    assert north.path == lit_path(north.illuminated, lit_right=True)
    assert south.path == lit_path(south.illuminated, lit_right=False)


@pytest.mark.parametrize("lit", [0, 0.25, 0.5, 0.75, 1])
@pytest.mark.parametrize("lit_right", [True, False])
def test_the_drawn_part_of_the_moon_is_the_lit_part(lit, lit_right):
    path = lit_path(lit, lit_right=lit_right)
    limb, half_axis, terminator = re.fullmatch(
        r"M0-1A1 1 0 0 ([01]) 0 1A([\d.]+) 1 0 0 ([01]) 0-1Z", path
    ).groups()
    # Half a disc, more or less half an ellipse: more when the terminator bulges away from the limb.
    more = limb == terminator
    area = 0.5 + (0.5 if more else -0.5) * float(half_axis)
    assert area == pytest.approx(lit)
    assert (limb == "1") == lit_right
