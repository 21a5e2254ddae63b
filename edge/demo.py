"""The demonstration: last night for three cameras, simulated through the real programs, synced to a real hub, shown.

The hub is the ordinary program ``allsky-hub`` on the real HTTP server. Each camera is an ordinary data folder with an
ordinary ``config.json``; a process of its own runs the night against a clock that jumps (`edge.simulation`), and
afterwards ``allsky-edge run`` goes on with the sky of this moment in real time. Only the sky, the sensors and the clock
are simulated. Sun, moon, planets and stars stand where they really stood.
"""

import contextlib
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from edge.demo_hub import DemoError, DemoHub, program, running, serving_hub
from edge.demo_scenes import SCENES, DemoCamera
from products.sun import Interval

MARKER = ".allsky-demo"  # only a folder with this file in it is ever emptied
LIVE_INTERVAL_S = 30.0


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default="demo-data",
    show_default=True,
    help="Folder for everything.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8080,
    show_default=True,
    help="Port of the site.",
)
@click.option(
    "--nights",
    type=click.IntRange(1, 400),
    default=1,
    show_default=True,
    help="How many nights.",
)
@click.option(
    "--interval",
    type=click.FloatRange(30, 900),
    default=90,
    show_default=True,
    help="Seconds a frame.",
)
@click.option(
    "--exit",
    "leave",
    is_flag=True,
    help="Stop after the night instead of serving until Ctrl-C.",
)
def demo(data: Path, port: int, nights: int, interval: float, *, leave: bool) -> None:
    """Simulate last night for three cameras and show it in a browser.

    Example: allsky-edge demo --port 8081 --exit
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began, console = time.monotonic(), Console()
    _empty(data)
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as stack:
        stack.enter_context(_own_memory())
        hub = stack.enter_context(serving_hub(data / "hub", port))
        cameras = _new_cameras(data, hub, interval)
        _simulate(cameras, nights, console)
        _tell(cameras, hub, console, time.monotonic() - began)
        if leave:
            return
        for camera in cameras:
            command = [program("allsky-edge"), "--config", str(camera.config), "run"]
            camera.write_settings(hub.url, LIVE_INTERVAL_S, live=True)
            stack.enter_context(running(command, camera.log))
        console.print(
            "The cameras now go on with the sky of this moment. Ctrl-C stops everything."
        )
        threading.Event().wait()


def _empty(data: Path) -> None:
    """Make an empty folder, removing what an earlier demonstration left, and nothing else."""
    if data.exists() and any(data.iterdir()) and not (data / MARKER).exists():
        raise DemoError(
            f"{data} holds something else than a demonstration; name another folder with --data."
        )
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    (data / MARKER).write_text(
        "Made by allsky-edge demo, which may empty this folder.\n"
    )


@contextlib.contextmanager
def _own_memory() -> Iterator[None]:
    """Give the cameras a folder in memory that is gone when the demonstration ends."""
    memory = Path(os.environ.get("ALLSKY_SCRATCH", "/dev/shm"))
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(
        prefix="allsky-demo-", dir=place, ignore_cleanup_errors=True
    ) as folder:
        os.environ["ALLSKY_SCRATCH"] = folder
        yield


def _new_cameras(data: Path, hub: DemoHub, interval_s: float) -> list[DemoCamera]:
    """Register the cameras with the hub and write their settings and keys."""
    cameras = []
    for scene in SCENES:
        camera_id, key = hub.add_camera(scene.site.name)
        camera = DemoCamera(camera_id, scene, data / camera_id)
        camera.write_key(key)
        camera.write_settings(hub.url, interval_s, live=False)
        cameras.append(camera)
    return cameras


def _simulate(cameras: Sequence[DemoCamera], nights: int, console: Console) -> None:
    """Run the nights of all cameras at once, a process each, and draw how far they are."""
    now = dt.datetime.now(dt.UTC)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<8}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        followers = [
            Follower(camera, camera.last_nights(nights, now), progress)
            for camera in cameras
        ]
        for follower in followers:
            follower.start()
        for follower in followers:
            follower.join()
    for follower in followers:
        if follower.failed:
            name, log = follower.camera.scene.site.name, follower.camera.log
            raise DemoError(
                f"The simulation of {name} failed; what it said is in {log}."
            )


class Follower(threading.Thread):
    """Runs the nights of one camera in a child process and draws how far they are."""

    def __init__(
        self, camera: DemoCamera, stretches: Sequence[Interval], progress: Progress
    ) -> None:
        super().__init__(daemon=True)
        self.camera, self.failed = camera, False
        self._stretches, self._progress = stretches, progress
        seconds = sum(one.length.total_seconds() for one in stretches)
        self._task: TaskID = progress.add_task(
            camera.scene.site.name, total=seconds, said=""
        )

    def run(self) -> None:
        """Simulate one stretch after the other; stop at the first that fails."""
        done_s = 0.0
        for stretch in self._stretches:
            if not self._follow(stretch, done_s):
                self.failed = True
                return
            done_s += stretch.length.total_seconds()

    def _follow(self, stretch: Interval, done_s: float) -> bool:
        start, end = (
            moment.isoformat(timespec="seconds")
            for moment in (stretch.start_utc, stretch.end_utc)
        )
        command = [
            program("allsky-edge"),
            "--config",
            str(self.camera.config),
            "simulate",
            "--from",
            start,
        ]
        with (
            self.camera.log.open("ab") as log,
            subprocess.Popen(
                [*command, "--until", end],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            ) as process,
        ):
            for line in process.stdout or ():
                said = json.loads(line)
                passed = dt.datetime.fromisoformat(said["now"]) - stretch.start_utc
                seconds = done_s + min(passed, stretch.length).total_seconds()
                to_send = f", {said['waiting']} to send" if said["waiting"] else ""
                self._progress.update(
                    self._task,
                    completed=seconds,
                    said=f"{said['frames']} frames{to_send}",
                )
        return process.returncode == 0


def _tell(
    cameras: Sequence[DemoCamera], hub: DemoHub, console: Console, seconds: float
) -> None:
    """Say where it is and what to look at."""
    lines = [("The network", f"{hub.url}/")]
    for camera in cameras:
        nights = sorted(
            path.parent.name
            for path in camera.folder.glob("data/products/*/night.json")
        )
        lines += [
            (
                f"{camera.scene.site.name}, the night",
                f"{hub.url}/en/c/{camera.id}/{nights[-1]}",
            )
        ]
    lines += [("Calendar of keograms", f"{hub.url}/en/c/{cameras[0].id}/keograms")]
    console.print(
        f"\nSimulated and sent in {seconds:.0f} s. Look at:\n", highlight=False
    )
    for name, address in lines:
        console.print(f"  {name:<24} {address}", highlight=False, soft_wrap=True)
    console.print(
        f"\nFrames, products, settings and logs are in {hub.data.parent}/.",
        highlight=False,
    )
