"""The subject of the hub: how fast its pages are with 100 cameras, two years of nights and 90 days of readings.

The hub runs as its operator would run it, gunicorn with two workers, on two cores of its own; visitors run on the
others. Meanwhile every camera sends a newest frame each 30 seconds. Each page is asked for at many cameras and nights,
so that no answer is found ready unless visitors would find it so, too.
"""

import contextlib
import datetime as dt
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from benchmarks.hub_filling import NIGHTS, camera_ids, filled
from benchmarks.measuring import Row, family_cpu_s
from benchmarks.visitors import Served, visit
from hub.config import HubSettings
from hub.db import connect
from products.utc import utc_text

ALONE_MS, CROWD_MS, CROWD, HOME_PER_S = 150.0, 500.0, 50, 200.0
_CORES = 2
_SECONDS = 6.0
_SEND_EVERY_S = 0.3  # 100 cameras, each every 30 seconds
_NGINX = """
user root; worker_processes {cores}; daemon off; pid {place}/pid; error_log stderr crit;
events {{}}
http {{
  access_log off; sendfile on; keepalive_requests 1000000;
  client_body_temp_path {place}/b; proxy_temp_path {place}/p; fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u;
  scgi_temp_path {place}/s;
  server {{ listen 127.0.0.1:{port}; location / {{ root {place}/files; }} }}
}}
"""


def measured(place: Path) -> Iterator[Row]:
    """Yield the times of each page, alone and in a crowd, and those of a file beside nginx."""
    now = dt.datetime.now(dt.UTC)
    settings = filled(now)
    with _served(settings) as (site, hub_pid), _sending_cameras(settings):
        for name, paths in _pages(now).items():
            visit(site, paths, 4, _SECONDS)  # until both workers have seen each camera
            before_s = family_cpu_s(hub_pid)
            answers = 0
            for row, count in _page(site, name, paths):
                answers += count
                yield row
            spent_ms = 1000 * (family_cpu_s(hub_pid) - before_s) / answers
            yield Row(f"{name}: CPU of the hub for an answer", spent_ms, "ms")
        yield from _beside_nginx(site, settings, place)


def _pages(now: dt.datetime) -> dict[str, list[str]]:
    """Return the addresses of each kind of page; the same ones at each run."""
    chosen = random.Random(1)
    cameras = camera_ids()
    nights = [
        (now - dt.timedelta(days=back)).date().isoformat()
        for back in range(2, NIGHTS, 3)
    ]
    chosen.shuffle(cameras)
    return {
        "home": ["/en/"],
        "camera": [f"/en/c/{camera}" for camera in cameras],
        "calendar": [f"/en/c/{camera}/keograms" for camera in cameras],
        "night": [f"/en/c/{camera}/{chosen.choice(nights)}" for camera in 9 * cameras],
        "sensors": [f"/en/c/{camera}/sensors" for camera in cameras],
    }


def _page(site: str, name: str, paths: list[str]) -> Iterator[tuple[Row, int]]:
    """Yield each row, with the number of answers that it stands for, counted once."""
    for visitors, most in ((1, ALONE_MS), (CROWD, CROWD_MS)):
        got = _sound(visit(site, paths, visitors, _SECONDS))
        who = f"{name}, alone" if visitors == 1 else f"{name}, {visitors} visitors"
        yield Row(f"{who}: half of the answers within", got.slowest_ms(0.5), "ms"), 0
        slowest = Row(f"{who}: 99 % within", got.slowest_ms(0.99), "ms", most=most)
        yield slowest, len(got.times_s)
    least = HOME_PER_S if name == "home" else None
    yield Row(f"{name}, {CROWD} visitors", got.per_second, "a second", least=least), 0


def _beside_nginx(site: str, settings: HubSettings, place: Path) -> Iterator[Row]:
    """Yield how fast the newest frame is, from the hub and from nginx, which only reads a file."""
    path = f"/c/{camera_ids()[0]}/latest-480.jpg"
    got = _sound(visit(site, [path], CROWD, _SECONDS))
    yield Row("latest-480.jpg, 50 visitors, hub", got.per_second, "a second")
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        sys.stderr.write(
            "nginx is not installed, so the hub is not compared with it.\n"
        )
        return
    with _nginx(nginx, place) as other:
        file = place / "files" / "latest.jpg"
        file.write_bytes(requests.get(site + path, timeout=10).content)
        theirs = _sound(visit(other, ["/latest.jpg"], CROWD, _SECONDS))
    yield Row("the same file, nginx", theirs.per_second, "a second")
    ratio = theirs.per_second / got.per_second
    yield Row("nginx is faster by", ratio, "x")


def _sound(got: Served) -> Served:
    if got.failed:
        raise SystemExit(f"{got.failed} of {len(got.times_s)} answers were not 200")
    return got


@contextlib.contextmanager
def _served(settings: HubSettings) -> Iterator[tuple[str, int]]:
    """Run ``allsky-hub serve`` with two workers on two cores, without the jobs, which would miss the files."""
    port = _free_port()
    command = [
        str(Path(sys.executable).with_name("allsky-hub")),
        "--data",
        str(settings.data),
    ]
    command += ["serve", "--no-jobs", "--port", str(port), "--workers", str(_CORES)]
    with _running(command, f"http://127.0.0.1:{port}", "/healthz") as served:
        yield served


@contextlib.contextmanager
def _nginx(program: str, place: Path) -> Iterator[str]:
    port = _free_port()
    (place / "files").mkdir()
    file = place / "nginx.conf"
    file.write_text(_NGINX.format(cores=_CORES, place=place, port=port))
    command = [program, "-p", str(place), "-c", str(file)]
    with _running(command, f"http://127.0.0.1:{port}", "/") as (site, _pid):
        yield site


@contextlib.contextmanager
def _running(command: list[str], site: str, path: str) -> Iterator[tuple[str, int]]:
    """Run a server on the first cores, and everything else meanwhile on the others; give its address and process."""
    cores = sorted(os.sched_getaffinity(0))
    theirs, ours = cores[:_CORES], cores[_CORES:] or cores
    os.sched_setaffinity(0, theirs)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    os.sched_setaffinity(0, ours)
    try:
        for _ in range(200):
            with contextlib.suppress(requests.ConnectionError):
                requests.get(site + path, timeout=10)
                break
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} has stopped")
            time.sleep(0.1)
        yield site, process.pid
    finally:
        os.sched_setaffinity(0, cores)
        process.terminate()
        process.wait(timeout=30)


@contextlib.contextmanager
def _sending_cameras(settings: HubSettings) -> Iterator[None]:
    """Let each camera in turn have a new frame, as its program would cause it."""
    over = threading.Event()

    def send() -> None:
        with contextlib.closing(connect(settings.hub_db)) as db:
            ids = camera_ids()
            while not over.wait(_SEND_EVERY_S):
                ids.append(camera := ids.pop(0))
                now = utc_text(dt.datetime.now(dt.UTC))
                sql = "UPDATE live SET taken_utc = ?, received_utc = ? WHERE camera_id = ?"
                with db.conn:
                    db.execute(sql, [now, now, camera])

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
