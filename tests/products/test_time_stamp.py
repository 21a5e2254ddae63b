import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from products.live import FrameFacts, RenderSettings
from products.prepared import prepare
from products.time_stamp import stamped

BERLIN = ZoneInfo("Europe/Berlin")
SUMMER = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
GREY = np.full((480, 640, 3), 40, np.uint8)


def changed(picture):
    return np.argwhere((picture != GREY).any(axis=2))


def test_the_time_is_in_the_lower_left_corner():
    rows, columns = changed(stamped(GREY, SUMMER, BERLIN)).T
    assert rows.min() > 450
    assert 0 < columns.min() < 12
    assert 100 < columns.max() < 320


def test_the_hour_that_comes_twice_can_be_told_apart():
    once = stamped(GREY, SUMMER, BERLIN)
    again = stamped(GREY, SUMMER + dt.timedelta(hours=1), BERLIN)
    assert not np.array_equal(once, again)


@pytest.mark.parametrize("height", [240, 480, 1013])
def test_it_grows_with_the_picture_and_stays_inside(height):
    picture = np.full((height, height * 4 // 3, 3), 40, np.uint8)
    rows, columns = np.argwhere((stamped(picture, SUMMER, BERLIN) != 40).any(axis=2)).T
    assert rows.max() < height - 1
    assert np.ptp(rows) >= max(8, height // 60)
    assert columns.max() < picture.shape[1] - 1


def test_a_tiny_picture_is_left_alone():
    assert np.array_equal(stamped(GREY[:48, :64], SUMMER, BERLIN), GREY[:48, :64])


def test_neither_the_frame_nor_the_live_picture_shows_it():
    frame = GREY.copy()
    facts = FrameFacts("one", SUMMER)
    clean = prepare(frame, facts, RenderSettings())
    with_time = prepare(frame, facts, RenderSettings(time_stamp=True))
    assert np.array_equal(frame, GREY)
    assert with_time.video != clean.video
    assert with_time.thumbnail == clean.thumbnail
