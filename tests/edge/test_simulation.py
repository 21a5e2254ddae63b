import json
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest
from click.testing import CliRunner

from edge.cli import main

SETTINGS = {
    "site": {"name": "Berlin", "latitude_deg": 52.52, "longitude_deg": 13.405, "zone": "Europe/Berlin"},
    "camera": {"driver": "simulator", "simulator": {"width": 96, "height": 64}},
    "capture": {"interval_s": 600},
}  # fmt: skip
STRETCH = ("--from", "2026-01-31T20:00:00+00:00", "--until", "2026-01-31T21:00:00+00:00")  # fmt: skip


@pytest.fixture
def config(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(SETTINGS))
    return tmp_path / "config.json"


def simulate(config, *arguments):
    chosen = ["--config", str(config), "simulate", *arguments]
    return CliRunner().invoke(main, chosen)


def test_an_hour_is_simulated_and_summed_up_in_a_sentence(config, tmp_path):
    answer = simulate(config, *STRETCH)
    assert answer.exit_code == 0, answer.output
    assert re.fullmatch(r"6 frames taken, \d+ to send\.\n", answer.stdout)
    assert answer.stderr == "no hub: No hub is configured: hub.url is empty.\n"
    assert len(list((tmp_path / "data" / "frames" / "2026-01-31").iterdir())) == 6


def test_the_answer_in_json_is_one_document(config):
    facts = json.loads(simulate(config, *STRETCH, "--json").stdout)
    assert facts.pop("waiting") > 0  # for a hub that is not configured
    assert facts == {"now": "2026-01-31T21:00:00+00:00", "frames": 6}


def test_in_lines_every_line_is_a_document_and_the_last_says_all(config):
    lines = simulate(config, *STRETCH, "--json-lines").stdout.splitlines()
    said = [json.loads(line) for line in lines]
    assert len(said) >= 2
    assert said[-1]["frames"] == 6
    assert [one["now"] for one in said] == sorted(one["now"] for one in said)


def test_a_stretch_that_ends_before_it_begins_is_wrong_usage(config):
    answer = simulate(config, "--from", STRETCH[3], "--until", STRETCH[1])
    assert answer.exit_code == 2
    assert "--until must be later" in answer.stderr


def test_stopped_in_the_middle_it_says_where_the_rest_is(config, tmp_path):
    command = [sys.executable, "-m", "edge.cli", "--config", str(config), "simulate"]
    late = ("--from", STRETCH[1], "--until", "2026-12-31T21:00:00+00:00")
    with subprocess.Popen(
        [*command, *late], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while not any(tmp_path.glob("data/frames/*/*.jpg")):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        out, said = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert said.splitlines()[-1] == (
        f"Error: Stopped. What was simulated until now is in {tmp_path / 'data'}."
    )


# The demonstration


def demo(*arguments, **options):
    command = [sys.executable, "-m", "edge.cli", "demo", *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


@pytest.mark.parametrize("what", ["file", "folder"])
def test_the_demonstration_never_empties_what_is_not_its_own(tmp_path, what):
    data = tmp_path / "data"
    if what == "file":
        data.write_text("mine")
    else:
        data.mkdir()
        (data / "mine.txt").write_text("mine")
    answer = CliRunner().invoke(main, ["demo", "--data", str(data)])
    assert answer.exit_code == 1
    assert "--data" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    kept = data if what == "file" else data / "mine.txt"
    assert kept.read_text() == "mine"


def test_a_demonstration_that_is_stopped_stops_everything_it_started(tmp_path):
    data = tmp_path / "demo"
    with demo("--data", data, "--port", 18473, "--interval", 900, "--json") as process:
        while not any(data.glob("*/data/frames/*/*.jpg")):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        started = psutil.Process(process.pid).children(recursive=True)
        assert len(started) >= 4
        os.kill(process.pid, signal.SIGTERM)
        out, said = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert said.splitlines()[-1] == (
        "Error: Stopped. The demonstration was not complete; start it again."
    )
    assert psutil.wait_procs(started, timeout=10)[1] == []
