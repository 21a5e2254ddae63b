import signal
import subprocess
import sys
import threading
import time

import pytest

from edge.clock import SystemClock
from edge.running import Child, run_children
from edge.service import AlreadyRunningError, is_running, locked, only_one

SLEEPER = "import time; time.sleep(60)"


def python(script: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", script, *arguments]


@pytest.fixture
def stop():
    """An event that is set after the test at the latest, and the thread that runs until then."""
    event = threading.Event()
    yield event
    event.set()


def run_in_background(commands, stop, **options) -> threading.Thread:
    thread = threading.Thread(
        target=run_children, args=(commands, SystemClock(stop), stop), kwargs=options
    )
    thread.start()
    return thread


def wait_for(condition, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_a_program_that_dies_is_started_again_and_the_others_go_on(tmp_path, stop):
    lives, steady = tmp_path / "lives", tmp_path / "steady"
    dying = "import sys; open(sys.argv[1], 'a').write('x'); sys.exit(3)"
    staying = "import sys, time; open(sys.argv[1], 'a').write('x'); time.sleep(60)"
    commands = {
        "dying": python(dying, str(lives)),
        "steady": python(staying, str(steady)),
    }
    thread = run_in_background(commands, stop, first_wait_s=0.05)
    wait_for(lambda: lives.exists() and len(lives.read_text()) >= 3)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert steady.read_text() == "x"


def test_all_programs_are_stopped_and_waited_for(tmp_path, stop):
    started = tmp_path / "started"
    script = f"import sys; open(sys.argv[1], 'a').write('x'); {SLEEPER}"
    thread = run_in_background(
        {"a": python(script, str(started)), "b": python(script, str(started))}, stop
    )
    wait_for(lambda: started.exists() and len(started.read_text()) == 2)
    began = time.monotonic()
    stop.set()
    thread.join(10)
    assert time.monotonic() - began < 5


def test_a_program_that_ignores_the_signal_is_killed(tmp_path):
    ready = tmp_path / "ready"
    deaf = f"import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); open(sys.argv[1], 'w'); {SLEEPER}"
    child = Child("deaf", python(deaf, str(ready)), SystemClock(), 1.0)
    child.look_after()
    wait_for(ready.exists)
    child.tell_to_stop()
    began = time.monotonic()
    child.wait(patience_s=0.2)
    assert time.monotonic() - began < 5


def test_only_one_program_of_a_kind_works_on_a_data_folder(tmp_path):
    with only_one(tmp_path, "capture"):
        assert is_running(tmp_path, "capture")
        assert not is_running(tmp_path, "sync")
        with (
            pytest.raises(AlreadyRunningError, match="Another capture is at work"),
            only_one(tmp_path, "capture"),
        ):
            pass
    assert not is_running(tmp_path, "capture")


def test_a_killed_program_leaves_no_lock(tmp_path):
    holder = "import pathlib, sys, time\nfrom edge.service import locked\n"
    holder += "with locked(pathlib.Path(sys.argv[1]), ''):\n    print('held', flush=True); time.sleep(60)"
    lock = tmp_path / "night.lock"
    with subprocess.Popen(python(holder, str(lock)), stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunningError, match="busy"), locked(lock, "busy"):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    with locked(lock, "busy"):
        pass
