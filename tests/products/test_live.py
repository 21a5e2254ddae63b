import datetime as dt
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from products.live import FrameFacts, LiveNight, RenderSettings
from products.sun import Interval
from tests.products.conftest import EVENING, sky_frame

MINUTE = dt.timedelta(minutes=1)
AXIS = Interval(EVENING, EVENING + 60 * MINUTE)
PICTURES = {number: sky_frame(number) for number in range(60)}
NO_VIDEO = RenderSettings(timelapse=False, lossless=True)
FINAL = (
    "keogram.jpg", "keogram.json", "keogram.png", "startrails.jpg", "startrails.png", "night.json",
)  # fmt: skip


def facts(number, sun=-20.0):
    taken = EVENING + number * MINUTE
    return FrameFacts(taken.strftime("%Y%m%dT%H%M%SZ"), taken, sun, 30_000_000, 8.0)


STEMS = [facts(number).stem for number in range(60)]


class Camera:
    """A folder that is opened, fed and closed, as the programs of a camera do."""

    def __init__(self, folder, chosen=NO_VIDEO):
        self.out, self.scratch, self.chosen = folder / "out", folder / "mem", chosen

    def __enter__(self):
        self.night = LiveNight(self.out, AXIS, self.chosen, self.scratch)
        return self.night

    def __exit__(self, *_):
        self.night.close()

    def feed(self, numbers, **known):
        with self as night:
            for number in numbers:
                night.add(PICTURES[number], facts(number, **known))

    def finish(self):
        with self as night:
            for stem in night.missing(STEMS):
                number = STEMS.index(stem)
                night.add(PICTURES[number], facts(number))
            assert night.missing(STEMS) == []
            return night.finish()

    def final(self):
        return {name: (self.out / name).read_bytes() for name in FINAL}


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory):
    """The products of a night without any trouble."""
    camera = Camera(tmp_path_factory.mktemp("whole"))
    camera.feed(range(60))
    camera.finish()
    return camera.final()


def test_a_night_has_all_its_products(tmp_path):
    camera = Camera(tmp_path, RenderSettings())
    with camera as night:
        for number in range(60):
            seen = night.add(PICTURES[number], facts(number))
            assert seen.background == pytest.approx(20, abs=2)
        report = night.finish()
    assert [one.kind for one in report.files] == [
        "keogram",
        "startrails",
        "timelapse",
        "night",
    ]
    for product in report.files:
        for file in (
            product,
            *product.variants.values(),
            *filter(None, [product.sidecar]),
        ):
            path = camera.out / file.path
            assert path.stat().st_size > 0
            if file.type == "image/jpeg":
                with Image.open(path) as picture:
                    assert picture.size == (file.width, file.height)
        assert product.frames == 60
        assert (product.first_utc, product.last_utc) == (EVENING, EVENING + 59 * MINUTE)
    assert len(list((camera.out / "thumbnails").iterdir())) == 60
    assert (report.frames, report.startrails.used, report.gaps) == (60, 60, [])


def test_startrails_are_exactly_the_maximum(tmp_path, in_one_go):
    camera = Camera(tmp_path)
    camera.feed(range(60))
    camera.finish()
    with Image.open(camera.out / "startrails.png") as picture:
        expected = np.max(np.stack(list(PICTURES.values())), axis=0)
        assert np.array_equal(np.asarray(picture), expected)


def test_the_keogram_is_exactly_the_columns(tmp_path):
    camera = Camera(tmp_path)
    camera.feed(range(60))
    camera.finish()
    with Image.open(camera.out / "keogram.png") as picture:
        expected = np.stack([one[:, 32] for one in PICTURES.values()], axis=1)
        assert np.array_equal(np.asarray(picture), expected)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.integers(0, 60), max_size=4),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_restarts_and_lost_memory_never_change_a_product(
    tmp_path_factory, in_one_go, cuts, losses
):
    camera = Camera(tmp_path_factory.mktemp("cut"))
    borders = [0, *sorted(cuts), 60]
    for begin, end, loss in zip(borders, borders[1:], losses, strict=False):
        camera.feed(range(begin, end))
        if loss:
            shutil.rmtree(camera.scratch, ignore_errors=True)
    camera.finish()
    assert camera.final() == in_one_go


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(60)))
def test_the_order_of_adding_never_changes_a_product(
    tmp_path_factory, in_one_go, order
):
    camera = Camera(tmp_path_factory.mktemp("order"))
    camera.feed(order)
    camera.finish()
    assert camera.final() == in_one_go


def test_adding_twice_changes_nothing(tmp_path, in_one_go):
    camera = Camera(tmp_path)
    camera.feed([*range(60), *range(20)])
    camera.finish()
    assert camera.final() == in_one_go


def test_the_video_survives_a_restart_unchanged(tmp_path):
    videos = []
    for name, portions in {"whole": [60], "parts": [13, 30, 60]}.items():
        camera = Camera(tmp_path / name, RenderSettings())
        for begin, end in zip([0, *portions], portions, strict=False):
            camera.feed(range(begin, end))
        camera.finish()
        videos.append((camera.out / "timelapse.mp4").read_bytes())
    assert videos[0] == videos[1]


def test_after_a_reboot_only_what_is_lost_is_needed_again(tmp_path):
    camera = Camera(tmp_path, RenderSettings(startrails_limit=0.0))
    with camera as night:
        for number in range(60):
            night.add(PICTURES[number], facts(number))
        night.finish()
    shutil.rmtree(camera.scratch)
    with camera as night:
        assert night.missing([*STEMS, "new"]) == ["new"]
    camera.chosen = RenderSettings()
    with camera as night:
        assert night.missing(STEMS) == STEMS


def test_a_moon_that_sets_needs_no_frame_twice(tmp_path):
    bright = {n: sky_frame(n, background=90) for n in range(25)}
    dark = {n: sky_frame(n, background=20) for n in range(25, 400)}
    long_axis = Interval(EVENING, EVENING + 800 * MINUTE)
    night = LiveNight(tmp_path / "out", long_axis, NO_VIDEO, tmp_path / "mem")
    for number, picture in (bright | dark).items():
        night.add(picture, facts(number))
    stems = [facts(number).stem for number in range(400)]
    assert night.missing(stems) == []
    report = night.finish()
    night.close()
    assert report.startrails.left_out == {"before_darkness": 25}
    with Image.open(tmp_path / "out" / "startrails.png") as picture:
        expected = np.max(np.stack(list(dark.values())), axis=0)
        assert np.array_equal(np.asarray(picture), expected)


def test_live_products_show_the_night_so_far(tmp_path):
    camera = Camera(tmp_path)
    with camera as night:
        assert night.write_live() == []
        for number in (*range(20), *range(30, 40)):
            night.add(PICTURES[number], facts(number))
        made = night.write_live()
    assert [one.kind for one in made] == ["keogram", "startrails"]
    sidecar = json.loads((camera.out / "keogram.json").read_text())
    assert sidecar["until_column"] == 40
    assert [gap["start_utc"] for gap in sidecar["gaps"]] == ["2026-01-01T18:20:00.000Z"]
    assert sidecar["stems"][:20] == STEMS[:20]
    assert sidecar["stems"][20:30] == [None] * 10


def test_the_sidecar_leads_from_a_column_to_its_frame_in_the_video(tmp_path):
    camera = Camera(tmp_path, RenderSettings())
    camera.feed([*range(20), *range(30, 60)])
    with camera as night:
        night.finish()
    sidecar = json.loads((camera.out / "keogram.json").read_text())
    video = sidecar["video"]
    assert video["fps"] == 25
    assert video["frames"][19:31] == [19, *[None] * 10, 20]
    assert video["frames"][59] == 49


def test_a_frame_of_another_size_is_refused_and_changes_nothing(tmp_path, in_one_go):
    camera = Camera(tmp_path)
    camera.feed(range(30))
    with camera as night, pytest.raises(ValueError, match="64 x 48"):
        night.add(sky_frame(1, 40, 64), facts(30))
    camera.feed(range(30, 60))
    camera.finish()
    assert camera.final() == in_one_go


def test_a_night_too_bright_for_startrails_says_so(tmp_path):
    camera = Camera(tmp_path)
    camera.feed(range(10), sun=-6.0)
    with camera as night:
        report = night.finish()
    assert report.product("startrails") is None
    assert report.startrails.note == "No frame was dark enough for startrails."
    assert report.facts()["left_out"] == {"sun_too_high": 10}
    assert report.sky is None
    assert not (camera.out / "startrails.jpg").exists()


def test_a_night_without_frames_has_a_report_and_nothing_else(tmp_path):
    with Camera(tmp_path) as night:
        report = night.finish()
    assert [one.kind for one in report.files] == ["night"]
    assert report.frames == 0
    assert report.observed_s == 0


def test_a_frame_outside_the_night_is_counted_and_not_shown(tmp_path):
    camera = Camera(tmp_path, RenderSettings())
    camera.feed(range(30))
    with camera as night:
        late = FrameFacts("late", AXIS.end_utc + MINUTE, -1.0)
        night.add(PICTURES[0], late)
        assert night.missing([*STEMS[:30], "late"]) == []
        report = night.finish()
    assert report.frames == 31
    assert [report.product(kind).frames for kind in ("keogram", "startrails", "timelapse")] == [30] * 3  # fmt: skip
    assert report.startrails.left_out == {"outside_night": 1}


def test_another_rotation_begins_the_keogram_anew(tmp_path):
    camera = Camera(tmp_path)
    camera.feed(range(60))
    camera.chosen = RenderSettings(rotation_deg=90, timelapse=False)
    with camera as night:
        assert night.missing(STEMS) == STEMS


def test_another_size_of_video_begins_the_video_anew(tmp_path):
    camera = Camera(tmp_path, RenderSettings())
    camera.feed(range(40))
    camera.chosen = RenderSettings(longest_side_px=32)
    with camera as night:
        assert night.missing(STEMS[:40]) == STEMS[:40]
    video = camera.finish().product("timelapse")
    assert (video.width, video.height, video.frames) == (32, 24, 60)


def test_night_json_says_what_became_of_every_frame(tmp_path):
    camera = Camera(tmp_path)
    camera.feed(range(5), sun=-10.0)
    camera.feed(range(5, 10))
    with camera as night:
        night.finish()
    said = json.loads((camera.out / "night.json").read_text())
    assert said["table"]["stem"] == STEMS[:10]
    assert said["table"]["decision"] == ["sun_too_high"] * 5 + ["used"] * 5
    means = [
        float(PICTURES[number].mean(axis=(0, 1)).max() / 255) for number in range(10)
    ]
    assert said["table"]["channel_mean"] == pytest.approx(means, rel=0.1)  # sampled
    assert said["table"]["stars"] == [None] * 10
    assert said["startrails"]["used"] == 5
    assert {one["kind"] for one in said["files"]} == {"keogram", "startrails", "night"}


FEEDER = """
import sys
from pathlib import Path
from tests.products.test_live import Camera, PICTURES, RenderSettings, STEMS, facts

camera = Camera(Path(sys.argv[1]), RenderSettings(lossless=True))
with camera as night:
    for stem in night.missing(STEMS):
        number = STEMS.index(stem)
        night.add(PICTURES[number], facts(number))
        print(stem, flush=True)
"""


def test_kills_at_any_moment_cost_at_most_the_frame_being_added(tmp_path, in_one_go):
    command = [sys.executable, "-c", FEEDER, str(tmp_path)]
    added = []
    for frames_until_kill in (1, 7, 16, 26, 60):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as feeder:
            for _, line in zip(range(frames_until_kill), feeder.stdout, strict=False):
                added.append(line.strip())
            feeder.kill()
    assert len(added) - len(set(added)) <= 4
    camera = Camera(tmp_path, RenderSettings(lossless=True))
    report = camera.finish()
    assert report.product("timelapse").frames == 60
    for name in ("keogram.png", "startrails.png"):
        assert (camera.out / name).read_bytes() == in_one_go[name]
