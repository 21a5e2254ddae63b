"""Measure speed and memory against their targets: ``python -m benchmarks [SUBJECT ...]`` (``make bench ARGS=hub``).

A subject is a module of this package with a function ``measured(place)`` that yields `Row`; `SUBJECTS` names them.

Absolute times differ from machine to machine, the ratios hardly do. Times are CPU seconds where nothing else is said;
medians of a few rounds. The exit status is 1 when a target is missed.
"""

import datetime as dt
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks import hub, products, series, sync
from benchmarks.measuring import Row

SUBJECTS = {
    "products": products.measured,
    "hub": hub.measured,
    "series": series.measured,
    "sync": sync.measured,
}


def machine() -> str:
    """Return what this is measured on, and how busy it is."""
    lines = (
        Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    )
    names = [
        line.partition(":")[2].strip()
        for line in lines
        if line.startswith("model name")
    ]
    today = dt.datetime.now(dt.UTC).date()
    processor = names[0] if names else platform.machine()
    return (
        f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{today}, load before {os.getloadavg()[0]:.1f}"
    )


@click.command()
@click.argument("subjects", nargs=-1, type=click.Choice(list(SUBJECTS)))
def main(subjects: tuple[str, ...]) -> None:
    """Measure SUBJECTS (default: all) and print; fail when a target is missed."""
    console, progress = Console(width=110), Console(stderr=True)
    console.print(machine())
    table = Table("", "measured", "target", "")
    missed = 0
    with (
        tempfile.TemporaryDirectory() as place,
        progress.status("Making ready ...") as status,
    ):
        for row in _measured(subjects or tuple(SUBJECTS), Path(place)):
            missed += row.missed
            held = "" if not row.target else "missed" if row.missed else "reached"
            table.add_row(row.what, row.result, row.target, held)
            status.update(f"After: {row.what} ...")
    console.print(table)
    console.print(f"{missed} missed." if missed else "All targets are reached.")
    sys.exit(bool(missed))


def _measured(subjects: tuple[str, ...], place: Path) -> Iterator[Row]:
    """Yield every line of the table as soon as it is measured."""
    for subject in subjects:
        yield from SUBJECTS[subject](place)


if __name__ == "__main__":
    main()
