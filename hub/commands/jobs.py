"""Commands for the recurring work: do it now, or for ever."""

import dataclasses
import json
import logging
import signal
import sys

import click

from hub import jobs, sweeping, utc_now
from hub.commands.database import opened
from hub.config import HubSettings


@click.command("jobs")
@click.option("--loop", is_flag=True, help="Go on until stopped.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def jobs_command(settings: HubSettings, /, *, loop: bool, as_json: bool) -> None:
    """Do the recurring work once: sums of readings, the trash, what crashes have left behind.

    'allsky-hub serve' does it by itself, all the time; then this says so and does nothing. Exit status 1 if a job has
    failed.

    Example: allsky-hub jobs
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    with opened(settings):
        pass
    try:
        if loop:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            jobs.run_forever(settings, utc_now)
        done = jobs.run_once(settings, utc_now)
    except jobs.AlreadyRunningError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(
            json.dumps({name: dataclasses.asdict(d) for name, d in done.items()})
        )
    else:
        for name, one in done.items():
            click.echo(f"{name:22} {one.failure or one.units or 'nothing to do'}")
    if any(one.failure for one in done.values()):
        raise SystemExit(1)


@click.command()
@click.option(
    "--at-once",
    is_flag=True,
    help="Also what is fresh; only for a hub that does not run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def prune(settings: HubSettings, /, *, at_once: bool, as_json: bool) -> None:
    """Remove files that nothing needs: cut off on the way, never published, or left behind by a crash.

    Nothing that is published or in the trash is touched. 'allsky-hub jobs' does the same in time.

    Example: allsky-hub prune
    """
    with opened(settings) as db:
        found = sweeping.sweep_all(settings, db, utc_now(), at_once=at_once)
    if as_json:
        click.echo(json.dumps(found))
        return
    removed = [name for name, any_found in found.items() if any_found]
    click.echo(f"Removed: {', '.join(removed)}." if removed else "Nothing to remove.")
