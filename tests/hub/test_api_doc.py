"""What docs/api.md shows is what happens: its examples are run with curl against a real hub."""

import datetime as dt
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hub.db import keys
from hub.sync import problems

DOC = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
FOR_CAMERAS = DOC.split("\n# Media")[0]
EXAMPLES = "\n".join(
    block
    for block in re.findall(r"```sh\n(.*?)```", FOR_CAMERAS, re.DOTALL)
    if "$HUB/" in block
)
# Instead of its body, curl prints the status of every answer.
CURL = 'curl() { command curl -s -o /dev/null -w "%{http_code}\\n" "$@"; }\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory, make_jpeg, mp4):
    folder = tmp_path_factory.mktemp("examples")
    (folder / "timelapse.mp4").write_bytes(mp4)
    for name, size in (("keogram", 700), ("frame", 1200), ("frame-960", 960), ("frame-480", 480)):  # fmt: skip
        (folder / f"{name}.jpg").write_bytes(make_jpeg(1, (size, size)))
    return folder


@pytest.mark.skipif(
    not shutil.which("curl") and "CI" not in os.environ, reason="curl is not installed"
)
def test_every_example_answers_as_it_says(hub, camera, folder):
    with hub.database() as db:
        code = keys.add_join_code(db, camera.id, dt.datetime.now(dt.UTC))
    given = {"HUB": f"{hub.url}/api/v1", "KEY": camera.key, "CODE": code}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", CURL + EXAMPLES],
        cwd=folder,
        env=os.environ | given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    promised = re.findall(r"^# (\d{3})\b", EXAMPLES, re.MULTILINE)
    assert len(promised) > 8
    assert done.stdout.split() == promised


def test_every_code_of_the_hub_is_in_the_table():
    sources = (Path(problems.__file__).parent).glob("*.py")
    text = "\n".join(path.read_text() for path in sources)
    codes = set(re.findall(r'(?:ApiError|_too_much)\(\s*\d{3},\s*"(\w+)"', text))
    assert len(codes) > 15
    table = DOC.split("| status | code |")[1].split("\n\n")[0]
    assert codes <= set(re.findall(r"`(\w+)`", table))
