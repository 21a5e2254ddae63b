import contextlib
import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from edge.clock import SystemClock, VirtualClock
from edge.service import run_alone, run_together, stop_on_signals
from edge.supervisor import Supervisor

START = dt.datetime(2026, 11, 22, 22, tzinfo=dt.UTC)


class Beat:
    """A program that notes when it is stepped."""

    silence_s = 30.0
    alive = True

    def __init__(self, name, clock, rest_s, log, after=None) -> None:
        self.name, self._clock, self._rest_s, self._log, self._after = (
            name,
            clock,
            rest_s,
            log,
            after,
        )

    def step(self) -> float:
        self._log.append((self._clock.monotonic(), self.name))
        if self._after:
            self._after()
        return self._rest_s

    def close(self) -> None:
        self._log.append((self._clock.monotonic(), f"{self.name} closed"))


def test_a_clock_that_jumps_keeps_time_and_date_together():
    clock = VirtualClock(START)
    clock.sleep(90)
    clock.sleep(-1)
    assert clock.now() == START + dt.timedelta(seconds=90)
    assert clock.monotonic() == 90


def test_the_real_clock_wakes_when_it_is_told_to_stop():
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    clock = SystemClock(stop)
    began = time.monotonic()
    clock.sleep(30)
    assert time.monotonic() - began < 5
    assert clock.now().tzinfo == dt.UTC


def test_programs_are_stepped_when_they_are_due_and_in_order():
    log, clock = [], VirtualClock(START)
    programs = [Beat("slow", clock, 20, log), Beat("quick", clock, 10, log)]
    run_together(programs, clock, until=START + dt.timedelta(seconds=25))
    assert log == [
        (0, "slow"),
        (0, "quick"),
        (10, "quick"),
        (20, "slow"),
        (20, "quick"),
        (30, "quick"),
    ]


def test_a_program_is_closed_when_it_is_told_to_stop():
    log, clock, stop = [], VirtualClock(START), threading.Event()
    run_alone(
        Beat("one", clock, 5, log, after=lambda: stop.set() if len(log) == 3 else None),
        clock,
        stop,
    )
    assert log == [(0, "one"), (5, "one"), (10, "one"), (10, "one closed")]


def test_a_program_that_crashes_is_closed_and_the_error_is_raised():
    log, clock = [], VirtualClock(START)

    def crash() -> None:
        raise RuntimeError("crashed")

    with pytest.raises(RuntimeError, match="crashed"):
        run_alone(Beat("one", clock, 5, log, after=crash), clock, threading.Event())
    assert log[-1] == (0, "one closed")


@pytest.fixture
def systemd(tmp_path):
    """The socket of a service manager, and what was said to it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(5)
        yield listening


def said_to(systemd) -> list[str]:
    systemd.settimeout(0)
    said = []
    with contextlib.suppress(BlockingIOError):
        while True:
            said.append(systemd.recv(1000).decode())
    return said


def supervisor_at(systemd) -> Supervisor:
    return Supervisor.of({"NOTIFY_SOCKET": systemd.getsockname()})


def test_a_long_rest_is_full_of_signs_of_life(systemd):
    log, clock, stop = [], VirtualClock(START), threading.Event()
    beat = Beat("one", clock, 60, log, lambda: stop.set() if len(log) == 2 else None)
    run_alone(beat, clock, stop, supervisor_at(systemd))
    first, *others, last = said_to(systemd)
    assert first == "READY=1\nWATCHDOG_USEC=30000000"
    assert others == ["WATCHDOG=1"] * 6  # every 10 s for a minute
    assert last == "STOPPING=1"
    assert [at for at, _ in log] == [0, 60, 60]


def test_a_program_that_does_not_do_its_work_gives_no_sign_of_life(systemd):
    log, clock, stop = [], VirtualClock(START), threading.Event()
    beat = Beat("one", clock, 5, log, lambda: stop.set() if len(log) == 9 else None)
    beat.alive = False
    run_alone(beat, clock, stop, supervisor_at(systemd))
    assert [line.split("=")[0] for line in said_to(systemd)] == ["READY", "STOPPING"]


def test_an_abstract_socket_is_known_too():
    name = f"allsky-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        Supervisor(f"@{name}").alive()
        assert listening.recv(100) == b"WATCHDOG=1"


def test_a_service_manager_that_is_gone_stops_nobody(tmp_path):
    Supervisor(str(tmp_path / "gone")).ready(30)
    Supervisor().alive()


def test_signals_only_set_a_flag():
    before = {
        number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        stop = stop_on_signals()
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_signal_in_the_middle_of_handling_another_one_is_harmless():
    """One comes from systemd, one from `allsky-edge run`: a handler that takes a lock would wait for itself."""
    program = (
        "import signal, sys\n"
        "from edge.service import stop_on_signals\n"
        "stop = stop_on_signals()\n"
        "def interrupt(frame, event, argument):\n"
        "    signal.raise_signal(signal.SIGTERM)  # at every line that setting the flag runs through\n"
        "    return interrupt\n"
        "sys.settrace(interrupt)\n"
        "stop.set()\n"
        "sys.settrace(None)\n"
        "assert stop.wait(60)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=20)
    assert done.returncode == 0


def test_a_signal_ends_a_long_rest():
    program = (
        "from edge.clock import SystemClock\n"
        "from edge.service import stop_on_signals\n"
        "stop = stop_on_signals()\n"
        "print('ready', flush=True)\n"
        "SystemClock(stop).sleep(3600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        time.sleep(0.2)
        process.terminate()
        assert process.wait(timeout=20) == 0
