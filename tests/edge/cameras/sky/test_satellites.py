import datetime as dt

import numpy as np

from edge.cameras.sky.heavens import heavens
from edge.cameras.sky.satellites import tracks
from products.sun import Place

PLACE = Place(50.6, 8.7)
MIDNIGHT = dt.datetime(2026, 12, 21, 23, 25, tzinfo=dt.UTC)
DUSK = dt.datetime(2026, 12, 21, 16, 50, tzinfo=dt.UTC)


def seen(start, hours, exposure_s=60):
    moments = [
        start + dt.timedelta(seconds=exposure_s * k)
        for k in range(round(hours * 3600 / exposure_s))
    ]
    found = [
        tracks(1, moment, exposure_s, heavens(PLACE, moment)) for moment in moments
    ]
    return [track for track in found if track is not None]


def test_a_few_satellites_an_hour_shine_after_dusk():
    assert 2 < len(seen(DUSK, 1)) < 40


def test_winter_midnight_is_in_the_shadow_of_the_earth():
    assert seen(MIDNIGHT, 0.5) == []


def test_there_are_none_by_day():
    assert seen(MIDNIGHT.replace(hour=11), 0.5) == []


def test_tracks_are_straight_continuous_and_as_fast_as_satellites():
    track = max(seen(DUSK, 1, exposure_s=10), key=lambda one: len(one.vectors))
    steps = (
        np.degrees(np.linalg.norm(np.diff(track.vectors, axis=0), axis=1))
        / track.seconds
    )
    along = steps[steps < 5]
    assert len(along) >= len(steps) - 3
    assert (along > 0.02).all()
    assert (along < 1.4).all()
    assert (track.vectors[:, 2] > 0.14).all()


def test_a_long_exposure_is_the_sum_of_short_ones():
    bodies = heavens(PLACE, DUSK)

    def light(start_s, exposure_s):
        track = tracks(1, DUSK + dt.timedelta(seconds=start_s), exposure_s, bodies)
        return (
            0
            if track is None
            else (10 ** (-0.4 * track.magnitudes)).sum() * track.seconds
        )

    total = light(0, 600)
    assert total > 0
    np.testing.assert_allclose(
        sum(light(60 * k, 60) for k in range(10)), total, rtol=0.01
    )
