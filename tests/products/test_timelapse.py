import json
import os
import re
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products import jpeg
from products.deflicker import gain_at
from products.encoder import Encoder
from products.ffmpeg import FfmpegError, HardwareEncoderError, Turn
from products.scaling import shrink
from products.timelapse import SEGMENT_FRAMES, Timelapse
from products.video_settings import VideoSettings, segments_folder
from tests.products.conftest import sky_frame

SETTINGS = VideoSettings(fps=25, longest_side_px=64, crf=23)
STEMS = [f"frame-{number:04d}" for number in range(60)]


def picture(stem):
    """Return a frame whose grey says which one it is."""
    number = int(stem.removeprefix("frame-"))
    return np.full((48, 64, 3), 40 + number * 3, np.uint8)


def fill(video, stems):
    for stem in stems:
        video.add(stem, jpeg.encode(picture(stem)))


def segments(folder):
    return segments_folder(folder, "timelapse", SETTINGS)


def spool(folder):
    return folder / "memory" / f"timelapse.{SETTINGS.name}"


@pytest.fixture
def opened(tmp_path):
    """Open the timelapse of one night, as often as needed."""
    open_now = []

    def open_it(stems=STEMS):
        video = Timelapse("timelapse", tmp_path, tmp_path / "memory", SETTINGS)
        video.expect(stems)
        open_now.append(video)
        return video

    yield open_it
    for video in open_now:
        video.close()


def ffmpeg(path, *arguments):
    """Return what ffmpeg writes to its standard output for a video."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, *arguments]
    return subprocess.run([*command, "-"], check=True, capture_output=True).stdout


def packets(path):
    """Return the times of a video's packets in seconds, in order, as ffmpeg's own demuxer sees them."""
    lines = ffmpeg(path, "-c", "copy", "-f", "framecrc").decode()
    base = float(re.search(r"#tb 0: 1/(\d+)", lines)[1])
    rows = [line.split(",") for line in lines.splitlines() if not line.startswith("#")]
    return sorted(int(row[2]) / base for row in rows)


def described(path):
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", path]
    return subprocess.run(command, check=False, capture_output=True, text=True).stderr


def greys(path):
    """Return the mean grey of every frame, decoded."""
    raw = ffmpeg(path, "-f", "rawvideo", "-pix_fmt", "rgb24")
    return np.frombuffer(raw, np.uint8).reshape(-1, 48 * 64 * 3).mean(1)


def test_the_video_has_every_frame_at_its_time(opened, tmp_path):
    video, target = opened(), tmp_path / "timelapse.mp4"
    fill(video, STEMS)
    assert video.finish(target) == STEMS
    times = packets(target)
    assert len(times) == 60
    assert np.allclose(np.diff(times), 1 / 25, atol=1e-4)
    assert "Duration: 00:00:02.40" in described(target)
    expected = [picture(stem).mean() for stem in STEMS]
    assert np.abs(greys(target) - expected).max() < 3


def test_players_can_play_it(opened, tmp_path):
    video, target = opened(), tmp_path / "timelapse.mp4"
    fill(video, STEMS[:30])
    video.finish(target)
    assert re.search(r"h264 \(High\).*yuv420p\(tv, bt709.*64x48.* 25 fps", described(target))  # fmt: skip
    content = target.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    level = content[content.index(b"avcC") + 7]
    assert level <= 51


def test_the_largest_default_frame_stays_within_level_5_1(opened, tmp_path):
    video, target = opened(["a", "b"]), tmp_path / "timelapse.mp4"
    for number, stem in enumerate("ab"):
        video.add(stem, jpeg.encode(shrink(sky_frame(number, 1500, 1500), 1440)))
    video.finish(target)
    content = target.read_bytes()
    assert "1440x1440" in described(target)
    assert content[content.index(b"avcC") + 7] <= 51


def test_segments_are_made_during_the_night(opened, tmp_path):
    video = opened()
    fill(video, STEMS[:SEGMENT_FRAMES])
    video.finish(tmp_path / "timelapse.mp4")
    assert [path.name for path in segments(tmp_path).glob("*.mp4")] == [f"{STEMS[0]}.mp4"]  # fmt: skip
    assert not list(spool(tmp_path).glob("*.jpg"))
    assert video.held == set(STEMS[:SEGMENT_FRAMES])


def test_a_restart_goes_on_and_gives_the_same_bytes(opened, tmp_path):
    whole, halves = tmp_path / "whole.mp4", tmp_path / "halves.mp4"
    video = opened(STEMS)
    fill(video, STEMS)
    video.finish(whole)
    for path in segments(tmp_path).iterdir():
        path.unlink()
    first = opened(STEMS[:37])
    fill(first, STEMS[:37])
    first.close()
    second = opened(STEMS)
    assert second.held == set(STEMS[:37])
    fill(second, STEMS[37:])
    second.finish(halves)
    assert halves.read_bytes() == whole.read_bytes()


def test_after_a_lost_spool_only_the_frames_without_a_segment_are_needed(
    opened, tmp_path
):
    video = opened(STEMS)
    fill(video, STEMS[:SEGMENT_FRAMES])
    video.finish(tmp_path / "timelapse.mp4")
    fill(video, STEMS[SEGMENT_FRAMES:40])
    video.discard_spool()
    again = opened(STEMS)
    assert again.held == set(STEMS[:SEGMENT_FRAMES])
    fill(again, STEMS[SEGMENT_FRAMES:])
    again.finish(tmp_path / "timelapse.mp4")
    assert len(packets(tmp_path / "timelapse.mp4")) == 60


def test_a_late_frame_drops_only_the_segment_it_belongs_into(opened, tmp_path):
    early = [stem for stem in STEMS if stem != STEMS[30]]
    video = opened(early)
    fill(video, early)
    video.finish(tmp_path / "timelapse.mp4")
    video.expect(STEMS)
    needed = set(STEMS) - video.held
    assert needed == {*STEMS[25:51]}
    fill(video, sorted(needed))
    assert video.finish(tmp_path / "timelapse.mp4") == STEMS
    assert len(packets(tmp_path / "timelapse.mp4")) == 60


def test_a_frame_that_never_comes_is_left_out(opened, tmp_path):
    video = opened(STEMS)
    fill(video, STEMS[:10] + STEMS[12:])
    assert video.finish(tmp_path / "timelapse.mp4") == STEMS[:10] + STEMS[12:]


def test_without_frames_there_is_no_video(opened, tmp_path):
    target = tmp_path / "timelapse.mp4"
    target.write_bytes(b"of an earlier run")
    assert opened([]).finish(target) == []
    assert not target.exists()


def test_a_frame_can_be_taken_out_of_it(opened, tmp_path):
    video = opened()
    fill(video, STEMS)
    video.finish(tmp_path / "timelapse.mp4")
    assert abs(video.picture(STEMS[33]).mean() - picture(STEMS[33]).mean()) < 3
    with pytest.raises(FfmpegError, match="in no segment"):
        video.picture("unknown")


def test_a_failure_is_a_sentence_and_leaves_no_half_video(opened, tmp_path):
    video, target = opened(), tmp_path / "timelapse.mp4"
    target.write_bytes(b"the old one")
    fill(video, STEMS[:10])
    for path in spool(tmp_path).glob("*.jpg"):
        path.write_bytes(b"no picture")
    with pytest.raises(FfmpegError, match=r"^ffmpeg could not make the video: "):
        video.finish(target)
    assert target.read_bytes() == b"the old one"
    assert not list(tmp_path.glob(".*"))


def test_a_failing_encoder_does_not_stop_the_night_or_fill_the_memory(opened, tmp_path):
    (tmp_path / "segments").write_text("in the way")
    stems = [f"frame-{number:04d}" for number in range(260)]
    video = opened(stems)
    for stem in stems:
        video.add(stem, jpeg.encode(picture(STEMS[0])))
    assert len(list(spool(tmp_path).glob("*.jpg"))) <= 130
    (tmp_path / "segments").unlink()
    missing = set(stems) - video.held
    assert missing
    for stem in sorted(missing):
        video.add(stem, jpeg.encode(picture(STEMS[0])))
    assert video.finish(tmp_path / "timelapse.mp4") == stems


def test_a_computer_without_ffmpeg_is_told_what_to_do(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "nowhere"))
    video = opened()
    fill(video, STEMS[:3])
    with pytest.raises(FfmpegError, match="apt install ffmpeg"):
        video.finish(tmp_path / "timelapse.mp4")


def with_settings(tmp_path, **changes):
    chosen = replace(SETTINGS, **changes)
    return Timelapse("timelapse", tmp_path, tmp_path / "memory", chosen)


def test_segments_of_other_settings_are_removed_when_the_video_is_final(tmp_path):
    for crf in (20, 30):
        video = with_settings(tmp_path, crf=crf)
        video.expect(STEMS)
        assert set(STEMS) - video.held == set(STEMS)
        fill(video, STEMS)
        assert len(list((tmp_path / "segments").iterdir())) <= 2
        video.finish(tmp_path / "timelapse.mp4")
    (left,) = (tmp_path / "segments").iterdir()
    assert left == segments_folder(tmp_path, "timelapse", replace(SETTINGS, crf=30))


def test_segments_of_another_video_stay(tmp_path):
    other = Timelapse("timelapse-day", tmp_path, tmp_path / "memory", SETTINGS)
    other.expect(STEMS)
    fill(other, STEMS[:30])
    other.finish(tmp_path / "timelapse-day.mp4")
    video = with_settings(tmp_path)
    video.expect(STEMS)
    fill(video, STEMS[:30])
    video.finish(tmp_path / "timelapse.mp4")
    assert other.held == video.held == set(STEMS[:30])
    assert len(list((tmp_path / "segments").iterdir())) == 2


def test_flicker_is_taken_out_of_the_video_and_twilight_stays(tmp_path):
    levels = [40.0 + 3 * number for number in range(60)]
    levels[30] += 12  # a frame that is too bright
    video = with_settings(tmp_path, deflicker=True)
    video.expect(STEMS, levels)
    for stem, level in zip(STEMS, levels, strict=True):
        video.add(stem, jpeg.encode(np.full((48, 64, 3), level, np.uint8)))
    video.finish(tmp_path / "timelapse.mp4")
    shown = greys(tmp_path / "timelapse.mp4")
    smooth = np.array([40.0 + 3 * number for number in range(60)])
    assert np.abs(shown - smooth).max() < 7
    assert abs(shown[30] - levels[30]) > 5


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(60)), st.lists(st.integers(1, 59), max_size=3))
def test_order_and_restarts_never_change_the_frames_or_their_brightness(
    tmp_path_factory, order, cuts
):
    folder = tmp_path_factory.mktemp("video")
    levels = [50.0 + 9 * (number % 7 == 0) for number in range(60)]
    borders = [0, *sorted(cuts), 60]
    for begin, end in pairwise(borders):
        video = with_settings(folder, deflicker=True)
        known = sorted(order[:end])
        video.expect([STEMS[n] for n in known], [levels[n] for n in known])
        for number in sorted({*order[begin:end]} | {n for n in known if video.lacks(STEMS[n])}):  # fmt: skip
            if video.lacks(STEMS[number]):
                video.add(STEMS[number], jpeg.encode(picture(STEMS[number])))
        video.close()
    video = with_settings(folder, deflicker=True)
    video.expect(STEMS, levels)
    fill(video, [stem for stem in STEMS if video.lacks(stem)])
    assert video.finish(folder / "timelapse.mp4") == STEMS
    listed = [json.loads(path.read_text()) for path in sorted((folder / "segments").glob("*/*.json"))]  # fmt: skip
    gains = [gain_at(levels, number) for number in range(60)]
    expected = [s if g == 1 else f"{s}/{g}" for s, g in zip(STEMS, gains, strict=True)]
    assert [one for segment in listed for one in segment] == expected


# A computer whose hardware encodes a frame to try it and then gives up on segments.
GIVES_UP = 'for one; do [ "$one" = h264_v4l2m2m ] && { echo no such device >&2; exit 1; }; done; exec $FFMPEG "$@"'


def test_hardware_that_gives_up_is_a_sentence_and_the_next_video_is_x264(
    tmp_path, monkeypatch
):
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\nFFMPEG={imageio_ffmpeg.get_ffmpeg_exe()}\n{GIVES_UP}\n")  # fmt: skip
    program.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
    video = with_settings(tmp_path, encoder=Encoder.V4L2)
    video.expect(STEMS)
    fill(video, STEMS[:10])
    with pytest.raises(HardwareEncoderError, match=r"^h264_v4l2m2m failed; x264 .*no such device"):  # fmt: skip
        video.finish(tmp_path / "timelapse.mp4")
    again = with_settings(tmp_path, encoder=Encoder.V4L2)
    again.expect(STEMS)
    assert again.held == set()
    fill(again, STEMS[:10])
    assert again.finish(tmp_path / "timelapse.mp4") == STEMS[:10]


def test_a_full_disk_is_a_sentence_and_leaves_what_was_there(tmp_path):
    disk = Path("/dev/full")
    target = tmp_path / "timelapse.mp4"
    target.write_bytes(b"the old one")
    video = with_settings(tmp_path)
    video.expect(STEMS)
    fill(video, STEMS[:10])
    segments(tmp_path).mkdir(parents=True)
    (segments(tmp_path) / f".{os.getpid()}.part").symlink_to(disk)
    with pytest.raises(FfmpegError, match="no room left"):
        video.finish(target)
    assert target.read_bytes() == b"the old one"
    assert not list(segments(tmp_path).glob("*.mp4"))


def encoders():
    """Return how many ffmpegs this process has running."""
    tasks = Path("/proc/self/task").iterdir()
    children = {pid for task in tasks for pid in (task / "children").read_text().split()}  # fmt: skip
    names = (Path("/proc", pid, "stat").read_text() for pid in children)
    return sum("(ffmpeg" in name and ") Z " not in name for name in names)


def test_two_videos_that_grow_together_have_one_encoder_at_a_time(tmp_path):
    turn, most = Turn(), 0
    both = [
        Timelapse(kind, tmp_path, tmp_path / "memory", SETTINGS, turn)
        for kind in ("timelapse", "startrails-timelapse")
    ]
    stems = [f"frame-{number:04d}" for number in range(300)]
    content = jpeg.encode(sky_frame(1, 480, 640))
    for video in both:
        video.expect(stems)
    for stem in stems:
        for video in both:
            video.add(stem, content)
            most = max(most, encoders())
    assert most == 1
    for video, name in zip(both, "ab", strict=True):
        video.finish(tmp_path / f"{name}.mp4")
        assert len(packets(tmp_path / f"{name}.mp4")) >= 200
        video.close()
