import contextlib
import gc
import json
import sys
import time

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.command import parse
from sensors.reading import SensorError, SensorNotFoundError, SensorNotReadyError

UNITS = {"temperature": "°C", "humidity": "%", "wind": "m/s"}


@pytest.fixture
def program(tmp_path):
    """Return a function that makes a program of some lines of shell and returns its command."""

    def program(*lines):
        path = tmp_path / "program.sh"
        path.write_text("\n".join(["#!/bin/sh", *lines]))
        path.chmod(0o755)
        return [str(path)]

    return program


@pytest.fixture
def open_command(opened):
    return lambda command, limit_s=5.0: opened(
        "command", command=command, limit_s=limit_s
    )


def is_over(number):
    """Return whether a process ends within seconds; nobody may be there to bury it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(number)
        until_s = time.monotonic() + 5
        while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until_s:
            time.sleep(0.01)
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def test_a_program_gives_readings_in_the_units_of_the_table(program, read):
    command = program(
        'echo \'{"temperature": -3.25, "humidity": 81, "pressure": null}\''
    )
    assert read("command", command=command) == {"temperature": -3.25, "humidity": 81}


def test_arguments_are_given_without_a_shell(program, read):
    command = [*program('printf \'{"temperature": %s}\' "$1"'), "4.5"]
    assert read("command", command=command) == {"temperature": 4.5}


def test_a_program_runs_in_the_same_folder_by_hand_and_as_a_service(program, read):
    command = program("test $(pwd) = / && echo '{\"temperature\": 1}'")
    assert read("command", command=command) == {"temperature": 1}


@pytest.mark.parametrize("kind", ["missing", "not executable", "a folder"])
def test_a_program_that_cannot_be_run_is_not_found(tmp_path, open_command, kind):
    path = tmp_path / "program"
    if kind == "not executable":
        path.write_text("#!/bin/sh\n")
    elif kind == "a folder":
        path.mkdir()
    with pytest.raises(SensorNotFoundError, match=r"cannot be run.*whole path"):
        open_command([str(path)]).read()


def test_a_program_that_fails_is_quoted(program, open_command):
    command = program(
        "echo 'one line' >&2; echo 'no station at /dev/ttyUSB0' >&2; exit 3"
    )
    with pytest.raises(
        SensorNotReadyError, match=r"ended with status 3: no station at /dev/ttyUSB0$"
    ):
        open_command(command).read()


@pytest.mark.parametrize(
    "lines",
    [
        ["sleep 60"],
        ["sleep 60 &", "wait"],
        ["exec >&- 2>&-", "sleep 60"],
        ["trap '' TERM INT HUP", "sleep 60 & sleep 60"],
        ["echo '{\"temperature\": 1}'", "sleep 60"],
    ],
    ids=["sleeps", "has a child", "closes its outputs", "is deaf", "talks first"],
)
def test_a_program_that_takes_too_long_is_ended_with_its_children(
    program, open_command, lines
):
    began_s, before = time.monotonic(), children()
    with pytest.raises(SensorNotReadyError, match=r"longer than 0.3 s"):
        open_command(program(*lines), limit_s=0.3).read()
    assert time.monotonic() - began_s < 3
    assert children() <= before


def test_a_program_that_never_stops_talking_is_ended_in_little_memory(
    program, open_command
):
    before = psutil.Process().memory_info().rss
    with pytest.raises(SensorNotReadyError, match="more than 64 kB"):
        open_command(program("yes '{}'")).read()
    assert psutil.Process().memory_info().rss - before < 20e6


def test_children_that_stay_behind_are_ended_too(program, read, tmp_path):
    command = program(
        "sleep 50 >/dev/null 2>&1 &",
        f"echo $! > {tmp_path}/child",
        "echo '{\"temperature\": 1}'",
    )
    assert read("command", command=command) == {"temperature": 1}
    assert is_over(int((tmp_path / "child").read_text()))


def test_no_file_and_no_process_is_left_behind(program, open_command):
    sensor = open_command(program("echo '{\"temperature\": 1}'"))
    failing = open_command(["/bin/false"])
    this = psutil.Process()
    sensor.read()
    gc.collect()
    before, running = this.num_fds(), children()
    for _ in range(20):
        sensor.read()
        with pytest.raises(SensorNotReadyError):
            failing.read()
    assert this.num_fds() <= before
    assert children() <= running


def children():
    """Return the processes that this one has started, those of other tests too, and what they have started."""
    return set(psutil.Process().children(recursive=True))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"", "no JSON"),
        (b"21.5 C", "no JSON"),
        (b'{"temperature": 1} and more', "no JSON"),
        (b"\xff\xfe{", "no JSON"),
        (b"[1, 2]", "one JSON object"),
        (b"21.5", "one JSON object"),
        (b"{}", "no value"),
        (b'{"temperature": null}', "no value"),
        (b'{"temprature": 1}', r"did you mean temperature\?"),
        (b'{"xyz": 1}', "known: temperature, humidity"),
        (b'{"temperature": "21.5"}', "no number"),
        (b'{"temperature": true}', "no number"),
        (b'{"temperature": NaN}', "no number"),
        (b'{"temperature": 1e999}', "no number"),
        (b'{"temperature": [1]}', "no number"),
    ],
)
def test_what_is_no_reading_is_named(said, problem):
    with pytest.raises(SensorNotReadyError, match=problem):
        parse("one", said, UNITS)


@given(st.one_of(st.binary(), st.text().map(str.encode)))
def test_garbage_is_never_a_reading(said):
    with pytest.raises(SensorError):
        parse("one", said, UNITS)


@given(
    st.dictionaries(st.sampled_from(sorted(UNITS)), st.floats(-1e6, 1e6), min_size=1)
)
def test_what_is_printed_is_what_is_read(values):
    readings = parse("one", json.dumps(values).encode(), UNITS)
    assert {one.quantity: one.value for one in readings} == values
    assert all(one.unit == UNITS[one.quantity] for one in readings)


def test_deep_nesting_is_no_reading():
    with pytest.raises(SensorNotReadyError, match=r"no JSON|one JSON object"):
        parse("one", b"[" * sys.getrecursionlimit() * 20, UNITS)
