"""The command that lists meteor candidates, whatever products there are of the night."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datetime import datetime

    from rich.table import Table

    from edge.store import Store


@click.command("meteors")
@click.option(
    "--night",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Of this night, named by the date of its evening; else of the last one that has any.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_obj
def meteors(config: Path, night: datetime | None, *, as_json: bool) -> None:
    """List the meteor candidates of a night, and say which nights have some.

    Example: allsky-edge meteors --night 2026-12-13
    """
    from rich.console import Console

    from edge.programs import settings_in
    from edge.store import Store

    with closing(Store(settings_in(config).data)) as store:
        found = gather(store, f"{night:%Y-%m-%d}" if night else None)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    if found["meteors"]:
        Console().print(_table(found["meteors"]))
    click.echo(_sentence(found))


def gather(store: Store, night: str | None) -> dict[str, Any]:
    """Return what was seen in a night, or in the last one that has candidates, and how many each night has, as JSON."""
    from edge.store_events import events, nights_with_events

    nights = nights_with_events(store)
    chosen = night or next(reversed(nights), None)
    listed = events(store, chosen) if chosen else []
    return {
        "night": chosen,
        "meteors": [one.as_dict() for one in listed],
        "nights": nights,
    }


def _table(meteors: list[dict[str, Any]]) -> Table:
    from rich.table import Table

    table = Table("time (UTC)", "length (px)", "peak (noise)", "state", "picture")
    for one in meteors:
        table.add_row(
            one["taken_utc"][11:19],
            f"{one['length_px']:.0f}",
            f"{one['significance']:.1f}",
            one["state"],
            one["picture"],
        )
    return table


def _sentence(found: dict[str, Any]) -> str:
    night = found["night"]
    count = found["nights"].get(night, 0)
    if night is None:
        return "No night has a meteor candidate yet."
    candidates = "1 candidate" if count == 1 else f"{count or 'no'} candidates"
    others = [f"{name}: {n}" for name, n in found["nights"].items() if name != night]
    rest = f" Other nights: {', '.join(others[-10:])}." if others else ""
    return f"Night {night}: {candidates}.{rest}"
