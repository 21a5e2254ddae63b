"""`render` on folders, disks and signals that nobody has at home: a product or a sentence, never half a file."""

import datetime as dt
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from zoneinfo import ZoneInfo

import numpy as np
import psutil
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.cli import main
from products import batch
from products.render_settings import RenderSettings

FIRST = dt.datetime(2026, 1, 1, 18, tzinfo=dt.UTC)


def picture(number, size=(48, 64), mode="RGB", form="JPEG", **options):
    random = np.random.default_rng(number)
    sky = random.normal(20, 2, (*size, 3)).clip(0, 255).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(sky).convert(mode).save(content, form, **options)
    return content.getvalue()


def name(minute):
    return f"{FIRST + dt.timedelta(minutes=minute):%Y%m%dT%H%M%SZ}.jpg"


def folder_of(place, count=30, **options):
    place.mkdir()
    for minute in range(count):
        (place / name(minute)).write_bytes(picture(minute, **options))
    return place


def chosen(frames, out, *arguments):
    return ["render", "--frames", str(frames), "--out", str(out), "--zone", "UTC", *map(str, arguments)]  # fmt: skip


def render(frames, out, *arguments):
    return CliRunner().invoke(main, chosen(frames, out, *arguments))


def facts(frames, out, *arguments):
    answer = render(frames, out, "--json", *arguments)
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def sentence_of(answer):
    """Return the one sentence of a command that failed."""
    assert answer.exit_code == 1, answer.output
    assert answer.stdout == ""
    (line,) = answer.stderr.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


# What a folder may hold


def test_frames_of_every_kind_are_used_or_named(tmp_path):
    frames = folder_of(tmp_path / "frames", 4)
    turned = Image.Exif()
    turned[0x0112] = 6  # a telephone's "turn me to the right"
    good = {
        10: picture(10, mode="L"),
        11: picture(11, progressive=True),
        12: picture(12, exif=turned.tobytes()),
        13: picture(13, optimize=True, subsampling=0),
        14: picture(14) + b"appended by some program",
    }
    bad = {
        20: (b"", "is empty"),
        21: (b"\xff\xd8", "is cut off or damaged in its header"),
        22: (picture(1, form="PNG"), "is not a JPEG"),
        23: (picture(1, mode="CMYK"), "is in CMYK colours, made for printing; save it as RGB"),
        24: (picture(1, (64, 48)), "has 48 x 64 pixels, the others have 64 x 48"),
        25: (picture(1, (8, 8)), "has 8 x 8 pixels, the others have 64 x 48"),
        26: (picture(1, (1, 1)), "has only 1 x 1 pixels"),
        27: (picture(1)[:-20], "is cut off"),
    }  # fmt: skip
    for minute, content in good.items():
        (frames / name(minute)).write_bytes(content)
    for minute, (content, _) in bad.items():
        (frames / name(minute)).write_bytes(content)
    (frames / name(30)).mkdir()
    (frames / name(31)).symlink_to("nowhere")
    os.mkfifo(frames / name(32))
    said = facts(frames, tmp_path / "out")
    assert said["frames"] == 4 + len(good)
    assert said["skipped"] == {name(minute): why for minute, (_, why) in bad.items()}
    assert set(said["time_from"]) == {"file name"}


class CutFolder:
    """Eight frames, the third of them whole in memory, and the products without it."""

    def __init__(self, place):
        self.frames, self.out = folder_of(place / "frames", 8), place / "out"
        self.whole = (self.frames / name(2)).read_bytes()
        (self.frames / name(2)).unlink()
        render(self.frames, self.out, "--no-timelapse")
        self.expected = files_of(self.out)


@pytest.fixture(scope="module")
def cut_folder(tmp_path_factory):
    return CutFolder(tmp_path_factory.mktemp("cut"))


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1, exclude_max=True))
def test_a_file_cut_off_anywhere_is_skipped_and_changes_nothing(cut_folder, part):
    left = cut_folder.whole[: int(part * len(cut_folder.whole))]
    (cut_folder.frames / name(2)).write_bytes(left)
    said = facts(cut_folder.frames, cut_folder.out, "--no-timelapse")
    assert list(said["skipped"]) == [name(2)]
    assert files_of(cut_folder.out) == cut_folder.expected


def test_odd_names_are_names(tmp_path):
    frames = folder_of(tmp_path / "frames", 2)
    odd_names = (
        "it's a 'sky' 20260101T175500Z.jpg",
        "🌌 50 % 20260101T180500Z.JPG",
        "-x 20260101T180600Z.jpeg",
    )
    for odd in odd_names:
        (frames / odd).write_bytes(picture(5))
    said = facts(frames, tmp_path / "out")
    assert (said["frames"], said["skipped"]) == (5, {})
    broken = "two\nlines 20260101T180700Z.jpg"
    (frames / broken).write_bytes(picture(6))
    long = f"{'x' * 150}20260101T180800Z.jpg"
    (frames / long).write_bytes(picture(6))
    undecodable = os.fsencode(frames) + b"/\xff 20260101T180900Z.jpg"
    with open(undecodable, "wb") as file:  # noqa: PTH123  # no Path has such a name
        file.write(picture(6))
    said = facts(frames, tmp_path / "out")
    assert said["frames"] == 5
    assert {why for one, why in said["skipped"].items() if one != long} == {
        "has a name with characters that cannot be printed"
    }
    assert said["skipped"][long] == "has a name of more than 96 bytes"
    assert len(list((tmp_path / "out" / "thumbnails").iterdir())) == 5


@pytest.mark.parametrize("folder", ["-out", "a:b", "100 %d", "it's"])
def test_any_folder_can_be_written_to(tmp_path, monkeypatch, folder):
    frames = folder_of(tmp_path / "frames", 2)
    monkeypatch.chdir(tmp_path)
    assert facts(frames, folder)["frames"] == 2
    assert (tmp_path / folder / "timelapse.mp4").exists()


def test_frames_of_one_second_keep_the_order_of_their_names(tmp_path):
    frames = folder_of(tmp_path / "frames", 1)
    for one in ("b_20260101_180000.jpg", "a_20260101_180000.jpg", "a_20260101_180000.jpeg"):  # fmt: skip
        (frames / one).write_bytes(picture(3))
    said = facts(frames, tmp_path / "out")
    assert said["frames"] == 3
    assert said["skipped"] == {
        "a_20260101_180000.jpg": "has the same name as another frame"
    }


def test_of_two_frames_of_one_name_the_one_that_can_be_read_is_used(tmp_path):
    frames = folder_of(tmp_path / "frames", 1)
    (frames / name(0)).with_suffix(".jpeg").write_bytes(b"")
    said = facts(frames, tmp_path / "out")
    assert said["frames"] == 1
    assert list(said["skipped"]) == [name(0).replace("jpg", "jpeg")]


def test_a_clock_that_was_never_set_is_a_night_of_1970(tmp_path):
    frames = tmp_path / "frames"
    frames.mkdir()
    for second in (0, 60):
        path = frames / f"frame{second}.jpg"
        path.write_bytes(picture(second))
        os.utime(path, (second, second))
    said = facts(frames, tmp_path / "out", "--latitude", 52, "--longitude", 13)
    assert (said["night"], said["frames"]) == ("1969-12-31", 2)


@pytest.mark.parametrize("year", ["0001", "1899", "2100", "9999"])
def test_an_impossible_year_in_exif_is_no_time(tmp_path, year):
    frames, exif = folder_of(tmp_path / "frames", 2), Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = f"{year}:01:01 00:00:00"
    (frames / name(3)).write_bytes(picture(3, exif=exif.tobytes()))
    said = facts(frames, tmp_path / "out", "--zone", "Pacific/Auckland")
    assert said["time_from"] == {"file name": 3}


def test_a_night_of_the_future_is_a_night(tmp_path):
    frames = tmp_path / "frames"
    frames.mkdir()
    (frames / "20991231T235959Z.jpg").write_bytes(picture(1))
    said = facts(frames, tmp_path / "out", "--latitude", 52, "--longitude", 13)
    assert (said["night"], said["frames"]) == ("2099-12-31", 1)


@pytest.mark.parametrize("again", [False, True])
def test_a_folder_that_disappears_meanwhile_is_said(tmp_path, again):
    frames = folder_of(tmp_path / "frames", 3)
    if again:
        render(frames, tmp_path / "out", "--no-timelapse")
    plan = batch.plan_folder(frames, ZoneInfo("UTC"))
    shutil.rmtree(frames)
    with pytest.raises(
        batch.RenderError,
        match=r"None of the 3 frames can be used: .* cannot be read: No such file",
    ):
        batch.render(plan, tmp_path / "out", RenderSettings())
    assert (tmp_path / "out" / "keogram.jpg").exists() == again


# Disks and memory


@pytest.fixture
def small_disk(tmp_path):
    """Return a function that mounts a disk of so many kB, to be filled."""
    mounted = []

    def mount(size_kb):
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "none", str(place)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("only root may mount a small disk")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_is_full_at_any_stage_is_one_sentence_and_no_half_file(
    tmp_path, small_disk
):
    frames = folder_of(tmp_path / "frames", 30)
    assert render(frames, tmp_path / "whole").exit_code == 0
    whole = files_of(tmp_path / "whole")
    disk, said = small_disk(1024), set()
    for free_kb in (*range(0, 560, 28), 1000):
        out, filler = disk / "out", disk / "filler"
        filler.write_bytes(b"x" * (1024 - free_kb) * 1024)
        answer = render(frames, out)
        filler.unlink()
        if answer.exit_code:
            said.add(sentence_of(answer))
        for path, content in files_of(out).items() if out.exists() else ():
            if (
                path.endswith((".jpg", ".mp4", "keogram.json", "night.json"))
                and "segments" not in path
            ):
                assert content == whole[path], (free_kb, path)
        if answer.exit_code == 0:
            break
        assert render(frames, out).exit_code == 0, "with room again"
        assert files_of(out) == whole
        shutil.rmtree(out)
    assert 2 <= free_kb < 1000 or answer.exit_code == 0
    assert any("The disk is full" in one for one in said)
    assert all("Traceback" not in one for one in said)


def test_memory_that_is_full_is_one_sentence_and_no_crash(
    tmp_path, small_disk, monkeypatch
):
    frames = folder_of(tmp_path / "frames", 4, size=(240, 320))
    said = set()
    for size_kb in (40, 240, 280):
        monkeypatch.setenv("ALLSKY_SCRATCH", str(small_disk(size_kb)))
        done = run(frames, tmp_path / "out")
        assert done.returncode in (0, 1), (size_kb, done.stderr)
        if done.returncode:
            (line,) = done.stderr.splitlines()
            said.add(line)
    assert said
    assert all(
        "has no room left for" in line or "no room left for its files" in line
        for line in said
    )


def test_frames_larger_than_memory_are_refused_before_anything_is_written(
    tmp_path, monkeypatch
):
    frames = folder_of(tmp_path / "frames", 2, size=(1200, 1600))
    (tmp_path / "proc").mkdir()
    for free_mb, fits in ((10, False), (400, True)):
        memory = {
            "MemTotal": 512,
            "MemFree": free_mb,
            "MemAvailable": free_mb,
        } | dict.fromkeys(
            (
                "Buffers",
                "Cached",
                "Active",
                "Inactive",
                "Shmem",
                "Slab",
                "SReclaimable",
            ),
            0,
        )
        lines = (f"{field}: {size}000 kB\n" for field, size in memory.items())
        (tmp_path / "proc" / "meminfo").write_text("".join(lines))
        monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path / "proc"))
        answer = render(frames, tmp_path / "out", "--no-timelapse")
        monkeypatch.undo()
        assert (answer.exit_code == 0) == fits
        assert (tmp_path / "out").exists() == fits
        if not fits:
            assert "1600 x 1200 pixels need" in sentence_of(answer)


# Signals


def run(frames, out, **options):
    command = [sys.executable, "-m", "edge.cli", *chosen(frames, out)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, **options
    )


@pytest.fixture(scope="module")
def long_night(tmp_path_factory):
    """A folder of frames that takes some seconds, and its products."""
    place = tmp_path_factory.mktemp("long")
    frames = folder_of(place / "frames", 60, size=(240, 320))
    assert render(frames, place / "whole").exit_code == 0
    return frames, files_of(place / "whole")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("after", ["thumbnails/*[05].jpg", "segments/*/*.mp4", "keogram.jpg"])  # fmt: skip
def test_stopped_in_the_middle_it_leaves_no_half_file_and_comes_out_the_same_later(
    tmp_path, long_night, number, after
):
    frames, whole = long_night
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    scratch.mkdir()
    environment = os.environ | {"ALLSKY_SCRATCH": str(scratch)}
    command = [sys.executable, "-m", "edge.cli", *chosen(frames, out)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        while process.poll() is None and not any(out.glob(after)):
            time.sleep(0.001)
        process.send_signal(number)
        said = process.communicate(timeout=20)[1]
    published = files_of(out)
    for path in ("keogram.jpg", "startrails.jpg", "timelapse.mp4", "night.json"):
        assert published.get(path, whole[path]) == whole[path]
    if number is not signal.SIGKILL and process.returncode:
        assert process.returncode == 1
        assert (
            said
            == f"Error: Stopped. What is in {out} is not complete; call it again.\n"
        )
        assert list(scratch.iterdir()) == []
    for left in scratch.glob("*/lock"):
        os.utime(left, (0, 0))
    assert run(frames, out, env=environment).returncode == 0
    assert files_of(out) == whole
    assert list(scratch.iterdir()) == []
