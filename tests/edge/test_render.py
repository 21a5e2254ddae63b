import datetime as dt
import io
import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from edge.cli import main


@pytest.fixture
def frames(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    random = np.random.default_rng(1)
    for number in range(12):
        taken = dt.datetime(2026, 1, 1, 19, number, tzinfo=dt.UTC)
        content = io.BytesIO()
        sky = random.normal(20, 2, (48, 64, 3)).clip(0, 255).astype(np.uint8)
        Image.fromarray(sky).save(content, "JPEG")
        (folder / taken.strftime("image-%Y%m%d%H%M%S.jpg")).write_bytes(
            content.getvalue()
        )
    return folder


def run(*arguments):
    return CliRunner().invoke(main, ["render", *map(str, arguments)])


def test_a_folder_becomes_a_night(frames, tmp_path):
    (frames / "image-20260101195900.jpg").write_bytes(b"")
    out = tmp_path / "out"
    result = run("--frames", frames, "--out", out, "--zone", "Europe/Berlin")
    assert result.exit_code == 0
    for name in (
        "keogram.jpg", "keogram.json", "startrails.jpg", "timelapse.mp4", "timelapse.jpg", "night.json",
    ):  # fmt: skip
        assert (out / name).stat().st_size > 0
    assert len(list((out / "thumbnails").iterdir())) == 12
    assert "time from file name (13); time zone Europe/Berlin" in result.stdout
    assert "Skipped: image-20260101195900.jpg is empty." in result.stdout
    assert (
        result.stderr == ""
    )  # no terminal, and done before there was something to say


def test_the_answer_in_json(frames, tmp_path):
    result = run(
        "--frames", frames, "--out", tmp_path / "out", "--no-timelapse", "--lossless",
        "--latitude", 52.5, "--longitude", 13.4, "--zone", "Europe/Berlin", "--json",
    )  # fmt: skip
    answer = json.loads(result.stdout)
    assert answer["night"] == "2026-01-01"
    assert answer["frames"] == answer["used"] == 12
    assert answer["skipped"] == {}
    assert {one["kind"] for one in answer["files"]} == {
        "keogram",
        "startrails",
        "night",
    }
    assert (tmp_path / "out" / "startrails.png").exists()


def test_several_nights_are_mentioned(frames, tmp_path):
    first = next(frames.iterdir())
    (frames / "image-20260105200000.jpg").write_bytes(first.read_bytes())
    chosen = ("--frames", frames, "--out", tmp_path / "out", "--no-timelapse")
    assert "2 nights (2026-01-01 (12), 2026-01-05 (1))" in run(*chosen).stdout
    result = run(*chosen, "--night", "2026-01-05")
    assert result.stdout.startswith("Night 2026-01-05: 1 frame,")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--zone", "Mars/Olympus"], "is no time zone"),
        (["--latitude", "52"], "belong together"),
        (["--workers", "0"], "--workers"),
        (["--startrails-limit", "2"], "--startrails-limit"),
        (["--night", "yesterday"], "--night"),
    ],
)
def test_wrong_usage_ends_with_2(frames, tmp_path, arguments, said):
    result = run("--frames", frames, "--out", tmp_path / "out", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_writing_among_the_frames_is_refused(frames):
    result = run("--frames", frames, "--out", frames)
    assert result.exit_code == 2
    assert "another folder" in result.stderr


def test_failures_are_one_sentence_and_end_with_1(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run("--frames", empty, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr == f"Error: There are no JPEG files in {empty}.\n"


def test_a_folder_that_cannot_be_written_is_named(frames, tmp_path):
    (tmp_path / "out").write_text("a file in the way")
    result = run("--frames", frames, "--out", tmp_path / "out" / "inner")
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: The products in {tmp_path / 'out' / 'inner'} cannot be stored: Not a directory.\n"
    )


def mask_in(folder, height, width):
    """Write a mask whose lower half is no sky."""
    picture = np.full((height, width), 255, np.uint8)
    picture[height // 2 :] = 0
    Image.fromarray(picture).save(folder / "mask.png")
    return folder / "mask.png"


def test_mask_comet_crop_and_strip_are_taken(frames, tmp_path):
    out = tmp_path / "out"
    asked = (
        "--mask",
        mask_in(tmp_path, 24, 32),
        "--comet",
        "15",
        "--strip",
        "--lossless",
    )
    result = run(
        "--frames", frames, "--out", out, "--zone", "UTC", "--no-timelapse",
        "--crop", "0.25", "0", *asked, "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    kinds = [one["kind"] for one in json.loads(result.stdout)["files"]]
    assert kinds == ["keogram", "startrails", "startrails-comet", "night"]
    with Image.open(sorted(frames.iterdir())[0]) as first:
        house = np.asarray(first)[24:]
    with Image.open(out / "startrails.png") as trails:
        shown = np.asarray(trails)
        assert np.abs(shown[24:].astype(int) - house).max() <= 2  # another decoder
        assert shown[:24].mean() > house.mean()
    with Image.open(out / "keogram.png") as keogram:
        assert keogram.size[1] == 36


def test_a_mask_of_another_shape_is_one_sentence(frames, tmp_path):
    mask = mask_in(tmp_path, 32, 32)
    out = tmp_path / "out"
    result = run("--frames", frames, "--out", out, "--zone", "UTC", "--mask", mask)
    assert result.exit_code == 1
    assert "another shape than the frames' 64 x 48" in result.stderr


def test_a_mask_that_is_no_picture_is_wrong_usage(frames, tmp_path):
    mask = tmp_path / "mask.png"
    mask.write_text("no picture")
    result = run("--frames", frames, "--out", tmp_path / "out", "--mask", mask)
    assert result.exit_code == 2
    assert "is no picture" in result.stderr
