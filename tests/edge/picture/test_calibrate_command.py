import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.config import load
from edge.service import only_one

SITE = {"name": "Here", "latitude_deg": 50, "longitude_deg": 10, "zone": "UTC"}
HOT = ["calibrate", "hot-pixels", "--exposure-s", "0.05", "--frames", "3"]


def noon_now():
    """Return a site where it is noon, whatever the time, and the sun never in the zenith."""
    now = dt.datetime.now(dt.UTC)
    longitude_deg = (12 - now.hour - now.minute / 60) * 15
    return SITE | {"latitude_deg": 55, "longitude_deg": longitude_deg}


@pytest.fixture
def call(tmp_path):
    """Return a function that calls the command line with the settings of a small simulated camera."""
    path = tmp_path / "config.json"

    def call(*args, answer=None, site=SITE, **simulator):
        small = {"width": 128, "height": 96, "covered": True} | simulator
        content = {"site": site, "camera": {"driver": "simulator", "simulator": small}}
        if not path.exists():
            path.write_text(json.dumps(content))
        return CliRunner().invoke(main, ["--config", str(path), *args], input=answer)

    call.path = path
    return call


def test_the_map_is_made_beside_the_settings_and_set_in_them(call):
    result = call(*HOT, "--covered", "--write", "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["map"] == str(call.path.parent / "hot-pixels.json")
    assert load(call.path).camera.hot_pixels == call.path.parent / "hot-pixels.json"
    kept = Path(answer["old_settings"])
    assert "hot_pixels" not in json.loads(kept.read_text())["camera"]


def test_a_map_elsewhere_is_found_from_the_settings(
    call, tmp_path_factory, monkeypatch
):
    elsewhere = tmp_path_factory.mktemp("maps")
    monkeypatch.chdir(elsewhere)
    result = call(*HOT, "--covered", "--write", "--out", "map.json")
    assert result.exit_code == 0, result.output
    assert load(call.path).camera.hot_pixels == elsewhere / "map.json"


def test_without_write_the_settings_stay_and_the_answer_says_what_to_set(call):
    result = call(*HOT, "--covered")
    assert "To use it, set camera.hot_pixels to" in result.output
    assert load(call.path).camera.hot_pixels is None


def test_it_says_what_to_do_and_begins_only_when_told(call):
    result = call(*HOT, answer="n\n")
    assert "Put the cap on the lens" in result.output
    assert result.exit_code == 1
    assert not (call.path.parent / "hot-pixels.json").exists()
    assert call(*HOT, answer="y\n").exit_code == 0


def test_light_on_the_sensor_is_an_error_in_one_sentence(call):
    result = call(*HOT, "--covered", site=noon_now(), covered=False)
    assert result.exit_code == 1
    assert "The lens is not covered" in result.output


def test_while_capture_has_the_camera_it_is_not_taken(call):
    call("status")
    with only_one(load(call.path).data, "capture"):
        result = call(*HOT, "--covered")
    assert result.exit_code == 1
    assert "Capture has the camera: stop it first" in result.output


def test_colours_are_measured_and_set_with_a_copy_of_the_old_settings(call):
    overcast = {"covered": False, "clouds": "overcast"}
    args = ["calibrate", "colours", "--ready", "--write", "--json"]
    result = call(*args, site=noon_now(), **overcast)
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    gains = load(call.path).camera.colour_gains
    assert answer["colour_gains"] == {"red": gains.red, "blue": gains.blue}
    assert 1 < gains.blue < gains.red < 3
    kept = Path(answer["old_settings"])
    assert "colour_gains" not in json.loads(kept.read_text())["camera"]


def test_colours_of_a_covered_lens_are_an_error_in_one_sentence(call):
    result = call("calibrate", "colours", "--ready")
    assert result.exit_code == 1
    assert "too dark" in result.output
    assert load(call.path).camera.colour_gains.red is None
