"""Commands for backups: make one, take one back."""

import json
from pathlib import Path

import click

from hub import backup, serving, utc_now
from hub.commands.database import opened
from hub.config import HubSettings


@click.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--keep", type=click.IntRange(1), help="Remove all but the newest so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def backup_command(
    settings: HubSettings, /, folder: Path, *, keep: int | None, as_json: bool
) -> None:
    """Make a backup of databases, settings and files in a folder, while the hub goes on.

    Files that an earlier backup there has are not copied again. Exit status 1 if a file is missing on the hub.

    Example: allsky-hub backup /mnt/backup/allsky-hub --keep 14
    """
    with opened(settings):
        pass
    try:
        made = backup.back_up(settings, folder, utc_now())
    except backup.BackupError as error:
        raise click.ClickException(str(error)) from error
    removed = backup.forget_old(folder, keep) if keep else []
    _report(made, as_json=as_json, removed=[str(one) for one in removed])


@click.command("restore")
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def restore_command(settings: HubSettings, /, source: Path, *, as_json: bool) -> None:
    """Fill the data folder, which holds no hub yet, from a backup, or from the newest in a folder of backups.

    Cameras notice what a backup lacks and send it again, as long as they have it. Exit status 1 if a file is missing
    or damaged.

    Example: allsky-hub --data /var/lib/allsky-hub restore /mnt/backup/allsky-hub
    """
    try:
        taken = backup.restore(settings, source)
    except backup.BackupError as error:
        raise click.ClickException(str(error)) from error
    serving.prepare(settings)
    _report(taken, as_json=as_json)


def _report(done: backup.Report, *, as_json: bool, **more: list[str]) -> None:
    if as_json:
        said = {"place": str(done.place), "files": done.files, "new": done.new}
        click.echo(json.dumps({**said, "lost": done.lost, **more}))
    else:
        click.echo(f"{done.place}: {done.files} files, {done.new} of them new.")
        for name in done.lost:
            click.echo(f"missing or damaged: {name}")
    if done.lost:
        raise SystemExit(1)
