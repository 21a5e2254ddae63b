"""The command ``nightly``: the program that finishes nights, or with ``--night`` one night made again."""

import contextlib
import datetime as dt
import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from edge.clock import SystemClock
from edge.config import Settings
from edge.nightly import NoFramesError, Outcome, build_nightly
from edge.programs import interruptible, run_program, settings_in
from edge.progress import Progress, shown
from edge.service import AlreadyRunningError
from edge.trouble import PRODUCT_ERRORS, sentence
from products.report import NightReport, as_json

_DAMAGED = "{} cannot be used: {}. Move it away: frames on the disk are found again, readings are lost."
_NAMED = 20  # frames left out that are named one by one


@click.command("nightly")
@click.option(
    "--night",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Make the products of this night again and end; a night is named by the date of its evening.",
)
@click.option("--json", "as_json", is_flag=True, help="With --night: answer in JSON.")
@click.pass_obj
def nightly(config: Path, night: dt.datetime | None, *, as_json: bool) -> None:
    """Finish the products of each night when it is over.

    With --night it makes those of one night again and ends, whatever of them is missing or damaged. What can still be
    used is used; the rest comes from the stored frames. Frames that cannot be read are left out and named.

    Example: allsky-edge nightly --night 2026-01-31
    """
    if night is None:
        if as_json:
            raise click.UsageError("--json belongs to --night.")
        run_program(config, build_nightly)
        return
    settings = settings_in(config)
    outcome = _render(settings, config.resolve().parent, f"{night:%Y-%m-%d}")
    if as_json:
        click.echo(json.dumps(_answer(outcome), ensure_ascii=False))
    else:
        click.echo("\n".join(_summary(outcome, settings)))


def _render(settings: Settings, config_dir: Path, name: str) -> Outcome:
    """Make the products of one night final and draw how far it is."""
    again = f"Call it again to make the night {name} whole."
    try:
        with (
            _quiet(),
            interruptible(again),
            contextlib.closing(
                build_nightly(settings, config_dir, SystemClock())
            ) as program,
            shown() as progress,
        ):
            return program.render(name, _Countdown(progress, f"Night {name}").update)
    except (NoFramesError, AlreadyRunningError) as error:
        raise click.ClickException(str(error)) from None
    except PRODUCT_ERRORS as error:
        what = f"the products of the night {name}"
        raise click.ClickException(sentence(error, what)) from None
    except sqlite3.DatabaseError as error:
        database = settings.data / "edge.db"
        raise click.ClickException(_DAMAGED.format(database, error)) from None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings of single frames from the bar; the answer names all of them."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)


class _Countdown:
    """A bar for what is told as the number of frames that are left."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._bar, self._total = progress.add(name), 0

    def update(self, left: int) -> None:
        self._total = max(self._total, left)
        self._bar.update(
            self._total - left,
            self._total,
            "" if left else "finishing",
        )


def _answer(outcome: Outcome) -> dict[str, Any]:
    report = outcome.report
    return {
        "night": outcome.night.name,
        "final": outcome.final,
        "note": outcome.note,
        "left_out": {
            name: reason.removeprefix(f"{name} ")
            for name, reason in outcome.left_out.items()
        },
        "frames": 0,
        "files": [],
    } | _without_table(report)


def _without_table(report: NightReport | None) -> dict[str, Any]:
    """Return a report without the table of its frames, which is in night.json."""
    if report is None:
        return {}
    return {name: value for name, value in as_json(report).items() if name != "table"}


def _summary(outcome: Outcome, settings: Settings) -> list[str]:
    """Return what became of the night, in sentences."""
    report = outcome.report
    frames = report.frames if report else 0
    count = f"{frames} frame{'' if frames == 1 else 's'}." if report else ""
    words = " ".join(filter(None, (count, outcome.note)))
    lines = [f"Night {outcome.night}: {words}"]
    lines += [f"Left out: {one}." for one in list(outcome.left_out.values())[:_NAMED]]
    if (more := len(outcome.left_out) - _NAMED) > 0:
        lines.append(f"Left out: {more} more; --json names all.")
    if report:
        names = ", ".join(one.path for one in report.files)
        folder = settings.data / "products" / outcome.night.name
        lines.append(f"Written to {folder}: {names}.")
    return lines
