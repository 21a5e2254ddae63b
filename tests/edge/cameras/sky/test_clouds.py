import datetime as dt

import numpy as np
import pytest

from edge.cameras.optics import Fisheye
from edge.cameras.sky.clouds import Clouds
from edge.cameras.sky.grid import Grid

NIGHT = dt.datetime(2026, 11, 22, 1, tzinfo=dt.UTC)
GRID = Grid(Fisheye(508, 380))
CLOUDS = Clouds(GRID, seed=4)


def test_a_clear_sky_has_no_clouds():
    assert CLOUDS.seen(NIGHT, 30, 0.0) is None


@pytest.mark.parametrize("cover", [0.2, 0.5, 0.8])
def test_as_much_of_the_sky_is_clouded_as_the_weather_says(cover):
    high = GRID.altitude_deg > 25
    hours = [NIGHT + dt.timedelta(hours=h) for h in range(0, 200, 5)]
    clouded = [(CLOUDS.seen(moment, 1, cover)[high] < 0.97).mean() for moment in hours]
    assert np.mean(clouded) == pytest.approx(cover, abs=0.12)


def test_overcast_hides_the_stars():
    assert CLOUDS.seen(NIGHT, 30, 1.0).max() < 0.01


def test_clouds_let_through_between_nothing_and_everything():
    clear = CLOUDS.seen(NIGHT, 30, 0.5)
    assert clear.min() >= 0
    assert clear.max() <= 1
    assert clear.dtype == np.float32


def test_clouds_drift_without_a_jump():
    high = GRID.altitude_deg > 30
    first = CLOUDS.seen(NIGHT, 1, 0.5)[high]
    steps = [
        np.abs(
            CLOUDS.seen(NIGHT + dt.timedelta(seconds=s), 1, 0.5)[high] - first
        ).mean()
        for s in (0.1, 5, 600)
    ]
    assert steps[0] < 0.005
    assert steps[0] < steps[1] < steps[2]
    assert steps[2] > 0.1


def test_same_seed_and_time_give_the_same_clouds():
    again = Clouds(GRID, seed=4).seen(NIGHT, 30, 0.5)
    assert (again == CLOUDS.seen(NIGHT, 30, 0.5)).all()
    assert (again != Clouds(GRID, seed=5).seen(NIGHT, 30, 0.5)).any()
