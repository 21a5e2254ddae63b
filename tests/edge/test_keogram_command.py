import datetime as dt
import json
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner
from PIL import Image

from edge.cli import main
from edge.config import load
from edge.night_products import axis_of, render_settings
from products.live import FrameFacts, LiveNight
from products.night import Night
from tests.products.conftest import pillow_jpeg, sky_frame

SITE = {"name": "Here", "latitude_deg": 51, "longitude_deg": 10, "zone": "UTC"}


def run(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments])


def frames_in(folder, count, height=48, width=64):
    folder.mkdir()
    for minute in range(count):
        name = f"20260101T18{minute:02d}00Z.jpg"
        (folder / name).write_bytes(pillow_jpeg(sky_frame(minute, height, width)))
    return folder


@pytest.fixture
def rendered(tmp_path):
    """What render wrote of 30 frames, without the frames."""
    frames, out = frames_in(tmp_path / "frames", 30), tmp_path / "products"
    arguments = ("--frames", frames, "--out", out, "--zone", "UTC", "--no-timelapse")
    drawn = ("--crop", "0.1", "0.1", "--strip")
    assert run("render", *arguments, *drawn).exit_code == 0
    shutil.rmtree(frames)
    return out


def test_a_captured_night_is_drawn_as_the_settings_say(tmp_path):
    config, out = tmp_path / "config.json", tmp_path / "keogram.jpg"
    chosen = {"keogram_strip": True, "keogram_crop_top": 0.1}
    config.write_text(json.dumps({"site": SITE, "products": chosen}))
    settings, folder = load(config), tmp_path / "data" / "products" / "2026-01-01"
    axis = axis_of(settings, Night.named("2026-01-01", settings.site.tz))
    drawing = replace(render_settings(settings), timelapse=False)
    night = LiveNight(folder, axis, drawing, tmp_path / "memory")
    for minute in range(5):
        taken = axis.start_utc + dt.timedelta(minutes=minute)
        night.add(sky_frame(minute), FrameFacts(f"{minute}", taken))
    night.finish()
    night.close()
    result = run("--config", config, "keogram", "--night", "2026-01-01", "--out", out)
    assert result.exit_code == 0, result.output
    assert out.read_bytes() == (folder / "keogram.jpg").read_bytes()


def test_a_folder_of_render_is_drawn_as_it_was(rendered, tmp_path):
    out = tmp_path / "keogram.jpg"
    result = run("keogram", "--folder", rendered, "--out", out)
    assert result.exit_code == 0, result.output
    assert out.read_bytes() == (rendered / "keogram.jpg").read_bytes()


def test_it_is_drawn_as_asked_for(rendered, tmp_path):
    out = tmp_path / "keogram.png"
    asked = (
        "--crop",
        "0.25",
        "0.25",
        "--strip",
        "--width",
        "480",
        "--zone",
        "Asia/Tokyo",
    )
    result = run("keogram", "--folder", rendered, *asked, "--out", out, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    with Image.open(out) as picture:
        assert picture.format == "PNG"
        assert picture.size == (answer["width"], answer["height"])
    assert (answer["width"], answer["crop"]) == (480, [0.25, 0.25])
    assert answer["zone"] == "Asia/Tokyo"
    assert len(answer["mean"]) == len(answer["stars"]) == answer["columns"] == 30
    assert "video" not in answer


def test_the_sky_alone_is_as_wide_as_asked_for(rendered, tmp_path):
    out = tmp_path / "sky.png"
    result = run(
        "keogram", "--folder", rendered, "--bare", "--width", "300", "--out", out
    )
    assert result.exit_code == 0, result.output
    with Image.open(out) as picture:
        assert picture.size[0] == 300


def test_the_stars_that_render_counted_are_known(tmp_path):
    frames = frames_in(tmp_path / "frames", 2, 240, 320)
    out = tmp_path / "products"
    arguments = ("--frames", frames, "--out", out, "--zone", "UTC", "--no-timelapse")
    assert run("render", *arguments, "--stars").exit_code == 0
    sidecar = json.loads((out / "keogram.json").read_text())
    assert all(isinstance(count, int) for count in sidecar["stars"])
    assert run("render", *arguments).exit_code == 0
    sidecar = json.loads((out / "keogram.json").read_text())
    assert sidecar["stars"] == [None, None]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name a night with --night, or a folder with --folder."),
        (("--night", "2026-01-01", "--folder", "."), "Name a night with --night, or"),
        (("--folder", ".", "--crop", "0.1", "0.5"), "--crop"),
        (("--folder", ".", "--zone", "Mars/Olympus"), "is no time zone"),
        (("--folder", "nowhere"), "--folder"),
    ],
)
def test_wrong_usage_ends_with_2(arguments, said):
    result = run("keogram", *arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_a_folder_without_a_keogram_is_one_sentence(tmp_path):
    result = run("keogram", "--folder", tmp_path)
    assert result.exit_code == 1
    assert result.output.startswith("Error: There is no ")


def test_a_night_that_was_not_captured_is_one_sentence(tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"site": SITE}))
    result = run("--config", config, "keogram", "--night", "2026-01-01")
    assert result.exit_code == 1
    assert "2026-01-01 has no keogram.columns: " in result.output


def test_where_it_cannot_be_written_is_said(rendered, tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "keogram.jpg"
    result = run("keogram", "--folder", rendered, "--out", out)
    assert result.exit_code == 1
    assert f"{out} cannot be written: " in result.output
