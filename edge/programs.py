"""What the commands share: the settings or one message, programs until they are stopped, and stopping in order."""

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.clock import Clock
    from edge.config import Settings
    from edge.service import Program

    Build = Callable[[Settings, Path, Clock], Program]


def settings_in(config: Path) -> "Settings":
    """Return the settings, or end with one message that names every mistake, or whose the data is."""
    from edge.config import SettingsError, load

    try:
        settings = load(config)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    data = settings.data
    if data.exists() and not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        raise click.ClickException(
            f"The data in {data} belongs to {data.owner()}: write sudo -u {data.owner()} before the command."
        )
    return settings


def service_settings_in(config: Path) -> "Settings":
    """Return the settings, or while those are wrong the last good ones; end with one message when there are none."""
    from edge.config import SettingsError
    from edge.settings_file import settings_of_service

    try:
        return settings_of_service(config)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def run_program(config: Path, build: "Build") -> None:
    """Run one program of the camera until SIGTERM or SIGINT."""
    from edge.clock import SystemClock
    from edge.service import (
        AlreadyRunningError,
        BeginAnewError,
        only_one,
        run_alone,
        stop_on_signals,
    )
    from edge.supervisor import Supervisor

    log_to_stderr()
    settings = service_settings_in(config)
    stop = stop_on_signals()
    clock = SystemClock(stop)
    name = click.get_current_context().info_name or ""
    try:
        with only_one(settings.data, name):
            program = build(settings, config.resolve().parent, clock)
            run_alone(program, clock, stop, Supervisor.of())
    except (AlreadyRunningError, BeginAnewError) as error:
        raise click.ClickException(str(error)) from None


@contextlib.contextmanager
def interruptible(afterwards: str) -> Iterator[None]:
    """Let SIGTERM end a long command as Ctrl-C does: everything is closed, and ``afterwards`` says what to do."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        raise click.ClickException(f"Stopped. {afterwards}") from None
    finally:
        signal.signal(signal.SIGTERM, before)


def log_to_stderr() -> None:
    """Write what the programs say to stderr, a line each."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(name)s: %(message)s",
    )
