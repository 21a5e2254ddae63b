import os
import pty
import subprocess
import sys

import pytest

from edge.progress import LINE_EVERY_S, Lines, shown

SCRIPT = """
from edge.progress import shown
with shown() as progress:
    bar = progress.add("Night 2026-01-31", 4)
    for done in range(5):
        bar.update(done, said="warm" if done == 4 else "")
    progress.say("One frame was left out [really].")
print("the answer")
"""


def test_on_a_terminal_a_bar_is_drawn_on_stderr_alone():
    try:
        leader, follower = pty.openpty()
    except OSError as error:  # a container without /dev/pts
        pytest.skip(f"there is no terminal to be had: {error}")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        stdout=subprocess.PIPE,
        stderr=follower,
        check=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(follower)
    seen = os.read(leader, 100_000).decode()
    os.close(leader)
    assert done.stdout == b"the answer\n"
    assert "Night 2026-01-31" in seen
    assert "4 of 4 frames, warm" in seen
    assert "One frame was left out [really]." in seen
    assert "━" in seen


def test_without_a_terminal_nothing_is_drawn_and_a_quick_command_is_silent():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, check=True, text=True
    )
    assert done.stdout == "the answer\n"
    assert done.stderr == "One frame was left out [really].\n"


def test_without_a_terminal_there_is_a_line_now_and_then(capsys):
    seconds = [0.0]
    bar = Lines(lambda: seconds[0]).add("Night 2026-01-31", 100)
    for done in range(101):
        seconds[0] = done * LINE_EVERY_S / 40
        bar.update(done)
    assert capsys.readouterr().err.splitlines() == [
        "Night 2026-01-31: 40 of 100 frames",
        "Night 2026-01-31: 80 of 100 frames",
    ]


def test_a_total_may_come_later_and_a_part_is_shown_in_percent(capsys):
    seconds = [0.0]
    lines = Lines(lambda: seconds[0])
    night, stretch = lines.add("Night"), lines.add("La Palma", 3600, "%")
    seconds[0] = LINE_EVERY_S
    night.update(0)  # nothing to say yet
    stretch.update(900, said="12 frames")
    seconds[0] = 2 * LINE_EVERY_S
    night.update(3, 12)
    assert capsys.readouterr().err.splitlines() == [
        "La Palma: 25 %, 12 frames",
        "Night: 3 of 12 frames",
    ]


def test_the_choice_is_made_by_stderr(capsys):
    with shown() as progress:
        progress.say("not on a terminal")
    assert capsys.readouterr() == ("", "not on a terminal\n")
