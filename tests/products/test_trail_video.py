import datetime as dt
import shutil
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from products.live import FrameFacts, LiveNight, RenderSettings
from products.sun import Interval
from tests.products.conftest import EVENING, sky_frame

MINUTE = dt.timedelta(minutes=1)
AXIS = Interval(EVENING, EVENING + 800 * MINUTE)
EVERY = 4
CHOSEN = RenderSettings(startrails_video_every=EVERY, lossless=True, crf=4)
PICTURES = {number: sky_frame(number) for number in range(62)}
VIDEO = "startrails-timelapse.mp4"


def facts(number):
    taken = EVENING + number * MINUTE
    return FrameFacts(taken.strftime("%Y%m%dT%H%M%SZ"), taken, -20.0)


STEMS = [facts(number).stem for number in range(62)]


class Camera:
    """A folder that is opened, fed and closed, as the programs of a camera do."""

    def __init__(self, folder, chosen=CHOSEN, pictures=PICTURES):
        self.out, self.scratch = folder / "out", folder / "mem"
        self.chosen, self.pictures = chosen, pictures

    def feed(self, numbers):
        night = LiveNight(self.out, AXIS, self.chosen, self.scratch)
        for number in numbers:
            night.add(self.pictures[number], facts(number))
        night.close()

    def finish(self):
        night = LiveNight(self.out, AXIS, self.chosen, self.scratch)
        stems = [facts(number).stem for number in sorted(self.pictures)]
        for stem in night.missing(stems):
            number = sorted(self.pictures)[stems.index(stem)]
            night.add(self.pictures[number], facts(number))
        report = night.finish()
        night.close()
        return report

    def shown(self):
        """Return the pictures of the video, (n, 48, 64, 3) uint8."""
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", self.out / VIDEO]  # fmt: skip
        command += [
            "-fps_mode",
            "passthrough",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-",
        ]
        raw = subprocess.run(command, check=True, capture_output=True).stdout
        return np.frombuffer(raw, np.uint8).reshape(-1, 48, 64, 3)


def states(pictures, counts):
    """Return the maximum of the first so many pictures, for each count, as brightness."""
    whole = np.maximum.accumulate(np.stack(pictures))
    return [whole[count - 1].mean(axis=2) for count in counts]


def shows(picture, state):
    """Say whether a picture of the video has the stars of a state of the trail, and no others."""
    seen, there = picture.mean(axis=2) > 80, state > 80
    return np.count_nonzero(seen != there) < 0.12 * np.count_nonzero(there) + 3


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory):
    camera = Camera(tmp_path_factory.mktemp("whole"))
    camera.feed(range(62))
    camera.finish()
    return camera


def test_every_picture_is_the_trail_of_the_frames_so_far(in_one_go):
    expected = states(list(PICTURES.values()), [*range(4, 61, 4), 62])
    shown = in_one_go.shown()
    assert len(shown) == len(expected) == 16
    for picture, state in zip(shown, expected, strict=True):
        assert shows(picture, state)


def test_the_last_picture_is_the_startrails(in_one_go):
    with Image.open(in_one_go.out / "startrails.png") as picture:
        trails = np.asarray(picture.convert("RGB")).mean(axis=2)
    assert shows(in_one_go.shown()[-1], trails)


def test_the_product_says_what_it_is(in_one_go):
    report = in_one_go.finish()
    made = report.product("startrails-timelapse")
    assert (made.path, made.type, made.frames) == (VIDEO, "video/mp4", 62)
    assert made.facts == {"fps": 25, "duration_s": 16 / 25, "every": EVERY}
    assert made.variants["poster"].path == "startrails-timelapse.jpg"
    assert (made.first_utc, made.last_utc) == (EVENING, EVENING + 61 * MINUTE)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(0, 62), max_size=4),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
@example([8, 17, 22, 59], [False, False, True, True, False])
def test_restarts_and_lost_memory_never_change_it(
    tmp_path_factory, in_one_go, cuts, losses
):
    camera = Camera(tmp_path_factory.mktemp("cut"))
    borders = [0, *sorted(cuts), 62]
    for begin, end, loss in zip(borders, borders[1:], losses, strict=False):
        camera.feed(range(begin, end))
        if loss:
            shutil.rmtree(camera.scratch, ignore_errors=True)
    camera.finish()
    assert np.array_equal(camera.shown(), in_one_go.shown())


@settings(max_examples=6, deadline=None)
@given(st.permutations(range(62)))
def test_the_order_of_adding_never_changes_it(tmp_path_factory, in_one_go, order):
    camera = Camera(tmp_path_factory.mktemp("order"))
    camera.feed(order)
    camera.finish()
    assert np.array_equal(camera.shown(), in_one_go.shown())


def test_it_goes_on_after_it_was_finished(tmp_path):
    camera = Camera(tmp_path)
    camera.feed(range(30))
    early = Camera(tmp_path, pictures={n: PICTURES[n] for n in range(30)})
    early.finish()
    assert len(early.shown()) == 8
    camera.feed(range(30, 62))
    camera.finish()
    assert len(camera.shown()) == 16


def test_when_the_moon_sets_it_begins_with_the_dark_trail(tmp_path):
    bright = {n: sky_frame(n, background=90) for n in range(25)}
    dark = {n: sky_frame(n, background=20) for n in range(25, 100)}
    live, again = (Camera(tmp_path / name, pictures=bright | dark) for name in ("a", "b"))  # fmt: skip
    live.feed(range(100))
    report = live.finish()
    assert report.startrails.left_out == {"before_darkness": 25}
    again.feed(range(100))
    shutil.rmtree(again.scratch)
    again.finish()
    expected = states(list(dark.values()), [*range(20, 73, 4), 75])
    for camera in (live, again):
        shown = camera.shown()
        assert len(shown) == len(expected)
        assert all(map(shows, shown, expected))


def test_a_night_without_startrails_has_no_such_video(tmp_path):
    camera = Camera(tmp_path, pictures={})
    (camera.out).mkdir(parents=True)
    (camera.out / VIDEO).write_bytes(b"of an earlier run")
    assert camera.finish().product("startrails-timelapse") is None
    assert not (camera.out / VIDEO).exists()


def test_none_is_made_unless_it_is_wanted(tmp_path):
    camera = Camera(tmp_path, RenderSettings())
    camera.feed(range(10))
    (camera.out / VIDEO).write_bytes(b"of an earlier run")
    camera.finish()
    assert not (camera.out / VIDEO).exists()
