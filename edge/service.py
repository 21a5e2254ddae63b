"""How a program runs: step, wait as long as the step says, step again; a signal only sets a flag.

A program does *one* unit of work in `Program.step` and answers how many seconds it may rest. So tests call the steps, a
service on the Pi runs one program against the real clock, and the demonstration runs all programs of a camera in one
process against a clock that jumps.
"""

import contextlib
import datetime as dt
import fcntl
import heapq
import os
import select
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from edge.clock import Clock, Stop
from edge.supervisor import Supervisor


class AlreadyRunningError(Exception):
    """The same program is already at work on this data folder."""


class BeginAnewError(Exception):
    """A program can do nothing more by itself; started afresh it may. The message says why."""


class Program(Protocol):
    """One of the camera's programs: capture, environment, sync, nightly."""

    name: str

    @property
    def silence_s(self) -> float:
        """For so many seconds it may show no sign of life before systemd starts it again."""

    @property
    def alive(self) -> bool:
        """Whether it does its work, or lawfully rests; False while it only tries to."""

    def step(self) -> float:
        """Do one unit of work and return the seconds until there may be more (0: at once)."""

    def close(self) -> None:
        """Release what the program holds."""


class StopFlag:
    """A flag that a signal handler may set at any moment, even in the middle of another one.

    A `threading.Event` must not be set there: it takes a lock that the interrupted code, or the handler of the signal
    before, may hold, and then the program waits for itself. This one writes a byte into a pipe.
    """

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        self._is_set = False

    def set(self) -> None:
        """Tell the program to stop."""
        self._is_set = True
        with contextlib.suppress(BlockingIOError):  # the pipe is full of such bytes
            os.write(self._writing, b"!")

    def is_set(self) -> bool:
        """Say whether the program was told to stop."""
        return self._is_set

    def wait(self, timeout: float) -> bool:
        """Wait so many seconds, or until the flag is set, and say whether it is."""
        if not self._is_set:
            select.select([self._reading], [], [], timeout)
        return self._is_set


def stop_on_signals() -> StopFlag:
    """Return a flag that SIGTERM and SIGINT set; there is one a process, for as long as it lives."""
    stop = StopFlag()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


@contextlib.contextmanager
def locked(path: Path, sentence: str) -> Iterator[None]:
    """Hold a lock file, or raise `AlreadyRunningError` with ``sentence``; a killed process leaves no lock behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(sentence) from None
        yield


def only_one(data: Path, name: str) -> contextlib.AbstractContextManager[None]:
    """Hold the lock of a program on a data folder, or raise `AlreadyRunningError`."""
    return locked(
        data / f"{name}.lock",
        f"Another {name} is at work on {data}: stop it first, or give this camera a data folder of its own.",
    )


def is_running(data: Path, name: str) -> bool:
    """Say whether a program is at work on a data folder."""
    try:
        with only_one(data, name):
            return False
    except AlreadyRunningError:
        return True


def run_alone(
    program: Program, clock: Clock, stop: Stop, supervisor: Supervisor | None = None
) -> None:
    """Step ``program`` until ``stop`` is set, then close it; tell the supervisor, if any, that it is alive."""
    supervisor = supervisor or Supervisor()
    supervisor.ready(program.silence_s)
    try:
        while not stop.is_set():
            rest_until = clock.monotonic() + program.step()
            _rest(program, clock, rest_until, stop, supervisor)
    finally:
        supervisor.stopping()
        program.close()


def _rest(
    program: Program, clock: Clock, until: float, stop: Stop, supervisor: Supervisor
) -> None:
    """Let the time pass, with signs of life often enough."""
    while not stop.is_set():
        if program.alive:
            supervisor.alive()
        rest_s = until - clock.monotonic()
        clock.sleep(min(max(rest_s, 0.0), program.silence_s / 3))
        if clock.monotonic() >= until:
            return


class Schedule:
    """Several programs on one clock, stepped in the order in which they are due.

    The one that asked to be stepped earliest is next; among equals, the one that stands first in ``programs``.
    """

    def __init__(self, programs: Sequence[Program], clock: Clock) -> None:
        self._programs, self._clock = programs, clock
        self._due = [(clock.monotonic(), rank) for rank in range(len(programs))]
        heapq.heapify(self._due)

    def step(self) -> None:
        """Let the clock pass until a program is due, and step it."""
        at, rank = heapq.heappop(self._due)
        self._clock.sleep(at - self._clock.monotonic())
        wait = self._programs[rank].step()
        heapq.heappush(self._due, (self._clock.monotonic() + wait, rank))


def run_together(programs: Sequence[Program], clock: Clock, until: dt.datetime) -> None:
    """Step several programs until the clock says ``until``; do not close them."""
    schedule = Schedule(programs, clock)
    while clock.now() < until:
        schedule.step()
