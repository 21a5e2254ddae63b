"""The subject of readings on the hub: how fast they are taken, how many bytes they are, how fast a year is drawn."""

import contextlib
import datetime as dt
import gzip
import json
import math
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import requests
from sqlite_utils import Database

from benchmarks.measuring import Row
from hub import series
from hub.config import HubSettings
from hub.db import cameras, connect, keys
from hub.serving import prepare
from products.manifest import API

BATCH, BATCHES, SENDERS = 500, 60, (1, 4)
MIX_DAYS, MIX_INTERVAL = 90, dt.timedelta(seconds=60)
YEAR_SERIES, REQUESTS = 6, 200
_MINUTE_MS = 60_000
_NOW = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)

#      sensor, quantity, unit, decimals: what a camera with a weather box, a sky meter and a cloud sensor sends
_MIX = (
    ("outside", "temperature", "°C", 2),
    ("outside", "humidity", "%", 1),
    ("outside", "pressure", "hPa", 2),
    ("outside", "dew_point", "°C", 2),
    ("outside", "dew_spread", "K", 2),
    ("outside", "absolute_humidity", "g/m³", 2),
    ("sky", "sky_brightness", "mag/arcsec²", 2),
    ("sky", "illuminance", "lx", 4),
    ("ir", "sky_temperature", "°C", 2),
    ("system", "cpu_temperature", "°C", 1),
    ("system", "cpu_load", "%", 1),
    ("system", "memory_used", "%", 1),
    ("system", "disk_free", "GB", 1),
    ("system", "uptime", "h", 2),
    ("camera", "star_count", "", 0),  # these three at night only
    ("camera", "cloud_cover", "%", 0),
    ("camera", "sky_background", "mag", 2),
)


def measured(place: Path) -> Iterator[Row]:
    """Yield every line of the table as soon as it is measured."""
    yield from _bytes_of_a_reading(place / "mix.db")
    settings = HubSettings(data=place / "hub")
    prepare(settings)
    generous = {"quotas": {"points_per_minute": 100_000_000}}
    (settings.data / "hub.json").write_text(json.dumps(generous))
    with contextlib.closing(connect(settings.hub_db)) as db:
        secrets = [_camera(db, number) for number in range(1, max(SENDERS) + 1)]
    with contextlib.closing(series.connect(settings.series_db)) as db:
        _fill_a_year(db, "ASK001")
    with serving(settings.data) as (url, hub):
        for senders in SENDERS:
            rate = _accepted_per_s(url, secrets[:senders])
            what = f"readings taken by a hub of 2 workers, {senders} sending {BATCH} at once"
            yield Row(what, rate, "a second")
        yield from _drawing(url, hub)


def _bytes_of_a_reading(path: Path) -> Iterator[Row]:
    """Store the mix as its camera would send it, and look how large the file has become."""
    series.migrate(path)
    chance = random.Random(1)
    count, spent_s = 0, 0.0
    window = series.Window.of(_NOW, _NOW)
    with contextlib.closing(series.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")  # the disk is not what is measured
        for batch in _mixed_batches(chance):
            begin_s = time.process_time()
            count += series.add_points(db, "ASK001", batch, window).accepted
            spent_s += time.process_time() - begin_s
        begin_s = time.process_time()
        while series.recompute_dirty(db, series.HOURS_AT_ONCE, _NOW):
            pass
        summed_s = time.process_time() - begin_s
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    what = f"a reading on disk, {MIX_DAYS} days of {len(_MIX)} series, sums included"
    yield Row(what, path.stat().st_size / count, "bytes", most=30)
    yield Row("1,000 readings judged and stored, CPU", spent_s / count * 1e6, "ms")
    yield Row("1,000 readings summed up, CPU", summed_s / count * 1e6, "ms")


def _mixed_batches(chance: random.Random) -> Iterator[list[dict[str, Any]]]:
    points: list[dict[str, Any]] = []
    moment = _NOW - dt.timedelta(days=MIX_DAYS)
    while moment < _NOW:
        night = not 6 <= moment.hour < 18
        points += [
            _point(name, moment, round(chance.uniform(1, 40), name[3]))
            for name in _MIX
            if night or name[0] != "camera"
        ]
        moment += MIX_INTERVAL
        if len(points) >= BATCH:
            yield points[:BATCH]
            points = points[BATCH:]
    yield points


def _point(
    name: tuple[str, str, str, int], moment: dt.datetime, value: float
) -> dict[str, Any]:
    sensor, quantity, unit, _ = name
    return {
        "sensor": sensor,
        "quantity": quantity,
        "unit": unit,
        "time": moment.isoformat(timespec="milliseconds"),
        "value": value,
    }


def _camera(db: Database, number: int) -> str:
    camera_id = f"ASK{number:03d}"
    cameras.add_camera(db, camera_id, f"Camera {number}", _NOW)
    return keys.add_key(db, camera_id, _NOW)


def _fill_a_year(db: Database, camera_id: str) -> None:
    """Write a year of minutes for a few series straight into the tables, and sum it up."""
    first_ms = int(_NOW.timestamp() * 1000) - 365 * 1440 * _MINUTE_MS
    db.execute("PRAGMA synchronous = OFF")
    for number in range(1, YEAR_SERIES + 1):
        row = [number, camera_id, f"box{number}", "temperature", "°C"]
        db.execute("INSERT INTO series VALUES (?, ?, ?, ?, ?)", row)
        values = (
            (
                number,
                first_ms + minute * _MINUTE_MS,
                round(9 * math.sin(minute / 700), 2),
            )
            for minute in range(365 * 1440)
        )
        db.conn.executemany("INSERT INTO reading VALUES (?, ?, ?)", values)
    db.execute(
        "INSERT INTO dirty SELECT DISTINCT series_id, ts_ms / 3600000 FROM reading"
    )
    db.conn.commit()
    while series.recompute_dirty(db, series.HOURS_AT_ONCE, _NOW):
        pass


@contextlib.contextmanager
def serving(data: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Run the real server with two workers; give its address and its process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = str(Path(sys.executable).with_name("allsky-hub"))
    command = [program, "--data", str(data), "serve", "--port", str(port)]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, env=environment) as process:
        try:
            _wait(url)
            yield url, psutil.Process(process.pid)
        finally:
            process.terminate()


def _wait(url: str) -> None:
    for _ in range(300):
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{url}/healthz", timeout=5).ok:
                return
        time.sleep(0.05)
    raise SystemExit("The hub did not answer within 15 s.")


def _accepted_per_s(url: str, secrets: Sequence[str]) -> float:
    """Let so many cameras send their batches at the same time, each one batch after the other."""
    begin = _NOW - dt.timedelta(days=MIX_DAYS) * len(secrets)
    bodies = [_body(begin, number) for number in range(BATCHES)]
    senders = [
        threading.Thread(target=_send, args=(url, secret, bodies)) for secret in secrets
    ]
    start_s = time.monotonic()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return len(secrets) * BATCHES * BATCH / (time.monotonic() - start_s)


def _body(begin: dt.datetime, number: int) -> bytes:
    names = _MIX[:10]
    rounds = BATCH // len(names)
    points = [
        _point(name, begin + (number * rounds + one) * MIX_INTERVAL, one / 7)
        for one in range(rounds)
        for name in names
    ]
    return gzip.compress(json.dumps({"points": points}).encode(), 1)


def _send(url: str, secret: str, bodies: Sequence[bytes]) -> None:
    headers = {"Authorization": f"Bearer {secret}", "Content-Encoding": "gzip"}
    with requests.Session() as session:
        for body in bodies:
            answer = session.post(
                f"{url}{API}/sync/readings", data=body, headers=headers, timeout=60
            )
            if answer.json().get("accepted") != BATCH:
                raise SystemExit(f"The hub did not take a batch: {answer.text[:300]}")


def _drawing(url: str, hub: psutil.Process) -> Iterator[Row]:
    names = ",".join(f"box{number}.temperature" for number in (1, 2, 3))
    chart = f"{url}{API}/cameras/ASK001/readings.json?series={names}&points=1440"
    for span in ("24h", "7d", "30d", "1y"):
        yield from _latency(
            f"a chart of 3 series, {span}", f"{chart}&range={span}", hub
        )
    page = f"{url}/en/c/ASK001/sensors"
    for span in ("24h", "1y"):
        yield from _latency(f"the sensor page, {span}", f"{page}?range={span}", hub)


def _latency(what: str, address: str, hub: psutil.Process) -> Iterator[Row]:
    with requests.Session() as session:

        def ask() -> None:
            session.get(address, timeout=60).raise_for_status()

        ask()
        before_s = _cpu_s(hub)
        taken_ms = sorted(_timed_ms(ask) for _ in range(REQUESTS))
        cpu_ms = (_cpu_s(hub) - before_s) / REQUESTS * 1000
    yield Row(f"{what}: CPU of the hub", cpu_ms, "ms")
    yield Row(f"{what}: half are answered within", statistics.median(taken_ms), "ms")
    slow_ms = taken_ms[math.ceil(0.99 * REQUESTS) - 1]
    yield Row(f"{what}: 99 of 100 within", slow_ms, "ms", most=150)


def _cpu_s(hub: psutil.Process) -> float:
    """Return the CPU seconds of the server and its workers so far."""
    times = [one.cpu_times() for one in (hub, *hub.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _timed_ms(work: Callable[[], None]) -> float:
    start_s = time.perf_counter()
    work()
    return (time.perf_counter() - start_s) * 1000
