"""Nights that must not be shown: withhold them by hand, release them, say which there are."""

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click

from edge.clock import SystemClock
from edge.outbox import Outbox, Withheld
from edge.programs import settings_in
from edge.store import Store
from products.utc import utc_text


@click.command("withhold")
@click.argument("nights", nargs=-1, type=click.DateTime(["%Y-%m-%d"]))
@click.option(
    "--kind",
    default="",
    metavar="KIND",
    help="Only this kind of product, such as timelapse; else all of the night.",
)
@click.option("--release", is_flag=True, help="Show them again.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_obj
def withhold_command(
    config: Path,
    nights: Sequence[datetime],
    kind: str,
    *,
    release: bool,
    as_json: bool,
) -> None:
    """Keep NIGHTS out of the queue for the hub and out of months, seasons and years.

    A night is named by the date of its evening; without any, those that are withheld are listed. Frames and products
    stay on this camera, and what the hub already shows of the night itself stays there until it is deleted there.
    Within a minute the nightly program makes the keograms and videos of its month, season and year again without it.

    Example: allsky-edge withhold 2026-11-20 --kind timelapse
    """
    if kind and not (kind.isascii() and kind.replace("-", "").isalpha()):
        raise click.UsageError(f"{kind!r} is no kind of product.")
    if release and not nights:
        raise click.UsageError("Name the nights to release.")
    names = [f"{night:%Y-%m-%d}" for night in nights]
    with closing(Store(settings_in(config).data)) as store:
        outbox, now = Outbox(store), SystemClock().now()
        for name in names:
            if not release:
                outbox.withhold(name, kind, now)
            elif not outbox.release(name, kind, now):
                what = " ".join(filter(None, (name, kind)))
                raise click.ClickException(f"{what} is not withheld.")
        _show(outbox.withheld(), as_json=as_json)


def _show(withheld: Sequence[Withheld], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "night": one.night,
                "kind": one.kind,
                "part": one.part,
                "since_utc": utc_text(one.since_utc),
            }
            for one in withheld
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for one in withheld:
        what = "/".join(filter(None, (one.kind, one.part)))
        click.echo(f"{one.night}  {what or 'all'}")
    if not withheld:
        click.echo("Nothing is withheld.")
