import datetime as dt

import numpy as np

from edge.cameras.optics import Fisheye
from edge.cameras.sky.aurora import Aurora
from edge.cameras.sky.grid import Grid

GRID = Grid(Fisheye(508, 380))
AURORA = Aurora(GRID, seed=1)
LIVELY = dt.datetime(2026, 11, 11, 19, tzinfo=dt.UTC)
NIGHTS = [
    dt.datetime(2026, 11, 1, 18, tzinfo=dt.UTC) + dt.timedelta(days=d)
    for d in range(60)
]


def night_of(evening):
    return [AURORA.activity(evening + dt.timedelta(minutes=10 * k)) for k in range(72)]


def test_some_nights_are_quiet_and_on_others_the_lights_come_and_go():
    quiet = [max(night_of(evening)) == 0 for evening in NIGHTS]
    assert 0.15 < np.mean(quiet) < 0.55
    lively = night_of(LIVELY)
    assert max(lively) > 0.8
    assert min(lively) < 0.1


def test_no_lights_is_told_from_darkness():
    moments = [
        evening + dt.timedelta(minutes=10 * k) for evening in NIGHTS for k in range(10)
    ]
    nothing = next(moment for moment in moments if AURORA.activity(moment) == 0)
    assert AURORA.light(nothing) is None


def test_the_lights_are_green_red_above_and_bounded():
    light = AURORA.light(LIVELY)
    red, green, blue = light.sum(axis=(1, 2))
    assert green > 2 * max(red, blue)
    assert (light >= 0).all()
    brightest = -2.5 * np.log10(light[1].max())
    assert 15 < brightest < 19


def test_quiet_arcs_stand_in_the_north():
    quiet = next(
        moment
        for moment in (LIVELY + dt.timedelta(minutes=k) for k in range(600))
        if 0.05 < AURORA.activity(moment) < 0.2
    )
    light = AURORA.light(quiet)[1]
    assert light[GRID.north > 0].sum() > 5 * light[GRID.north < 0].sum()


def test_they_move_smoothly_also_through_midnight():
    midnight = LIVELY.replace(hour=23, minute=59, second=59, microsecond=500_000)
    for moment in (LIVELY, midnight):
        one, other = (AURORA.light(moment + dt.timedelta(seconds=s)) for s in (0, 1))
        assert np.abs(one - other).mean() < 0.1 * one.mean()


def test_same_seed_and_time_give_the_same_lights():
    assert (Aurora(GRID, 1).light(LIVELY) == AURORA.light(LIVELY)).all()
