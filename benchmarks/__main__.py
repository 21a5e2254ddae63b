"""Measure what a frame costs, each cost as a multiple of decoding the same frame: ``python -m benchmarks``.

Absolute times differ from machine to machine; the ratios hardly do. Times are CPU seconds of this process and of the
encoders it starts; the medians of a few rounds over the same frames, after one round that is thrown away.
"""

import datetime as dt
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.frames import EXPOSURE, START, settings, write_frames
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from products import jpeg
from products.batch import plan_folder, render
from products.live import FrameFacts, LiveNight, RenderSettings
from products.sun import Interval

SIZES = (("3 MP", 2028, 1520, 24), ("12 MP", 4056, 3040, 8))
ROUNDS = 3
NO_VIDEO = RenderSettings(timelapse=False, column_s=30)
NIGHT = Interval(START, START + dt.timedelta(hours=6))


@dataclass(frozen=True, slots=True)
class Cost:
    """What one thing costs for one frame, in milliseconds of CPU."""

    name: str
    milliseconds: float


def cpu_s() -> float:
    """Return the CPU seconds that this process and its finished children have used."""
    own, children = (
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def cost(name: str, frames: int, work: Callable[[], object]) -> Cost:
    """Return the median CPU time of ``work`` per frame; its first round only warms up."""
    spent = []
    for _ in range(ROUNDS + 1):
        began = cpu_s()
        work()
        spent.append((cpu_s() - began) / frames * 1000)
    return Cost(name, statistics.median(spent[1:]))


def costs_of_files(paths: Sequence[Path], folder: Path) -> list[Cost]:
    """Return what reading, rendering and storing these frames costs."""
    contents = [path.read_bytes() for path in paths]
    buffer = np.empty_like(jpeg.decode(contents[0]))
    pictures = [jpeg.decode(content) for content in contents[:4]]
    plan, out = plan_folder(paths[0].parent, ZoneInfo("UTC")), folder / "products"
    with_video = replace(NO_VIDEO, timelapse=True)

    def decode_all() -> None:
        for content in contents:
            jpeg.decode(content, buffer)

    def encode_all() -> None:
        for picture in pictures:
            jpeg.encode(picture)

    return [
        cost("decode the JPEG (the unit)", len(paths), decode_all),
        cost(
            "render: keogram, startrails, statistics, thumbnails",
            len(paths),
            lambda: render(plan, out, NO_VIDEO, workers=1),
        ),
        cost(
            "render, with the video",
            len(paths),
            lambda: render(plan, out, with_video, workers=1),
        ),
        cost(
            "live update of a frame in memory, with thumbnail",
            24,
            lambda: grow(pictures, folder / "live"),
        ),
        cost("encode the JPEG, quality 90", len(pictures), encode_all),
    ]


def grow(pictures: Sequence[np.ndarray], folder: Path) -> None:
    """Feed 24 frames in memory to the live products of a night."""
    with (
        tempfile.TemporaryDirectory(dir="/dev/shm") as scratch,
        tempfile.TemporaryDirectory(dir=folder.parent) as out,
    ):
        live = LiveNight(Path(out), NIGHT, NO_VIDEO, Path(scratch))
        for number in range(24):
            taken = START + dt.timedelta(seconds=30 * number)
            live.add(
                pictures[number % len(pictures)],
                FrameFacts(f"{taken:%Y%m%dT%H%M%S}Z", taken, -40.0),
            )
        live.close()


def simulate(width: int, height: int) -> Cost:
    """Return what a simulated frame of this size costs."""
    clock = VirtualClock(START)
    camera = SimulatedCamera(settings(width, height), clock)
    found = cost(
        f"simulate a frame of {width} x {height}",
        10,
        lambda: [camera.capture(EXPOSURE) for _ in range(10)],
    )
    camera.close()
    return found


def finish_night(frames: int, folder: Path) -> float:
    """Return the seconds from the end of a night of small frames to its final products."""
    picture = np.random.default_rng(1).integers(0, 90, (480, 640, 3), np.uint8)
    axis = Interval(START, START + dt.timedelta(seconds=30 * frames))
    how = RenderSettings(column_s=60)
    with (
        tempfile.TemporaryDirectory(dir="/dev/shm") as scratch,
        tempfile.TemporaryDirectory(dir=folder) as out,
    ):
        live = LiveNight(Path(out), axis, how, Path(scratch))
        for number in range(frames):
            taken = START + dt.timedelta(seconds=30 * number)
            live.add(picture, FrameFacts(f"{taken:%Y%m%dT%H%M%S}Z", taken, -40.0))
        began = time.monotonic()
        live.finish()
        took = time.monotonic() - began
        live.close()
    return took


@click.command()
def main() -> None:
    """Measure and print."""
    console = Console()
    today = dt.datetime.now(dt.UTC).date()
    console.print(
        platform.machine(),
        platform.system(),
        f"Python {platform.python_version()}",
        today,
    )
    with tempfile.TemporaryDirectory() as place:
        for name, width, height, count in SIZES:
            frames = Path(place) / name / "frames"
            frames.mkdir(parents=True)
            with console.status(f"Simulating {count} frames of {name} ..."):
                paths = write_frames(frames, width, height, count)
            table = Table(
                "",
                "ms CPU a frame",
                "x decode",
                title=f"{name}, {width} x {height}",
                title_justify="left",
            )
            costs = costs_of_files(paths, frames.parent)
            for one in costs:
                table.add_row(
                    one.name,
                    f"{one.milliseconds:.1f}",
                    f"{one.milliseconds / costs[0].milliseconds:.2f}",
                )
            console.print(table)
        table = Table("", "", title="Other", title_justify="left")
        for size in ((760, 760), (1014, 760)):
            one = simulate(*size)
            table.add_row(one.name, f"{one.milliseconds:.0f} ms CPU")
        for frames_ in (500, 2000):
            took = finish_night(frames_, Path(place))
            table.add_row(
                f"end of a night of {frames_} frames to final products", f"{took:.1f} s"
            )
        console.print(table)


if __name__ == "__main__":
    main()
