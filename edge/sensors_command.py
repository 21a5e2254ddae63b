"""``allsky-edge sensors``: read the sensors once, watch them, or find out what is connected."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live

from edge.clock import Clock, Stop, SystemClock
from edge.config import Settings
from edge.history_look import history_lines, write_csv
from edge.programs import settings_in
from edge.sensor_look import (
    enabled_sensors,
    read_sensors,
    scan_facts,
    scan_table,
    sensor_table,
    watch_table,
)
from edge.service import stop_on_signals
from products.quantities import QUANTITIES
from sensors.scan import scan
from sensors.surroundings import Surroundings

WATCH_REST_S = 2.0


class Length(click.ParamType[dt.timedelta]):
    """A stretch of time on the command line: 24h, 30d."""

    name = "TIME"

    def convert(
        self,
        value: str | dt.timedelta,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> dt.timedelta:
        """Return the stretch, or say how it is written."""
        if isinstance(value, dt.timedelta):
            return value
        if not (found := re.fullmatch(r"([1-9]\d{0,3})(h|d)", value)):
            self.fail("a number with h or d, such as 24h or 30d", param, ctx)
        number, unit = int(found[1]), found[2]
        return dt.timedelta(hours=number if unit == "h" else 24 * number)


@click.command()
@click.option(
    "--scan",
    "scanning",
    is_flag=True,
    help="Show what is on the I²C buses and on 1-Wire, and the entry that it needs in config.json.",
)
@click.option(
    "--watch",
    "watching",
    is_flag=True,
    help="Read again and again until Ctrl-C, to see what a moved plug does.",
)
@click.option(
    "--history",
    "length",
    type=Length(),
    help="Draw what was read in the last hours or days, such as 24h or 30d.",
)
@click.option(
    "--quantity",
    type=click.Choice(sorted(QUANTITIES)),
    metavar="NAME",
    help="With --history: only this one, such as temperature.",
)
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --history: write it to this file instead.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_obj
def sensors(
    config: Path, /, *, scanning: bool, watching: bool, as_json: bool, **history: Any
) -> None:
    """Read every enabled sensor once.

    Example: allsky-edge sensors --history 24h --quantity temperature
    """
    if any(history.values()):
        if scanning or watching or as_json:
            raise click.UsageError("--history goes with --quantity and --csv only.")
        _show_history(settings_in(config), **history)
        return
    if watching and (scanning or as_json):
        raise click.UsageError("--watch goes with neither --scan nor --json.")
    if scanning:
        _scan(config, as_json=as_json)
        return
    settings = settings_in(config)
    if watching:
        stop = stop_on_signals()
        watch(settings, SystemClock(stop), stop, Console())
        return
    _read_once(settings, as_json=as_json)


def _show_history(
    settings: Settings,
    length: dt.timedelta | None,
    quantity: str | None,
    csv_path: Path | None,
) -> None:
    """Draw the history, or write it to a file."""
    if length is None:
        raise click.UsageError("--quantity and --csv go with --history.")
    now = SystemClock().now()
    if csv_path is not None:
        try:
            count, span = write_csv(settings, now, length, quantity or "", csv_path)
        except OSError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"{csv_path}: {count} rows, one for each {span}.")
        return
    lines = list(history_lines(settings, now, length, quantity or ""))
    click.echo("\n".join(lines) if lines else "Nothing was read in that time.")


def watch(settings: Settings, clock: Clock, stop: Stop, console: Console) -> None:
    """Show a table of the enabled sensors, and read them one after the other, until told to stop."""
    looked = enabled_sensors(settings, clock)
    with Live(watch_table(looked), console=console, auto_refresh=False) as live:
        while not stop.is_set():
            for sensor in looked:
                sensor.look()
                live.update(watch_table(looked), refresh=True)
                if stop.is_set():
                    break
            clock.sleep(WATCH_REST_S)


def _read_once(settings: Settings, *, as_json: bool) -> None:
    found = read_sensors(settings, SystemClock())
    off = [one.name for one in settings.sensors if not one.enabled]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    elif found:
        Console().print(sensor_table(found))
    else:
        click.echo("No sensor is enabled in the settings.")
    if off and not as_json:
        click.echo(f"Switched off: {', '.join(off)}.")
    if silent := [sensor["name"] for sensor in found if not sensor["available"]]:
        raise click.ClickException(f"{', '.join(silent)} gave no reading.")


def _scan(config: Path, *, as_json: bool) -> None:
    """Say what is connected; that works before there are settings, too."""
    configured = settings_in(config).sensors if config.exists() else []
    around = Surroundings(SystemClock().now, 0.0, 0.0)
    facts = scan_facts(scan(around), configured)
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    if facts["found"]:
        Console().print(scan_table(facts))
    else:
        click.echo("Nothing is connected.")
    for remark in facts["remarks"]:
        click.echo(f"{remark[0].upper()}{remark[1:]}.")
