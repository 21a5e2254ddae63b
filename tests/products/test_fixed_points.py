import datetime as dt

import numpy as np
import pytest

from products.fixed_points import FixedPoints
from products.star_list import StarList

EVENING = dt.datetime(2026, 11, 9, 20, tzinfo=dt.UTC)
PX_PER_RADIAN = 456.0  # 1520 pixels high, 185 degrees


def stars(x, y):
    x, y = (np.asarray(part, np.float32) for part in (x, y))
    return StarList(x, y, np.ones(len(x), np.float32))


def together(*lists):
    return stars(*(np.concatenate([getattr(one, n) for one in lists]) for n in "xy"))


RANDOM = np.random.default_rng(5)
AWAY_PX = RANDOM.uniform(25, 700, 500)
TURN = RANDOM.uniform(0, 2 * np.pi, 500)
LAMPS = stars(RANDOM.uniform(0, 1500, 12), RANDOM.uniform(0, 1500, 12))


def sky(minute):
    """Stars that turn about a pole at (760, 700), three degrees of it and farther."""
    angle = TURN + 2 * np.pi * minute / (23.93 * 60)
    return stars(760 + AWAY_PX * np.cos(angle), 700 + AWAY_PX * np.sin(angle))


def trembling(points, number):
    wobble = np.random.default_rng(number).normal(0, 0.15, (2, len(points)))
    return stars(points.x + wobble[0], points.y + wobble[1])


def through(points, minutes, *, step=0.5, first=0.0, lamps=LAMPS):
    """Show frames and return what was taken for stars in the last."""
    for number in range(int(minutes / step)):
        minute = first + number * step
        seen = together(sky(minute), trembling(lamps, number))
        left = points.moving(seen, EVENING + dt.timedelta(minutes=minute))
    return left


def test_lamps_are_known_after_an_hour_and_no_star_is_taken_for_one():
    points = FixedPoints()
    assert len(through(points, 50)) == 512
    left = through(points, 20, first=50)
    assert len(left) == 500
    assert len(points.places) == len(LAMPS)
    assert len(through(points, 240, first=70)) == 500


def test_what_was_learnt_may_be_known_from_the_beginning():
    points = FixedPoints()
    through(points, 70)
    assert len(through(FixedPoints(points.places), 0.5, first=70)) == 500


def test_a_hot_pixel_that_is_not_always_seen_is_fixed():
    points, every = FixedPoints(), range(200)
    for number in every:
        shown = stars([100.0], [100.0]) if number % 3 else stars([], [])
        points.moving(shown, EVENING + dt.timedelta(minutes=0.5 * number))
    assert len(points.places) == 1


def test_what_flickers_rarely_is_not():
    points = FixedPoints()
    for number in range(300):
        shown = stars([100.0], [100.0]) if number % 4 == 0 else stars([], [])
        points.moving(shown, EVENING + dt.timedelta(minutes=0.5 * number))
    assert len(points.places) == 0


def test_after_a_day_only_what_was_fixed_is_known():
    points = FixedPoints()
    through(points, 40)
    assert len(through(points, 40, first=24 * 60)) == 512
    assert len(points.places) == 0


def test_a_lamp_that_was_switched_off_is_forgotten_after_a_night():
    points = FixedPoints(LAMPS)
    through(points, 14 * 60, lamps=stars([], []))
    assert len(points.places) == 0


@pytest.mark.parametrize("count", [0, 1])
def test_frames_without_stars_are_no_trouble(count):
    points = FixedPoints()
    for minute in range(3):
        shown = stars([5.0] * count, [5.0] * count)
        assert (
            len(points.moving(shown, EVENING + dt.timedelta(minutes=minute))) == count
        )


def test_memory_of_points_is_bounded():
    points = FixedPoints()
    for number in range(40):
        places = np.random.default_rng(number).uniform(0, 4000, (2, 9000))
        points.moving(stars(*places), EVENING + dt.timedelta(minutes=number))
    assert len(points._points.x) <= 30_000
