import contextlib
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import click
import pytest
from click.testing import CliRunner
from PIL import Image

from edge.capture import build_capture
from edge.cli import ELSEWHERE, main
from edge.clock import VirtualClock
from edge.config import load
from edge.service import run_together

SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}
MIDNIGHT = dt.datetime(2026, 6, 20, 23, tzinfo=dt.UTC)


@pytest.fixture
def config(tmp_path):
    """Settings of a camera that takes a short frame every second, day and night."""
    path = tmp_path / "config.json"
    settings = {
        "site": SITE,
        "camera": {"driver": "simulator", "simulator": {"width": 128, "height": 96}},
        "capture": {"interval_s": 1, "sun_below_deg": 90},
        "exposure": {"longest_s": 0.05},
        "sensors": [{"name": "pi", "driver": "system"}],
    }
    path.write_text(json.dumps(settings))
    return path


def call(config, *arguments):
    return CliRunner().invoke(main, ["--config", str(config), *arguments])


def change(config, **sections) -> None:
    config.write_text(json.dumps(json.loads(config.read_text()) | sections))


@contextlib.contextmanager
def running(config, name):
    """Run a program as a real process and end it, whatever happens."""
    command = [sys.executable, "-m", "edge.cli", "--config", str(config), name]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def wait_for(condition, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_help_is_quick_and_imports_nothing_heavy():
    script = "import sys, edge.cli; sys.exit(any(name in sys.modules for name in ('numpy', 'pydantic', 'requests')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


COMMANDS = sorted([*main.commands, *ELSEWHERE])
UNTIL_STOPPED = {"capture", "environment", "run"}
AT_ONCE = {"favourite", "join"}  # done in a moment, and there is nothing to tell


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command):
    answer = CliRunner().invoke(main, [command, "--help"])
    assert answer.exit_code == 0
    assert f"Example: allsky-edge {command}" in answer.output


def test_every_command_that_takes_long_or_tells_something_answers_in_json_too():
    """A new command has `--json`, or is named above with the reason why not."""
    context = click.Context(main)
    without = set()
    for name in COMMANDS:
        _, command, _ = main.resolve_command(context, [name])
        group = isinstance(command, click.Group)
        for one in command.commands.values() if group else [command]:
            options = {name for parameter in one.params for name in parameter.opts}
            if "--json" not in options:
                without.add(name)
    assert without == UNTIL_STOPPED | AT_ONCE


def test_all_commands_are_listed():
    listed = CliRunner().invoke(main, ["--help"]).output
    assert all(f"\n  {name} " in listed for name in COMMANDS)


@pytest.mark.parametrize(
    "command",
    ["capture", "environment", "sync", "nightly", "run", "status", "sensors", "camera"],
)
def test_without_settings_every_command_says_what_to_do(tmp_path, command):
    answer = call(tmp_path / "none.json", command)
    assert answer.exit_code == 1
    assert "copy config.example.json" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_mistakes_in_the_settings_are_named_at_once(config):
    change(config, capture={"intervall_s": 30}, exposure={"target": 3})
    answer = call(config, "status")
    assert answer.exit_code == 1
    assert "did you mean interval_s?" in answer.stderr
    assert "exposure.target" in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["nightly", "--night", "yesterday"], ["camera", "--gain", "0"]],
)
def test_wrong_usage_ends_with_2(config, arguments):
    assert call(config, *arguments).exit_code == 2


def test_camera_takes_a_frame_and_says_what_the_sensor_can_do(config, tmp_path):
    target = tmp_path / "one.jpg"
    answer = call(
        config, "camera", "--out", str(target), "--exposure-s", "0.01", "--json"
    )
    assert answer.exit_code == 0
    facts = json.loads(answer.stdout)
    assert facts["exposure_us"] == [114, pytest.approx(694e6, rel=0.001)]
    assert facts["frame"]["exposure_us"] == pytest.approx(10_000, rel=0.02)
    with Image.open(target) as image:
        assert image.size == (128, 96)


def test_camera_in_words(config, tmp_path):
    answer = call(
        config, "camera", "--out", str(tmp_path / "one.jpg"), "--exposure-s", "0.01"
    )
    assert "imx477 (simulated)" in answer.stdout
    assert "114 µs to 694.4 s, gain 1 to 22.26" in answer.stdout


def test_a_camera_that_is_not_there_is_one_sentence(config):
    change(config, camera={"driver": "folder", "folder": {"path": "nowhere"}})
    answer = call(config, "camera")
    assert answer.exit_code == 1
    assert "nowhere" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_sensors_are_read_once(config):
    answer = call(config, "sensors", "--json")
    assert answer.exit_code == 0
    (sensor,) = json.loads(answer.stdout)
    assert sensor["name"] == "pi"
    assert "uptime" in {reading["quantity"] for reading in sensor["readings"]}


def test_a_sensor_that_fails_is_named_and_the_others_are_read(config):
    change(
        config,
        sensors=[
            {"name": "roof", "driver": "bme280", "options": {"bus": 97}},
            {"name": "pi", "driver": "system"},
        ],
    )
    answer = call(config, "sensors")
    assert answer.exit_code == 1
    assert "roof gave no reading" in answer.stderr
    assert "there is no /dev/i2c-97" in " ".join(answer.stdout.split())
    assert "Memory used" in answer.stdout


def test_without_sensors_it_says_so(config):
    change(config, sensors=[])
    assert "No sensor is enabled" in call(config, "sensors").stdout


def test_status_before_anything_ran(config):
    answer = call(config, "status", "--json")
    facts = json.loads(answer.stdout)
    assert facts["last_frame"] is None
    assert facts["programs"]["capture"] == {"running": False}
    assert "It never ran here." in call(config, "status").stdout


def test_capture_stores_frames_and_ends_quickly_when_told_to(config, tmp_path):
    with running(config, "capture") as process:
        wait_for(lambda: len(list((tmp_path / "data").rglob("frames/*/*.jpg"))) >= 2)
        facts = json.loads(call(config, "status", "--json").stdout)
        assert facts["programs"]["capture"]["running"]
        assert facts["programs"]["capture"]["state"] in ("expose", "wait")
        assert facts["last_frame"]["age_s"] < 5

        second = call(config, "capture")
        assert second.exit_code == 1
        assert "Another capture is at work" in second.stderr

        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert process.wait(10) == 0
        assert time.monotonic() - began < 3
        said = process.stderr.read()
    assert "s at gain" in said
    facts = json.loads(call(config, "status", "--json").stdout)
    assert facts["programs"]["capture"]["reason"] == "The program was stopped."


def test_run_starts_all_programs_and_stops_them_together(config):
    with running(config, "run") as process:
        names = ("capture", "environment", "sync", "nightly")

        def programs() -> dict:
            return json.loads(call(config, "status", "--json").stdout)["programs"]

        wait_for(lambda: all(programs()[name]["running"] for name in names))
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert not any(programs()[name]["running"] for name in names)


def test_a_named_night_is_rendered(config, tmp_path):
    settings = load(config).model_copy(
        update={
            "capture": load(config).capture.model_copy(update={"interval_s": 120.0})
        }
    )
    clock = VirtualClock(MIDNIGHT)
    with closing(build_capture(settings, tmp_path, clock)) as capture:
        run_together([capture], clock, until=MIDNIGHT + dt.timedelta(minutes=20))
    answer = call(config, "nightly", "--night", "2026-06-20")
    assert answer.exit_code == 0, answer.output
    assert (tmp_path / "data" / "products" / "2026-06-20" / "timelapse.mp4").exists()


def test_a_night_without_frames_is_one_sentence(config):
    answer = call(config, "nightly", "--night", "2026-01-01")
    assert answer.exit_code == 1
    assert "No frame of the night 2026-01-01 is stored." in answer.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_data_of_another_user_are_said_to_be_theirs(tmp_path):
    """The owner calls a command, and the data belongs to the services."""
    config, data = tmp_path / "config.json", tmp_path / "data"
    site = {"name": "X", "latitude_deg": 1, "longitude_deg": 1, "zone": "UTC"}
    config.write_text(json.dumps({"site": site}))
    data.mkdir(mode=0o700)
    program = (
        "import os, sys; from pathlib import Path; from edge.programs import settings_in\n"
        "config = Path(sys.argv[1])\n"
        "settings = settings_in(config)  # everything is imported\n"
        "os.chdir(config.parent); os.setuid(65534)\n"
        "settings_in(Path('config.json'))\n"
    )
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", program, str(config)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "belongs to root: write sudo -u root before the command." in done.stderr
