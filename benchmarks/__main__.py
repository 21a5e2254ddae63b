"""Measure speed and memory against their targets: ``python -m benchmarks`` (``make bench``).

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

from benchmarks import longterm, nights, rendering, sky
from benchmarks.frames import write_frames
from benchmarks.measuring import Row

#       name, (width, height), frames that differ, frames
SMALL = "3 MP", (2028, 1520), 10, 240
LARGE = "12 MP", (4056, 3040), 6, 48
NIGHTS = (1000, 4000)


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


def measured(place: Path) -> Iterator[Row]:
    """Yield every line of the table as soon as it is measured."""
    for name, size, different, count in (SMALL, LARGE):
        frames = place / name / "frames"
        frames.mkdir(parents=True)
        paths = write_frames(frames, size, different, count)
        mean_mb = sum(path.stat().st_size for path in paths) / count / 1e6
        yield Row(f"{name}: size of a frame as JPEG, quality 95", mean_mb, "MB")
        yield from rendering.costs(name, paths, frames.parent / "products")
    yield from nights.live_update(name, paths)
    yield from sky.costs(name, paths[:6])
    yield from sky.exposure()
    yield from rendering.memory(name, frames, frames.parent / "products")
    yield from nights.capture(name, frames)
    for long in NIGHTS:
        yield from nights.long_night(long)
    yield from longterm.year(name, paths)


@click.command()
def main() -> None:
    """Measure and print; fail when a target is missed."""
    console, progress = Console(width=110), Console(stderr=True)
    console.print(machine())
    table = Table("", "measured", "target", "")
    missed = 0
    with (
        tempfile.TemporaryDirectory() as place,
        progress.status("Making frames ...") as status,
    ):
        for row in measured(Path(place)):
            missed += row.missed
            held = "" if not row.target else "missed" if row.missed else "reached"
            table.add_row(row.what, row.result, row.target, held)
            status.update(f"After: {row.what} ...")
    console.print(table)
    console.print(f"{missed} missed." if missed else "All targets are reached.")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
