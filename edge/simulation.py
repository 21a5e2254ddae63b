"""Run all programs of one camera through a stretch of time in seconds: the real programs, a clock that jumps."""

import contextlib
import datetime as dt
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from edge.capture import build_capture
from edge.clock import VirtualClock
from edge.config import Settings
from edge.environment import build_environment
from edge.nightly import build_nightly
from edge.outbox import Outbox
from edge.programs import interruptible, log_to_stderr, settings_in
from edge.progress import shown, warnings_said
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

    Yields the virtual time after every step of a program. Waits for the hub, if there is one, no longer than three
    virtual hours.
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
        last = end + DRAIN if settings.hub.url else end
        while clock.now() < end or (clock.now() < last and waiting(store)):
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
    metavar="TIME",
    required=True,
    help="When it begins: 2026-01-31T15:00:00+00:00.",
)
@click.option(
    "--until", "end", type=MOMENT, metavar="TIME", required=True, help="When it ends."
)
@click.option(
    "--json-lines",
    "follow",
    is_flag=True,
    help="Say how far it is on stdout, a line of JSON now and then, and log to stderr.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_obj
def simulate_command(
    path: Path, start: dt.datetime, end: dt.datetime, *, follow: bool, as_json: bool
) -> None:
    """Run all programs through a stretch of time as fast as the computer can.

    Says at the end how many frames were taken and what still waits for the hub. Meant for a simulated camera; a real
    one cannot hurry.

    Example: allsky-edge simulate --from 2026-01-31T15:00:00+00:00 --until 2026-02-01T07:00:00+00:00
    """
    if end <= start:
        raise click.UsageError("--until must be later than --from.")
    settings = settings_in(path)
    again = f"What was simulated until now is in {settings.data}."
    with interruptible(again), contextlib.closing(Store(settings.data)) as store:
        moments = simulate(settings, path.parent, start, end)
        if follow:
            log_to_stderr()
            for now in _now_and_then(moments):
                click.echo(json.dumps(_facts(store, start, now)))
        else:
            _draw(moments, store, start, end)
        facts = _facts(store, start, end)
    if follow or as_json:
        click.echo(json.dumps(facts))
    else:
        click.echo(f"{facts['frames']} frames taken, {facts['waiting']} to send.")


def _draw(
    moments: Iterator[dt.datetime], store: Store, start: dt.datetime, end: dt.datetime
) -> None:
    """Show how far the simulated time is."""
    with shown() as progress, warnings_said(progress):
        whole_s = (end - start).total_seconds()
        bar = progress.add(
            f"{start.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC", whole_s, "%"
        )
        for now in _now_and_then(moments):
            passed_s = min((now - start).total_seconds(), whole_s)
            facts = _facts(store, start, now)
            said = f"{facts['frames']} frames, {facts['waiting']} to send"
            bar.update(passed_s, said=said)


def _now_and_then(moments: Iterator[dt.datetime]) -> Iterator[dt.datetime]:
    """Yield few of many moments, `REPORT_EVERY_S` of real time apart."""
    said = 0.0
    for now in moments:
        if time.monotonic() - said > REPORT_EVERY_S:
            said = time.monotonic()
            yield now


def _facts(store: Store, start: dt.datetime, now: dt.datetime) -> dict[str, Any]:
    return {
        "now": now.isoformat(),
        "frames": store.frame_count(start),
        "waiting": waiting(store),
    }
