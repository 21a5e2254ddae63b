"""`nightly --night`: whatever is broken of a night comes out as from an undisturbed run, or with a clear sentence."""

import datetime as dt
import io
import json
import shutil
from contextlib import closing

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from edge.cli import main
from edge.clock import VirtualClock
from edge.config import load
from edge.frames import adopt_frames
from edge.nightly import build_nightly
from edge.store import Store

NIGHT = "2026-01-31"
FIRST = dt.datetime(2026, 1, 31, 20, tzinfo=dt.UTC)
SETTINGS = {
    "site": {"name": "Berlin", "latitude_deg": 52.52, "longitude_deg": 13.405, "zone": "Europe/Berlin"},
    "camera": {"driver": "simulator"},
    "capture": {"interval_s": 60},
}  # fmt: skip


def picture(number, size=(48, 64), **options):
    random = np.random.default_rng(number)
    sky = random.normal(20, 2, (*size, 3))
    sky[number % 40 + 4, 8:60:6] += 150
    content = io.BytesIO()
    Image.fromarray(sky.clip(0, 255).astype(np.uint8)).save(content, "JPEG", **options)
    return content.getvalue()


def frame_name(number):
    return f"{FIRST + dt.timedelta(minutes=number):%Y%m%dT%H%M%SZ}.jpg"


def camera_in(folder, frames=40):
    """Make a camera that has this many frames of one night on disk, and return the path of its settings."""
    (folder / "data" / "frames" / NIGHT).mkdir(parents=True)
    for number in range(frames):
        path = folder / "data" / "frames" / NIGHT / frame_name(number)
        path.write_bytes(picture(number))
    (folder / "config.json").write_text(json.dumps(SETTINGS))
    return folder / "config.json"


def nightly(config, *arguments, night=NIGHT):
    chosen = ["--config", str(config), "nightly", "--night", night]
    return CliRunner().invoke(main, [*chosen, *arguments])


def products(config):
    """Return the products of the night and what they are made of, name -> content."""
    folder = config.parent / "data" / "products" / NIGHT
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A camera after a night that went well."""
    config = camera_in(tmp_path_factory.mktemp("undisturbed"))
    answer = nightly(config, "--json")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["frames"] == 40
    assert len(products(config)) > 50
    return config


@pytest.fixture
def config(tmp_path, undisturbed):
    """The same camera, to be damaged."""
    shutil.copytree(undisturbed.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "config.json"


def cut(path, left=0.5):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * left)])


def overwrite(path):
    """Damage the middle of a file, as a dying card does."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(range(200)) * 2
    path.write_bytes(content[: path.stat().st_size])


DAMAGES = {
    "nothing": lambda night: None,
    "all products deleted": shutil.rmtree,
    "keogram deleted": lambda night: (night / "keogram.jpg").unlink(),
    "startrails deleted": lambda night: (night / "startrails.jpg").unlink(),
    "video deleted": lambda night: (night / "timelapse.mp4").unlink(),
    "thumbnails deleted": lambda night: shutil.rmtree(night / "thumbnails"),
    "a thumbnail empty": lambda night: (night / "thumbnails" / frame_name(3)).write_bytes(b""),
    "a thumbnail cut off": lambda night: cut(night / "thumbnails" / frame_name(3)),
    "columns empty": lambda night: (night / "keogram.columns").write_bytes(b""),
    "columns cut off": lambda night: cut(night / "keogram.columns"),
    "columns cut in the header": lambda night: cut(night / "keogram.columns", 0.01),
    "columns damaged": lambda night: overwrite(night / "keogram.columns"),
    "segments deleted": lambda night: shutil.rmtree(night / "segments"),
    "segment deleted": lambda night: min((night / "segments").glob("*/*.mp4")).unlink(),
    "first segment cut off": lambda night: cut(min((night / "segments").glob("*/*.mp4"))),
    "last segment cut off": lambda night: cut(max((night / "segments").glob("*/*.mp4"))),
    "segment empty": lambda night: max((night / "segments").glob("*/*.mp4")).write_bytes(b""),
    "segment damaged": lambda night: overwrite(min((night / "segments").glob("*/*.mp4"))),
    "list empty": lambda night: min((night / "segments").glob("*/*.json")).write_bytes(b""),
    "list of nothing": lambda night: min((night / "segments").glob("*/*.json")).write_text("[]"),
    "list damaged": lambda night: min((night / "segments").glob("*/*.json")).write_bytes(b'{"a": \xff'),
    "list of other things": lambda night: min((night / "segments").glob("*/*.json")).write_text("[1, null]"),
    "night.json damaged": lambda night: (night / "night.json").write_bytes(b"\0" * 100),
    "keogram.json damaged": lambda night: (night / "keogram.json").write_bytes(b"{"),
    "leftovers of a kill": lambda night: (night / ".keogram.jpg.part").write_bytes(b"half"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_whatever_is_damaged_is_repaired_to_the_same_bytes(config, damage):
    whole = products(config)
    damage(config.parent / "data" / "products" / NIGHT)
    answer = nightly(config, "--json")
    assert answer.exit_code == 0, answer.output
    repaired = products(config)
    assert sorted(repaired) == sorted(whole)
    # Records are appended in the order in which they come; what is made of them does not depend on it.
    columns = repaired.pop("keogram.columns"), whole.pop("keogram.columns")
    assert len(columns[0]) >= len(columns[1])
    assert [name for name in whole if repaired[name] != whole[name]] == []


def test_a_night_whose_frames_are_partly_unreadable_is_made_of_the_rest(tmp_path):
    config = camera_in(tmp_path)
    frames = sorted((tmp_path / "data" / "frames" / NIGHT).iterdir())
    nightly(config)
    shutil.rmtree(tmp_path / "data" / "products")
    frames[1].write_bytes(b"")
    cut(frames[2], 0.9)
    frames[3].unlink()
    frames[4].unlink()
    frames[4].mkdir()
    frames[5].write_bytes(picture(5, (32, 32)))
    answer = nightly(config, "--json")
    assert answer.exit_code == 0, answer.output
    facts = json.loads(answer.stdout)
    assert facts["frames"] == 35
    assert facts["left_out"] == {
        frames[1].name: "is empty",
        frames[2].name: "is cut off",
        frames[3].name: "cannot be read: No such file or directory",
        frames[4].name: "cannot be read: Is a directory",
        frames[5].name: "has 32 x 32 pixels, but the night's frames have 64 x 48",
    }
    said = nightly(config)
    assert f"Left out: {frames[1].name} is empty." in said.stdout
    assert said.stdout.startswith("Night 2026-01-31: 35 frames.\n")


def test_a_folder_that_is_named_like_a_frame_is_no_frame(tmp_path):
    config = camera_in(tmp_path, 2)
    (tmp_path / "data" / "frames" / NIGHT / frame_name(50)).mkdir()
    (tmp_path / "data" / "frames" / NIGHT / frame_name(51)).symlink_to("nowhere")
    answer = nightly(config, "--json")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["frames"] == 2


def test_a_folder_that_is_no_night_is_left_alone(tmp_path):
    config = camera_in(tmp_path, 2)
    other = tmp_path / "data" / "frames" / "2026-99-99"
    other.mkdir()
    (other / frame_name(1)).write_bytes(picture(1))
    assert nightly(config).exit_code == 0
    answer = nightly(config, night="2026-01-01")
    assert answer.exit_code == 1
    assert answer.stderr == (
        "Error: No frame of the night 2026-01-01 is stored; there are: 2026-01-31.\n"
    )


def test_a_night_without_a_usable_frame_is_a_note_and_no_error(tmp_path):
    config = camera_in(tmp_path, 3)
    nightly(config)
    shutil.rmtree(tmp_path / "data" / "products")
    for path in (tmp_path / "data" / "frames" / NIGHT).iterdir():
        path.write_bytes(b"")
    answer = nightly(config)
    assert answer.exit_code == 0
    assert answer.stdout == (
        f"Night 2026-01-31: None of the 3 stored frames can be used: {frame_name(0)} is empty.\n"
        f"Left out: {frame_name(0)} is empty.\nLeft out: {frame_name(1)} is empty.\n"
        f"Left out: {frame_name(2)} is empty.\n"
    )
    facts = json.loads(nightly(config, "--json").stdout)
    assert (facts["frames"], facts["final"], facts["files"]) == (0, True, [])


def test_a_night_of_day_frames_is_a_note_and_no_error(tmp_path):
    config = camera_in(tmp_path, 0)
    noon = tmp_path / "data" / "frames" / NIGHT / "20260131T130000Z.jpg"
    noon.write_bytes(picture(1))
    answer = nightly(config)
    assert answer.exit_code == 0, answer.output
    assert answer.stdout == (
        "Night 2026-01-31: The only frame was not taken between sunset and sunrise.\n"
    )


def test_without_any_frame_it_is_one_sentence(tmp_path):
    answer = nightly(camera_in(tmp_path, 0))
    assert answer.exit_code == 1
    assert answer.stderr == ("Error: No frame of the night 2026-01-31 is stored.\n")


def test_json_is_for_a_named_night(tmp_path):
    config = camera_in(tmp_path, 0)
    chosen = ["--config", str(config), "nightly", "--json"]
    answer = CliRunner().invoke(main, chosen)
    assert answer.exit_code == 2
    assert "--night" in answer.stderr


def test_a_damaged_segment_is_healed_by_the_program_itself(config):
    """Without being asked: the night is not final yet, and the segment went bad meanwhile."""
    whole = products(config)
    cut(max((config.parent / "data" / "products" / NIGHT / "segments").glob("*/*.mp4")))
    settings = load(config)
    (settings.data / "edge.db").unlink()  # the night is unfinished again
    clock = VirtualClock(FIRST + dt.timedelta(hours=14))
    with (
        closing(build_nightly(settings, config.parent, clock)) as program,
        closing(Store(settings.data)) as store,
    ):
        adopt_frames(store, settings.site.place)
        for _ in range(100):
            clock.sleep(program.step())
        assert store.unfinished_nights() == []
    assert products(config)["timelapse.mp4"] == whole["timelapse.mp4"]
