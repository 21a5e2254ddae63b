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
from typing import Any

import click

from edge.demo_highlights import pick_out
from edge.demo_hub import STOP_S, DemoError, DemoHub, program, running, serving_hub
from edge.demo_profile import introduce
from edge.demo_scenes import SCENES, DemoCamera
from edge.programs import interruptible
from edge.progress import Progress, shown
from products.sun import Interval

MARKER = ".allsky-demo"  # only a folder with this file in it is ever emptied
LIVE_INTERVAL_S = 30.0
_GOING_ON = (
    "The cameras now go on with the sky of this moment. Ctrl-C stops everything."
)


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
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def demo(data: Path, port: int, nights: int, interval: float, **asked: bool) -> None:
    """Simulate last night for three cameras and show it in a browser.

    Everything it makes goes into one folder, which is emptied at the next start. Serves until Ctrl-C.

    Example: allsky-edge demo --port 8081 --exit
    """
    # Ctrl-C, too: a shell has what it starts in the background ignore it.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, signal.default_int_handler)
    began = time.monotonic()
    _empty(data)
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as stack:
        stack.enter_context(_own_memory())
        hub = stack.enter_context(serving_hub(data / "hub", port))
        cameras = _new_cameras(data, hub, interval)
        introduce(hub, cameras[1].id)
        with interruptible("The demonstration was not complete; start it again."):
            _simulate(cameras, nights)
        pick_out(hub, cameras)
        hub.ask("xp")
        made = _made(cameras, hub, time.monotonic() - began)
        click.echo(json.dumps(made) if asked["as_json"] else _words(made))
        if asked["leave"]:
            return
        for camera in cameras:
            camera.write_settings(hub.url, LIVE_INTERVAL_S, live=True)
        stack.enter_context(running(*(_going_on(camera) for camera in cameras)))
        if not asked["as_json"]:
            click.echo(_GOING_ON)
        threading.Event().wait()


def _going_on(camera: DemoCamera) -> tuple[list[str], Path]:
    """Return the command that runs a camera in real time, and where it writes what it says."""
    return [
        program("allsky-edge"),
        "--config",
        str(camera.config),
        "run",
    ], camera.log


def _empty(data: Path) -> None:
    """Make an empty folder, removing what an earlier demonstration left, and nothing else."""
    if data.exists() and not data.is_dir():
        raise DemoError(f"{data} is a file; name a folder with --data.")
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


def _simulate(cameras: Sequence[DemoCamera], nights: int) -> None:
    """Run the nights of all cameras at once, a process each, and draw how far they are."""
    now = dt.datetime.now(dt.UTC)
    with shown() as progress:
        followers = [
            Follower(camera, camera.last_nights(nights, now), progress)
            for camera in cameras
        ]
        try:
            for follower in followers:
                follower.start()
            for follower in followers:
                follower.join()
        finally:
            for follower in followers:
                follower.stop()
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
        self._stretches = stretches
        self._process: subprocess.Popen[str] | None = None
        seconds = sum(one.length.total_seconds() for one in stretches)
        self._bar = progress.add(f"{camera.scene.site.name:<8}", seconds, "%")

    def run(self) -> None:
        """Simulate one stretch after the other; stop at the first that fails."""
        done_s = 0.0
        for stretch in self._stretches:
            if not self._follow(stretch, done_s):
                self.failed = True
                return
            done_s += stretch.length.total_seconds()

    def stop(self) -> None:
        """End the simulation if it is still at work, and wait for it."""
        if self.is_alive():
            if self._process:
                self._process.terminate()
            self.join(STOP_S)

    def _follow(self, stretch: Interval, done_s: float) -> bool:
        start, end = (
            moment.isoformat(timespec="seconds")
            for moment in (stretch.start_utc, stretch.end_utc)
        )
        command = [
            program("allsky-edge"),
            "--config",
            str(self.camera.config),
            *("simulate", "--json-lines", "--from", start, "--until", end),
        ]
        with (
            self.camera.log.open("ab") as log,
            subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True
            ) as process,
        ):
            self._process = process
            for line in process.stdout or ():
                said = json.loads(line)
                passed = dt.datetime.fromisoformat(said["now"]) - stretch.start_utc
                seconds = done_s + min(passed, stretch.length).total_seconds()
                to_send = f", {said['waiting']} to send" if said["waiting"] else ""
                self._bar.update(seconds, said=f"{said['frames']} frames{to_send}")
        return process.returncode == 0


def _made(
    cameras: Sequence[DemoCamera], hub: DemoHub, seconds: float
) -> dict[str, Any]:
    """Return what there is to look at, as JSON."""
    return {
        "url": f"{hub.url}/",
        "seconds": round(seconds),
        "folder": str(hub.data.parent),
        "cameras": [
            {
                "id": camera.id,
                "name": camera.scene.site.name,
                "night_url": f"{hub.url}/en/c/{camera.id}/{_last_night(camera)}",
            }
            for camera in cameras
        ],
        "keograms_url": f"{hub.url}/en/c/{cameras[0].id}/keograms",
    }


def _last_night(camera: DemoCamera) -> str:
    nights = camera.folder.glob("data/products/*/night.json")
    return max(path.parent.name for path in nights)


def _words(made: dict[str, Any]) -> str:
    """Return the same for people."""
    pages = {f"{one['name']}, the night": one["night_url"] for one in made["cameras"]}
    pages = {
        "The network": made["url"],
        **pages,
        "Calendar of keograms": made["keograms_url"],
    }
    lines = [f"  {name:<24} {address}" for name, address in pages.items()]
    return "\n".join(
        [
            f"\nSimulated and sent in {made['seconds']} s. Look at:\n",
            *lines,
            f"\nFrames, products, settings and logs are in {made['folder']}/.",
        ]
    )
