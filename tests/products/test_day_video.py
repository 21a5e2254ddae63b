import datetime as dt
from itertools import pairwise

import imageio_ffmpeg
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from products.day_video import DayFrame, DayVideo
from products.live import RenderSettings
from products.scaled import Scaled
from tests.products.conftest import EVENING

CHOSEN = RenderSettings(day_video_every=3)
NOON = EVENING - dt.timedelta(hours=6)
FRAMES = [
    DayFrame(f"frame-{number:03d}", NOON + dt.timedelta(minutes=number))
    for number in range(100)
]
SHOWN = [frame.stem for frame in FRAMES[::3]]


def picture(stem):
    return Scaled(np.full((48, 64, 3), 100 + int(stem[-3:]), np.uint8))


def opened(folder, frames=FRAMES):
    return DayVideo(folder, folder / "memory", CHOSEN, frames)


def test_every_third_frame_is_in_it(tmp_path):
    video = opened(tmp_path)
    assert video.missing == SHOWN
    for frame in FRAMES:
        video.add(picture(frame.stem), frame.stem)
    made = video.finish()
    count, seconds = imageio_ffmpeg.count_frames_and_secs(tmp_path / made.path)
    assert (count, made.frames) == (34, 34)
    assert abs(seconds - 34 / 25) < 0.05
    assert made.facts == {"fps": 25, "duration_s": 34 / 25, "every": 3}
    assert (made.first_utc, made.last_utc) == (FRAMES[0].taken_utc, FRAMES[99].taken_utc)  # fmt: skip
    assert (tmp_path / made.variants["poster"].path).stat().st_size > 0


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 100), max_size=4))
def test_restarts_never_change_which_frames_are_in_it(tmp_path_factory, cuts):
    folder = tmp_path_factory.mktemp("day")
    borders = [0, *sorted(cuts), 100]
    for begin, end in pairwise(borders):
        video = opened(folder, FRAMES[:begin])
        assert video.missing == []
        for frame in FRAMES[begin:end]:
            if video.expect_next(frame):
                video.add(picture(frame.stem), frame.stem)
        video.close()
    video = opened(folder)
    assert video.missing == []
    assert video.finish().frames == len(SHOWN)


def test_a_frame_that_cannot_be_read_is_left_out(tmp_path):
    video = opened(tmp_path)
    for stem in SHOWN[:10] + SHOWN[11:]:
        video.add(picture(stem), stem)
    assert video.finish().frames == 33


def test_without_a_frame_there_is_no_video(tmp_path):
    (tmp_path / "timelapse-day.mp4").write_bytes(b"of an earlier run")
    assert opened(tmp_path).finish() is None
    assert not (tmp_path / "timelapse-day.mp4").exists()
