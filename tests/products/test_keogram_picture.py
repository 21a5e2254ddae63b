import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from products.keogram import TimeAxis
from products.keogram_picture import Ribbon, labelled, ribbon_size
from tests.products.conftest import EVENING

BERLIN = ZoneInfo("Europe/Berlin")


def ribbon(count=100, samples=60, empty=(), until=None):
    sky = np.zeros((samples, count, 3), np.uint8)
    sky[:, :, 0] = np.arange(count)
    hidden = np.zeros(count, bool)
    hidden[list(empty)] = True
    return Ribbon(sky, hidden, count if until is None else until)


def test_every_column_is_equally_wide():
    drawn = ribbon().drawn(400, 60)
    assert np.array_equal(drawn[0, :, 0], np.repeat(np.arange(100), 4))


def test_a_gap_is_not_a_black_sky():
    drawn = ribbon(empty=range(40, 50)).drawn(400, 60)
    gap, sky = drawn[:, 160:200], drawn[:, 200:240]
    assert gap.min() > 10
    assert len(np.unique(gap.reshape(-1, 3), axis=0)) == 2
    assert sky[..., 1].max() == 0


def test_the_time_to_come_is_quiet():
    drawn = ribbon(empty=range(40, 100), until=50).drawn(400, 60)
    assert len(np.unique(drawn[:, 160:200].reshape(-1, 3), axis=0)) == 2
    assert len(np.unique(drawn[:, 200:].reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("width", [960, 480, 37])
def test_it_can_be_drawn_at_any_width(width):
    assert ribbon(empty=[5]).drawn(width, 30).shape == (30, width, 3)


@pytest.mark.parametrize("count", [1, 120, 720, 1440, 1500])
def test_the_picture_is_wide_enough_and_not_too_wide(count):
    width, height = ribbon_size(3040, count)
    assert width % count == 0
    assert 960 <= width <= 2160
    assert height == 480


def test_the_sky_is_where_the_box_says():
    strip = ribbon(720).drawn(1440, 60)
    picture, box = labelled(strip, TimeAxis(EVENING, 60, 720), BERLIN)
    assert (box.width, box.height) == (1440, 60)
    inside = picture[box.y : box.y + box.height, box.x : box.x + box.width]
    assert np.array_equal(inside, strip)


def ticks(axis, zone):
    """Return where the axis under a dark ribbon has its long ticks."""
    strip = np.zeros((60, 1440, 3), np.uint8)
    picture, box = labelled(strip, axis, zone)
    below = picture[box.y + box.height + 6, :, 0]
    return np.flatnonzero(below > 100).tolist()


def test_ticks_stand_at_full_hours_of_local_time():
    start = dt.datetime(2026, 1, 1, 16, 20, tzinfo=dt.UTC)
    found = ticks(TimeAxis(start, 60, 720), BERLIN)
    assert found == [2 * (40 + 60 * hour) for hour in range(12)]


def test_a_zone_with_half_hours_has_its_own_full_hours():
    start = dt.datetime(2026, 1, 1, 12, 0, tzinfo=dt.UTC)
    found = ticks(TimeAxis(start, 60, 720), ZoneInfo("Asia/Kolkata"))
    assert found == [2 * (30 + 60 * hour) for hour in range(12)]


def test_the_night_of_25_hours_has_its_hours_an_hour_apart():
    start = dt.datetime(2026, 10, 24, 18, 0, tzinfo=dt.UTC)
    found = ticks(TimeAxis(start, 60, 720), BERLIN)
    assert np.diff(found).tolist() == [120] * (len(found) - 1)
    assert len(found) >= 12
