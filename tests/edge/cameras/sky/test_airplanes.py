import datetime as dt
from itertools import pairwise

import numpy as np

from edge.cameras.sky.airplanes import airplane_tracks, flights

START = dt.datetime(2026, 11, 9, 20, tzinfo=dt.UTC)
SINCE = START.timestamp()


def drawn(exposure_s, count):
    """Tracks of an airplane, in frames one after another, around its nearest point."""
    at = flights(1, 4, SINCE, SINCE + 7200)[0].nearest_at
    begin = dt.datetime.fromtimestamp(at - exposure_s * count / 2, dt.UTC)
    return [
        airplane_tracks(1, 4, begin + dt.timedelta(seconds=exposure_s * k), exposure_s)
        for k in range(count)
    ]


def test_there_are_none_unless_asked_for():
    assert airplane_tracks(1, 0, START, 3600) == []


def test_an_airplane_is_in_several_frames_and_moves_on():
    tracks = [frame[0] for frame in drawn(20, 3)]
    for one, following in pairwise(tracks):
        step = np.degrees(np.arccos(one.vectors[-1] @ following.vectors[0]))
        assert step < 0.5
        assert one.vectors[0] @ following.vectors[0] < one.vectors[0] @ one.vectors[-1]


def test_an_airplane_flashes_about_once_a_second():
    (track,) = drawn(20, 1)[0][:1]
    bright = track.magnitudes < track.magnitudes.max() - 2.5
    flashes = np.count_nonzero(np.diff(bright.astype(int)) == 1)
    assert 15 <= flashes <= 20
    assert bright.mean() < 0.2


def test_an_airplane_is_as_fast_as_airplanes():
    (track,) = drawn(20, 1)[0][:1]
    steps = np.linalg.norm(np.diff(track.vectors, axis=0), axis=1) / track.seconds
    assert (np.degrees(steps) < 1.9).all()
    assert (track.vectors[:, 2] > 0.11).all()
