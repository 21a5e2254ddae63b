import datetime as dt

import numpy as np

from edge.cameras import Exposure
from edge.cameras.simulator import SimulatedCamera
from edge.cameras.sky.meteors import meteor_tracks, meteors
from edge.clock import VirtualClock

START = dt.datetime(2026, 11, 9, 20, tzinfo=dt.UTC)
SINCE = START.timestamp()


def test_there_are_as_many_as_asked_for():
    assert 480 < len(meteors(1, 50, SINCE, SINCE + 12 * 3600)) < 720
    assert meteors(1, 0, SINCE, SINCE + 12 * 3600) == []


def test_the_same_seed_has_the_same_meteors_however_time_is_cut():
    whole = meteors(1, 50, SINCE, SINCE + 3600)
    pieces = [
        one
        for k in range(60)
        for one in meteors(1, 50, SINCE + 60 * k, SINCE + 60 * k + 60)
    ]
    assert {one.begins_at for one in whole} == {one.begins_at for one in pieces}
    assert whole != meteors(2, 50, SINCE, SINCE + 3600)


def test_a_meteor_is_straight_short_and_over_in_a_second():
    (track,) = meteor_tracks(1, 1000, START, 3)[:1]
    first, last = track.vectors[0], track.vectors[-1]
    pole = np.cross(first, last) / np.linalg.norm(np.cross(first, last))
    assert np.abs(track.vectors @ pole).max() < 1e-9
    assert 3 < np.degrees(np.arccos(first @ last)) < 23
    assert 0.2 < track.seconds * len(track.vectors) < 1.3
    np.testing.assert_allclose(np.linalg.norm(track.vectors, axis=1), 1)


def test_meteors_are_bright_and_brightest_on_their_way():
    for track in meteor_tracks(1, 1000, START, 60):
        brightest = int(np.argmin(track.magnitudes))
        assert track.magnitudes[brightest] < -2.9
        assert 200 < brightest < 500


def test_a_meteor_is_in_one_frame_and_costs_the_others_no_bit(settings):
    begins_at = meteors(1, 20, SINCE, SINCE + 3600)[0].begins_at
    moment = dt.datetime.fromtimestamp(begins_at, dt.UTC)

    def frame(seconds, per_hour):
        clock = VirtualClock(moment + dt.timedelta(seconds=seconds))
        camera = SimulatedCamera(settings(meteors_per_hour=per_hour), clock)
        return camera.capture(Exposure(5_000_000, 8.0)).rgb

    assert (frame(-2, 20) != frame(-2, 0)).any()
    np.testing.assert_array_equal(frame(-8, 20), frame(-8, 0))
