"""The command ``favourite``: nights that never leave the disk."""

import datetime as dt
from contextlib import closing
from pathlib import Path

import click

from edge.programs import settings_in
from edge.store import Store
from edge.store_disk import favourites, set_favourite


@click.command("favourite")
@click.argument("night", type=click.DateTime(["%Y-%m-%d"]), required=False)
@click.option("--off", is_flag=True, help="The night may go again.")
@click.pass_obj
def favourite_command(config: Path, night: dt.datetime | None, *, off: bool) -> None:
    """Keep a NIGHT on the disk for ever, whatever its age; without one, list those that are kept.

    Example: allsky-edge favourite 2026-08-12
    """
    settings = settings_in(config)
    with closing(Store(settings.data)) as store:
        if night is not None:
            name = night.strftime("%Y-%m-%d")
            if name not in store.nights_with_frames() and not off:
                raise click.ClickException(f"No frame of the night {name} is stored.")
            set_favourite(store, name, favourite=not off)
        names = sorted(favourites(store))
    click.echo(f"Kept for ever: {', '.join(names) or 'no night'}.")
