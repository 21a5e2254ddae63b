import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.star_list import StarList
from products.star_log import MOST_STARS, FrameStars, append_stars, mend, read_stars

MIDNIGHT = dt.datetime(2026, 11, 9, 23, tzinfo=dt.UTC)


def frame(minute, count=12, **more):
    random = np.random.default_rng(minute)
    x, y = (random.uniform(0, 1000, count).astype(np.float32) for _ in range(2))
    flux = np.sort(random.exponential(3, count)).astype(np.float32)[::-1]
    taken_utc = MIDNIGHT + dt.timedelta(minutes=minute, microseconds=minute)
    return FrameStars(taken_utc, 1014, 760, count, StarList(x, y, flux), **more)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "night" / "stars.bin"


def test_what_was_written_is_read_again(path):
    frames = [frame(1, exposure=80.0, limit=0.25), frame(2), frame(3, count=0)]
    for one in frames:
        append_stars(path, one)
    read = list(read_stars(path))
    assert [one.taken_utc for one in read] == [one.taken_utc for one in frames]
    assert [one.count for one in read] == [12, 12, 0]
    assert (read[0].width, read[0].height) == (1014, 760)
    assert (read[0].exposure, read[0].limit) == (80.0, 0.25)
    assert (read[1].exposure, read[1].limit) == (None, None)
    assert np.abs(read[0].stars.x - frames[0].stars.x).max() < 1 / 31
    assert np.allclose(read[0].stars.flux, frames[0].stars.flux, rtol=0.001)


def test_of_very_many_stars_the_brightest_are_kept_and_all_are_counted(path):
    append_stars(path, frame(1, count=MOST_STARS + 100))
    (read,) = read_stars(path)
    assert (read.count, len(read.stars)) == (MOST_STARS + 100, MOST_STARS)
    assert path.stat().st_size < 3100


@pytest.mark.parametrize("lost", [1, 30, 100, 109])
def test_a_record_cut_off_is_no_frame_and_the_next_follows_the_last_whole_one(
    path, lost
):
    for minute in (1, 2):
        append_stars(path, frame(minute))
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - lost)
    mend(path)
    append_stars(path, frame(3))
    assert [one.taken_utc.minute for one in read_stars(path)] == [1, 3]


def test_damage_ends_the_reading_and_a_strange_file_is_begun_anew(path):
    for minute in (1, 2):
        append_stars(path, frame(minute))
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    assert len(list(read_stars(path))) == 1
    path.write_bytes(b"something else")
    assert list(read_stars(path)) == []
    mend(path)
    append_stars(path, frame(4))
    assert len(list(read_stars(path))) == 1


def test_without_a_file_there_are_no_stars(path):
    mend(path)
    assert list(read_stars(path)) == []


@given(st.binary(max_size=200))
def test_no_content_makes_the_reader_fail(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("stars") / "stars.bin"
    for written in (content, b"STARS\0\0\1" + content):
        path.write_bytes(written)
        assert list(read_stars(path)) == []
