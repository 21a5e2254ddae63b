"""The hub of the demonstration: the ordinary `allsky-hub`, started, asked and stopped as its operator would."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import requests

START_S = 20.0
STOP_S = 20.0  # longer than `edge.running` waits for the programs of a camera


class DemoError(click.ClickException):
    """The demonstration cannot go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class DemoHub:
    """A hub that serves ``data`` at ``url``."""

    data: Path
    url: str

    def add_camera(self, name: str) -> tuple[str, str]:
        """Register a camera and return its ID and its secret key."""
        made = json.loads(self.ask("add-camera", name, "--json"))
        return made["camera_id"], made["key"]

    def ask(self, *words: str) -> str:
        """Run a command of `allsky-hub` and return what it prints."""
        command = [program("allsky-hub"), "--data", str(self.data), *words]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise DemoError(
                f"allsky-hub {' '.join(words)} failed: {done.stderr.strip()}"
            )
        return done.stdout


@contextlib.contextmanager
def serving_hub(data: Path, port: int) -> Iterator[DemoHub]:
    """Start a new hub, wait until it answers, and stop it at the end."""
    if not _is_free(port):
        raise DemoError(
            f"Port {port} is in use. Name another one: make demo PORT={port + 1}"
        )
    hub = DemoHub(data, f"http://127.0.0.1:{port}")
    data.mkdir()
    hub.ask("migrate")
    command = [program("allsky-hub"), "--data", str(data), "serve", "--port", str(port)]
    log = data / "hub.log"
    with running((command, log)) as (process,):
        deadline = time.monotonic() + START_S
        while not _answers(hub):
            if process.poll() is not None or time.monotonic() > deadline:
                raise DemoError(f"The hub did not start; what it said is in {log}.")
            time.sleep(0.1)
        yield hub


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _answers(hub: DemoHub) -> bool:
    try:
        return requests.get(f"{hub.url}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def program(name: str) -> str:
    """Return the path of one of our programs, in the environment that this one runs in."""
    return str(Path(sys.executable).parent / name)


@contextlib.contextmanager
def running(
    *programs: tuple[Sequence[str], Path],
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run programs in the background, each a command and the file for what it says; stop them all at once at the end.

    Each gets a session of its own, so that Ctrl-C in the terminal reaches only this one, which stops them in order; one
    that does not stop in time is killed with all that it has started.
    """
    with contextlib.ExitStack() as logs:
        processes = [
            subprocess.Popen(
                command,
                stdout=logs.enter_context(log.open("ab")),
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            for command, log in programs
        ]
        try:
            yield processes
        finally:
            for process in processes:
                process.terminate()
            deadline = time.monotonic() + STOP_S
            for process in processes:
                _end(process, deadline)


def _end(process: subprocess.Popen[bytes], deadline_s: float) -> None:
    try:
        process.wait(timeout=max(0.0, deadline_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
