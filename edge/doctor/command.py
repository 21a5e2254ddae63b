"""The commands ``doctor`` and ``support``."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from edge.config import Settings, SettingsError, load
from edge.doctor import camera, computer, hub, picture, sensors, settings
from edge.doctor.bundle import write_bundle
from edge.doctor.finding import Finding, Level, wrong

_MARKS = {
    Level.OK: "[green]ok[/green]   ",
    Level.NOTE: "[yellow]note[/yellow] ",
    Level.WRONG: "[red]wrong[/red]",
}


def examined(config: Path) -> Iterator[Finding]:
    """Yield everything that there is to say about a camera; settings that cannot be used are said alone."""
    try:
        chosen = load(config)
    except SettingsError as error:
        yield wrong(
            "settings", str(error), "Mend the settings; docs/config.md explains each."
        )
        return
    yield from _all(chosen, config)


def _all(chosen: Settings, config: Path) -> Iterator[Finding]:
    yield from settings.examine(chosen)
    yield from computer.examine(chosen)
    yield from camera.examine(chosen)
    yield from sensors.examine(chosen)
    yield from picture.examine(chosen)
    yield from hub.examine(chosen, config.resolve().parent)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_obj
def doctor_command(config: Path, *, as_json: bool) -> None:
    """Look at settings, computer, camera and hub, and say what is wrong and what to do.

    It changes nothing, and ends with status 1 when something must be changed.

    Example: allsky-edge doctor
    """
    console, found = Console(highlight=False), []
    for finding in examined(config):
        found.append(finding)
        if not as_json:
            console.print(f"{_MARKS[finding.level]}  {finding.subject}: ", end="")
            console.print(finding.found, markup=False)
            if finding.remedy:
                console.print(f"       → {finding.remedy}", markup=False)
    if as_json:
        click.echo(
            json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False)
        )
    if any(one.level is Level.WRONG for one in found):
        raise click.exceptions.Exit(1)


@click.command("support")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; default: allsky-support-<time>.zip here.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_obj
def support_command(config: Path, out: Path | None, *, as_json: bool) -> None:
    """Pack settings, state, findings and log into one file for somebody who helps; secrets are left out.

    The place is rounded as the public sees it; the key of the hub, passwords in addresses and the names of the
    computer and its user are not in it.

    Example: allsky-edge support
    """
    now = dt.datetime.now(dt.UTC)
    target = out or Path(f"allsky-support-{now:%Y%m%dT%H%M%SZ}.zip")
    try:
        names = write_bundle(target, config, list(examined(config)), now)
    except OSError as error:
        raise click.ClickException(
            f"{target} cannot be written: {error.strerror}."
        ) from None
    if as_json:
        click.echo(json.dumps({"path": str(target), "files": names}))
    else:
        click.echo(
            f"{target}: {', '.join(names)}. Look into it before you send it to anybody."
        )
