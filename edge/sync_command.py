"""``allsky-edge sync``: run the sender, or say how the queue stands, or try again what was given up."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from edge.breaker import OPENS_AFTER
from edge.clock import SystemClock
from edge.outbox import Outbox
from edge.outbox_status import NEVER_RAN, queue_facts
from edge.programs import run_program, settings_in
from edge.service import is_running
from edge.store import Store
from edge.store_event_sending import retry_dead_events


@click.command("sync")
@click.option("--status", is_flag=True, help="Only say how the queue stands.")
@click.option(
    "--retry",
    is_flag=True,
    help="Queue again what was given up, and say how it stands.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_obj
def sync(config: Path, *, status: bool, retry: bool, as_json: bool) -> None:
    """Send live image, readings and products to the hub.

    With --status nothing is sent: it says of every lane how much waits, since when, when it last worked and what is
    wrong, and names what was given up. With --retry that is queued again; the running service takes it up by itself.

    Example: allsky-edge sync --status --json
    """
    if not (status or retry):
        if as_json:
            raise click.UsageError("--json goes with --status or --retry.")
        from edge.sync import build_service

        run_program(config, build_service)
        return
    settings = settings_in(config)
    now = SystemClock().now()
    with closing(Store(settings.data)) as store:
        revived = None
        if retry:
            revived = Outbox(store).retry_dead(now) + retry_dead_events(store)
        facts = queue_facts(store, settings, now)
    facts["running"] = is_running(settings.data, "sync")
    if revived is not None:
        facts["queued_again"] = revived
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        show(facts, Console())


def show(facts: dict[str, Any], console: Console) -> None:
    """Print what `queue_facts` returned, for a person."""
    for line in _head(facts):
        console.print(line, markup=False, highlight=False)
    table = Table("lane", "waiting", "oldest (UTC)", "last success (UTC)", "problem")
    for name, lane in facts["lanes"].items():
        table.add_row(
            name,
            _amount(lane),
            _time(lane.get("oldest_utc")),
            _time(lane["succeeded_utc"]),
            _problem(lane),
        )
    console.print(table)
    for dead in facts["dead"]:
        line = f"Given up: {dead['key']}: {dead['reason']}"
        console.print(line, markup=False, highlight=False)
    if facts["dead"]:
        console.print("allsky-edge sync --retry queues it again.")


def _head(facts: dict[str, Any]) -> list[str]:
    said = f"{facts['state']}. {facts['reason']}".strip()
    running = facts["running"] or facts["state"] == NEVER_RAN
    lines = [
        said[0].upper() + said[1:] if running else f"Not running. Last state: {said}"
    ]
    line = facts["line"]
    if line["failures"]:
        breaker = (
            "open: only a probe goes" if line["failures"] >= OPENS_AFTER else "closed"
        )
        lines.append(
            f"The line failed {line['failures']} times in a row; it is tried again at {_time(line['next_utc'])} UTC "
            f"(breaker {breaker})."
        )
    if "queued_again" in facts:
        lines.append(f"Queued again: {facts['queued_again']}.")
    traffic = facts["traffic"]
    budget = f" of {traffic['budget_mb']:,} MB" if traffic["budget_mb"] else ""
    lines.append(
        f"Transferred in {traffic['month']}: {traffic['bytes'] / 1e6:,.1f} MB{budget}"
    )
    return lines


def _amount(lane: dict[str, Any]) -> str:
    size = f" ({lane['bytes'] / 1e6:,.1f} MB)" if lane.get("bytes") else ""
    return f"{lane['waiting']}{size}" if lane.get("waiting") else ""


def _problem(lane: dict[str, Any]) -> str:
    again = f" Next at {_time(lane['next_utc'])} UTC." if lane["next_utc"] else ""
    return f"{lane['problem']}{again}" if lane["problem"] else ""


def _time(moment: str | None) -> str:
    return f"{moment[:10]} {moment[11:19]}" if moment else ""
