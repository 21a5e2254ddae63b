"""``allsky-edge run``: all programs of a camera as child processes in the foreground, each started again when it ends.

For the demonstration, a container, or trying things out; on a Pi each program is a systemd unit, which does the same.
"""

import logging
import subprocess
from collections.abc import Mapping, Sequence

from edge.clock import Clock, Stop

PROGRAMS = ("capture", "environment", "sync", "nightly")
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
_STEADY_S = 60.0  # a program that ran for so long starts again after the first wait
_POLL_S = 0.2
_PATIENCE_S = 15.0

log = logging.getLogger(__name__)


class Child:
    """One program as a child process: started, watched, started again after a wait that doubles with every failure."""

    def __init__(
        self, name: str, command: Sequence[str], clock: Clock, first_wait_s: float
    ) -> None:
        self.name = name
        self._command, self._clock, self._first_wait_s = command, clock, first_wait_s
        self._wait_s, self._due = first_wait_s, clock.monotonic()
        self._process: subprocess.Popen[bytes] | None = None
        self._started = clock.monotonic()

    def look_after(self) -> None:
        """Start the program when it is due; notice when it has ended."""
        if self._process is None:
            if self._clock.monotonic() >= self._due:
                self._process = subprocess.Popen(self._command)
                self._started = self._clock.monotonic()
        elif (status := self._process.poll()) is not None:
            self._process = None
            self._put_off(status)

    def tell_to_stop(self) -> None:
        """Send SIGTERM."""
        if self._process:
            self._process.terminate()

    def wait(self, patience_s: float) -> None:
        """Wait until the program has ended; kill it when it takes longer than ``patience_s``."""
        if not self._process:
            return
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            log.warning(
                "%s did not stop within %.0f s and is killed", self.name, patience_s
            )
            self._process.kill()
            self._process.wait()

    def _put_off(self, status: int) -> None:
        now = self._clock.monotonic()
        if now - self._started >= _STEADY_S:
            self._wait_s = self._first_wait_s
        log.warning(
            "%s ended with status %d; it is started again in %.0f s",
            self.name,
            status,
            self._wait_s,
        )
        self._due = now + self._wait_s
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)


def run_children(
    commands: Mapping[str, Sequence[str]],
    clock: Clock,
    stop: Stop,
    first_wait_s: float = FIRST_WAIT_S,
) -> None:
    """Keep all programs (name -> command line) running until ``stop`` is set, then stop them all and wait for them."""
    children = [
        Child(name, command, clock, first_wait_s) for name, command in commands.items()
    ]
    try:
        while not stop.is_set():
            for child in children:
                child.look_after()
            stop.wait(_POLL_S)
    finally:
        for child in children:
            child.tell_to_stop()
        end = clock.monotonic() + _PATIENCE_S
        for child in children:
            child.wait(max(0.0, end - clock.monotonic()))
