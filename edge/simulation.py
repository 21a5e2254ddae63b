"""Run all programs of one camera through a stretch of time in seconds: the real programs, a clock that jumps."""

import contextlib
import datetime as dt
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import click

from edge.capture import build_capture
from edge.clock import VirtualClock
from edge.config import Settings, SettingsError, load
from edge.environment import build_environment
from edge.nightly import build_nightly
from edge.outbox import Outbox
from edge.service import Program, Schedule
from edge.store import Store
from edge.sync import build_sync

DRAIN = dt.timedelta(hours=3)
REPORT_EVERY_S = 0.2
MOMENT = click.DateTime(["%Y-%m-%dT%H:%M:%S%z"])


def simulate(
    settings: Settings, config_dir: Path, start: dt.datetime, end: dt.datetime
) -> Iterator[dt.datetime]:
    """Run capture, environment, nightly and sync from ``start`` to ``end``, then until nothing waits for the hub.

    Yields the virtual time after every step of a program. Waits for the hub no longer than three virtual hours.
    """
    clock = VirtualClock(start)
    with contextlib.ExitStack() as stack:
        programs: list[Program] = []
        for build in (build_capture, build_environment, build_nightly, build_sync):
            program = build(settings, config_dir, clock)
            stack.callback(program.close)
            programs.append(program)
        store = Store(settings.data)
        stack.callback(store.close)
        schedule = Schedule(programs, clock)
        while clock.now() < end or (clock.now() < end + DRAIN and waiting(store)):
            schedule.step()
            yield clock.now()


def waiting(store: Store) -> int:
    """Return how many products and readings the hub has not confirmed."""
    return Outbox(store).waiting() + store.unsent_count()


@click.command()
@click.option(
    "--from",
    "start",
    type=MOMENT,
    required=True,
    help="When it begins: 2026-01-31T15:00:00+00:00.",
)
@click.option("--until", "end", type=MOMENT, required=True, help="When it ends.")
@click.pass_obj
def simulate_command(path: Path, start: dt.datetime, end: dt.datetime) -> None:
    """Run all programs through a stretch of time as fast as the computer can.

    Prints now and then how far it is, one line of JSON: the simulated time, the frames taken so far, and what still
    waits for the hub. Meant for a simulated camera; a real one cannot hurry.

    Example: allsky-edge simulate --from 2026-01-31T15:00:00+00:00 --until 2026-02-01T07:00:00+00:00
    """
    try:
        settings = load(path)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    with contextlib.closing(Store(settings.data)) as store:
        said = 0.0
        for now in simulate(settings, path.parent, start, end):
            if time.monotonic() - said > REPORT_EVERY_S:
                said = time.monotonic()
                _say(store, start, now)
        _say(store, start, end)


def _say(store: Store, start: dt.datetime, now: dt.datetime) -> None:
    facts = {
        "now": now.isoformat(),
        "frames": store.frame_count(start),
        "waiting": waiting(store),
    }
    click.echo(json.dumps(facts))
