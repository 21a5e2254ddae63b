"""How the hub is served: gunicorn with a few processes of a few threads, behind a proxy that does TLS."""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from hub import series
from hub.config import HubSettings
from hub.db import migrate
from hub.secret import hub_secret

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Runs a module of ours, not a folder of its name that lies where the operator stands.
_MODULE = (sys.executable, "-P", "-m")
_LIBRARY = Path(__file__).resolve().parents[1]


def prepare(settings: HubSettings) -> None:
    """Make the data folder and bring both databases up to date; processes that do this at once wait for each other."""
    settings.data.mkdir(parents=True, exist_ok=True)
    hub_secret(settings.data)
    migrate(settings.hub_db)
    series.migrate(settings.series_db)


def gunicorn_command(host: str, port: int, workers: int) -> list[str]:
    """Return the command line of the server. A worker that is busy with one slow camera has threads for the others."""
    shm = Path("/dev/shm")
    beat = ["--worker-tmp-dir", str(shm)] if os.access(shm, os.W_OK) else []
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        *(*_MODULE, "gunicorn", "hub:create_app()"),
        *("--bind", address, "--workers", str(workers), "--threads", "4"),
        *("--timeout", "120", "--graceful-timeout", "20", "--keep-alive", "75"),
        *("--config", "python:hub.worker"),
        *("--log-level", "warning", "--no-control-socket", *beat),
    ]


def serve(
    settings: HubSettings, host: str, port: int, workers: int, *, with_jobs: bool
) -> NoReturn:
    """Bring the databases up to date, once, before any worker runs; then become the server.

    The recurring work is done by a child of it, which ends with it.
    """
    prepare(settings)
    os.environ["ALLSKY_HUB_DATA"] = str(settings.data)
    if with_jobs:
        _start_jobs()
    command = gunicorn_command(host, port, workers)
    os.chdir(_LIBRARY)  # gunicorn imports from where it stands
    os.execv(command[0], command)


def _start_jobs() -> None:
    """Start the process that does the recurring work, politely, and let the kernel end it when this one ends."""
    libc = ctypes.CDLL(None)

    def modestly() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        os.nice(10)

    command = [*_MODULE, "hub", "jobs", "--loop"]
    subprocess.Popen(command, preexec_fn=modestly)  # noqa: PLW1509 - no other thread runs yet
