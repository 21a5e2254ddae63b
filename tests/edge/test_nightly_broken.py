"""`nightly --night` on a disk that fills, with programs that are killed, and beside another one at work."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from edge.config import load
from edge.service import locked
from edge.store import Store
from tests.edge.test_nightly_repair import NIGHT, camera_in, frame_name, nightly

FINAL = ("keogram.jpg", "keogram.json", "startrails.jpg", "timelapse.mp4", "night.json")  # fmt: skip


def final(config):
    """Return the products that exist, name -> content."""
    folder = config.parent / "data" / "products" / NIGHT
    return {
        name: (folder / name).read_bytes() for name in FINAL if (folder / name).exists()
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    config = camera_in(tmp_path_factory.mktemp("undisturbed"))
    assert nightly(config).exit_code == 0
    return final(config)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 6 MB, to be filled."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_fills_is_one_sentence_and_with_room_again_all_is_whole(
    small_disk, undisturbed
):
    said = set()
    for kept_free_kb in (0, 200, 400):
        place = small_disk / str(kept_free_kb)
        place.mkdir()
        config = camera_in(place)
        free = shutil.disk_usage(small_disk).free - kept_free_kb * 1024
        (small_disk / "filler").write_bytes(b"x" * free)
        answer = nightly(config)
        (small_disk / "filler").unlink()
        assert answer.exit_code in (0, 1)
        if answer.exit_code:
            (line,) = answer.stderr.splitlines()
            said.add(line)
        for name, content in final(config).items():
            assert content == undisturbed[name], (kept_free_kb, name)
        again = nightly(config)
        assert again.exit_code == 0, again.output
        assert final(config) == undisturbed
        shutil.rmtree(place)
    full = "Error: The disk is full: the products of the night 2026-01-31 cannot be stored until something is deleted."
    ffmpeg = (
        "Error: ffmpeg could not make the video: there is no room left for its files"
    )
    assert full in said
    assert said <= {full, ffmpeg}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("after", ["keogram.columns", "segments/*/*.mp4", "keogram.jpg"])  # fmt: skip
def test_stopped_in_the_middle_it_comes_out_the_same_later(
    tmp_path, undisturbed, number, after
):
    config = camera_in(tmp_path)
    command = [sys.executable, "-m", "edge.cli", "--config", str(config), "nightly", "--night", NIGHT]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        folder = tmp_path / "data" / "products" / NIGHT
        while process.poll() is None and not any(folder.glob(after)):
            time.sleep(0.001)
        process.send_signal(number)
        said = process.communicate(timeout=20)[1]
    if number is not signal.SIGKILL and process.returncode:
        assert said == "Error: Stopped. Call it again to make the night 2026-01-31 whole.\n"  # fmt: skip
    for name, content in final(config).items():
        assert content == undisturbed[name]
    again = nightly(config)
    assert again.exit_code == 0, again.output
    assert final(config) == undisturbed


def test_while_another_program_is_at_work_it_says_so(tmp_path):
    config = camera_in(tmp_path, 2)
    store = Store(load(config).data)
    store.close()
    with locked(store.scratch / f"{NIGHT}.lock", ""):
        answer = nightly(config, "--json")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert answer.stderr == "Error: Another program is at work on the products of the night 2026-01-31.\n"  # fmt: skip


def test_a_database_that_is_damaged_is_one_sentence(tmp_path):
    config = camera_in(tmp_path, 2)
    (tmp_path / "data" / "edge.db").write_bytes(b"no database" * 500)
    answer = nightly(config)
    assert answer.exit_code == 1
    (line,) = answer.stderr.splitlines()
    assert "edge.db" in line
    assert "file is not a database" in line


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    config = camera_in(tmp_path, 2)
    shutil.rmtree(tmp_path / "data")
    (tmp_path / "data").write_text("a file in the way")
    answer = nightly(config)
    assert answer.exit_code == 1
    assert len(answer.stderr.splitlines()) == 1


def test_one_frame_and_frames_of_one_second_are_a_night(tmp_path):
    config = camera_in(tmp_path, 1)
    only = tmp_path / "data" / "frames" / NIGHT / frame_name(0)
    assert json.loads(nightly(config, "--json").stdout)["frames"] == 1
    shutil.copy(only, only.with_name(only.name.replace("Z.jpg", ".250Z.jpg")))
    assert json.loads(nightly(config, "--json").stdout)["frames"] == 2


def test_a_frame_whose_clock_was_wrong_is_left_aside(tmp_path):
    """The clock of a camera without a network begins in 1970; such a frame is of no night that is rendered."""
    config = camera_in(tmp_path, 3)
    folder = tmp_path / "data" / "frames" / NIGHT
    shutil.copy(folder / frame_name(0), folder / "19700101T000012Z.jpg")
    shutil.copy(folder / frame_name(0), folder / "20991231T235959Z.jpg")
    nameless = folder / "frame.jpg"
    shutil.copy(folder / frame_name(0), nameless)
    os.utime(nameless, (0, 0))
    assert json.loads(nightly(config, "--json").stdout)["frames"] == 3
