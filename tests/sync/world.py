"""A hub, a camera that sends to it, and what both must agree on at the end."""

import contextlib
import datetime as dt
import hashlib
import io
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import requests
from PIL import Image

from edge.clock import VirtualClock
from edge.config import parse
from edge.outbox import Outbox
from edge.store import Store
from edge.store_event_sending import next_event
from edge.store_events import EventRecord, add_event
from edge.sync import Sync
from hub.config import HubSettings
from hub.db import cameras, connect, keys
from products.manifest import Blob, ProductManifest, sha256_hex
from products.utc import utc_text

from ..fakes.faulty_proxy import NONE, FaultyProxy

TODAY = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
START = TODAY - dt.timedelta(days=2) + dt.timedelta(hours=18)
NIGHT = START.date().isoformat()
END_OF_TIME = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.0512,
    "longitude_deg": 8.2034,
    "zone": "Europe/Berlin",
    "country": "DE",
}


class LocalHub:
    """``allsky-hub serve`` with its two workers, on the same port after a restart.

    The workers are forked from one process that has everything loaded, so that one that is killed is soon replaced.
    """

    def __init__(self, data: Path, **environment: str) -> None:
        self.settings = HubSettings(data=data)
        self._environment = {"GUNICORN_CMD_ARGS": "--preload"} | environment
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Migrate, serve, and return when the hub answers."""
        self._process = subprocess.Popen(
            [*self._command, "serve", "--no-jobs", "--port", str(self.port)],
            env=os.environ | self._environment,
            start_new_session=True,
        )
        until(self._answers, "the hub answers", process=self._process)

    def get(self, path: str) -> requests.Response:
        """Visit a page."""
        return requests.get(self.url + path, timeout=20)

    def stop(self) -> None:
        """End it in good order."""
        assert self._process
        self._process.terminate()
        self._process.wait(timeout=30)

    def kill(self) -> None:
        """Let the power fail: no process of the hub does anything any more."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=30)

    def revive(self) -> None:
        """Start it again if it has been killed."""
        assert self._process
        if self._process.poll() is not None:
            self.start()

    def run(self, *words: str) -> str:
        """Run a command of ``allsky-hub`` and return what it prints."""
        done = subprocess.run(
            [*self._command, *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def new_camera(self) -> tuple[str, str]:
        """Register a camera; return its ID and key."""
        with self.database() as db:
            camera_id = cameras.next_id(db, "ASK")
            cameras.add_camera(db, camera_id, "Roof", START)
            return camera_id, keys.add_key(db, camera_id, START)

    def database(self):
        return closing(connect(self.settings.hub_db))

    def products(self, camera_id: str) -> dict[str, tuple[int, str]]:
        """Return what is published: key -> (revision, SHA-256)."""
        sql = "SELECT night, kind, part, rev, sha256 FROM products WHERE camera_id = ?"
        with self.database() as db:
            return {
                "/".join(filter(None, row[:3])): (row[3], row[4])
                for row in db.execute(sql, [camera_id])
            }

    def events(self, camera_id: str) -> dict[str, int]:
        """Return what has happened in the sky: id -> revision."""
        sql = "SELECT id, rev FROM events WHERE camera_id = ?"
        with self.database() as db:
            return {row["id"]: row["rev"] for row in db.query(sql, [camera_id])}

    def readings(self, camera_id: str) -> Counter[tuple[str, str, int, float]]:
        """Return every stored reading: (sensor, quantity, milliseconds, value)."""
        sql = """
            SELECT sensor, quantity, ts_ms, value FROM series JOIN reading ON series_id = series.id WHERE camera_id = ?
        """
        with closing(connect(self.settings.series_db)) as db:
            return Counter(tuple(row) for row in db.execute(sql, [camera_id]))

    def files(self) -> set[str]:
        """Return the SHA-256 of every file in the blob store, and assert that each has the content it is named by."""
        found = {path.name: path for path in self._all_files("blobs")}
        for name, path in found.items():
            with path.open("rb") as file:
                assert hashlib.file_digest(file, "sha256").hexdigest() == name
        return set(found)

    def unfinished(self, camera_id: str = "") -> list[Path]:
        """Return the files that are arriving, or have been left behind, and the parts of a camera's, or all."""
        parts = self._all_files("uploads")
        parts = [one for one in parts if one.name.startswith(camera_id)]
        return self._all_files("incoming") + parts

    def _all_files(self, folder: str) -> list[Path]:
        return [p for p in (self.settings.data / folder).rglob("*") if p.is_file()]

    @property
    def _command(self) -> list[str]:
        program = Path(sys.executable).with_name("allsky-hub")
        return [str(program), "--data", str(self.settings.data)]

    def _answers(self) -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        return False


class Camera:
    """A camera with its data folder, its sender, and a list of all that it has ever measured and made."""

    def __init__(
        self, folder: Path, hub_url: str, key: str, clock=None, **hub: object
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "hub.key").write_text(f"{key}\n")
        (folder / "hub.key").chmod(0o600)
        self.raw = {"site": SITE, "hub": {"url": hub_url} | hub}
        self.settings = parse(self.raw).model_copy(update={"data": folder / "data"})
        self.clock = clock or VirtualClock(START)
        self.store = Store(self.settings.data)
        self.outbox = Outbox(self.store)
        self.sync: Sync | None = None
        self.measured: Counter[tuple[str, str, int, float]] = Counter()
        self.made: dict[str, tuple[int, str]] = {}
        self.seen: dict[str, int] = {}

    def close(self) -> None:
        if self.sync:
            self.sync.close()
        self.store.close()

    def restart(self) -> None:
        """Let the next step be that of a sender that has just been started."""
        if self.sync:
            self.sync.close()
        self.sync = None

    def step(self) -> float:
        """Let the sender do one unit of work."""
        if self.sync is None:
            self.sync = Sync(self.settings, self.folder, self.clock, random.Random(7))
        return self.sync.step()

    def run(self, minutes: float) -> None:
        """Let the sender work for so many minutes of its clock."""
        end = self.clock.monotonic() + 60 * minutes
        while self.clock.monotonic() < end:
            self.clock.sleep(self.step())

    def run_until_sent(self, hours: float = 48) -> None:
        """Let the sender work until nothing waits; fail when something still does after so many hours."""
        end = self.clock.monotonic() + 3600 * hours
        while self.waiting():
            assert self.clock.monotonic() < end, self.store.states()["sync"]
            self.clock.sleep(self.step())

    def waiting(self) -> int:
        """Return how much the hub lacks, as far as this camera knows."""
        return (
            self.outbox.waiting()
            + self.store.unsent_count()
            + bool(next_event(self.store, END_OF_TIME))
        )

    def measure(self, count: int, first: dt.datetime = START) -> None:
        """Take so many readings of two sensors, one each second."""
        for n in range(count):
            taken = first + dt.timedelta(seconds=n)
            sensor = f"outside{n % 2}"
            value = round(5 + n % 1000 / 100, 2)
            one = {
                "sensor": sensor,
                "quantity": "temperature",
                "value": value,
                "unit": "°C",
            }
            self.store.add_readings(taken, [one])
            ms = round(taken.timestamp() * 1000)
            self.measured[sensor, "temperature", ms, value] = 1

    def make(
        self,
        kind: str,
        rev: int = 1,
        night: str = NIGHT,
        content: bytes | None = None,
        type_: str = "image/jpeg",
    ) -> ProductManifest:
        """Make a product with a smaller variant and a sidecar, and queue it."""
        content = content or jpeg(f"{self.folder.name} {night} {kind} {rev}")
        files = {
            name: self._file(night, f"{kind}{name}", one)
            for name, one in {
                "": content,
                "-480": jpeg(f"small {self.folder.name} {night} {kind} {rev}", 48),
                ".json": json.dumps({"of": [night, kind, rev]}).encode(),
            }.items()
        }
        manifest = ProductManifest(
            **blob(files[""], type_).model_dump(),
            rev=rev,
            variants={"480": blob(files["-480"], "image/jpeg")},
            sidecar=blob(files[".json"], "application/json"),
        )
        paths = {sha256_hex(path.read_bytes()): path for path in files.values()}
        self.outbox.queue_product(night, kind, manifest, paths, self.clock.now())
        self.made[f"{night}/{kind}"] = rev, manifest.sha256
        return manifest

    def see_meteor(self, name: str, night: str = NIGHT) -> None:
        """Record a meteor with its picture."""
        path = self._file(night, f"{name}.jpg", jpeg(f"{self.folder.name} {name}"))
        event = EventRecord(
            id=name,
            night=night,
            taken_utc=dt.datetime.fromisoformat(f"{night}T20:00:00Z"),
            frame="frames/none.jpg",
            picture=str(path.relative_to(self.settings.data)),
            start_px=(1.0, 2.0),
            end_px=(30.0, 40.0),
            length_px=47.2,
            peak=40.0,
            significance=9.5,
            brightness=800.0,
            profile=(0.2, 0.5, 0.3),
        )
        assert add_event(self.store, event)
        self.seen[name] = event.rev

    def _file(self, night: str, name: str, content: bytes) -> Path:
        folder = self.store.products_folder(night)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name.replace("/", "-")
        path.write_bytes(content)
        return path


class Caller:
    """Requests of a camera, made by hand."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key

    def __call__(self, method: str, path: str, **options) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        address = f"{self.url}/api/v1/sync/{path}"
        return requests.request(method, address, headers=headers, timeout=30, **options)

    def put_blob(self, content: bytes, type_: str = "image/jpeg", sha256: str = ""):
        name, headers = sha256 or sha256_hex(content), {"Content-Type": type_}
        return self("PUT", f"blobs/{name}", data=content, headers=headers)

    def piece(self, content: bytes, start: int, end: int, type_: str = "image/jpeg"):
        """Send the bytes from ``start`` until before ``end`` of a file."""
        headers = {
            "Content-Type": type_,
            "Upload-Offset": str(start),
            "Upload-Length": str(len(content)),
        }
        address = f"blobs/{sha256_hex(content)}"
        return self("PATCH", address, data=content[start:end], headers=headers)

    def publish(
        self, key: str, content: bytes, rev: int = 1, type_: str = "image/jpeg"
    ):
        """Send the manifest of a product that has one file."""
        manifest = {
            "rev": rev,
            "sha256": sha256_hex(content),
            "size": len(content),
            "type": type_,
        }
        return self("PUT", f"products/{key}", json=manifest)


def nothing_lost_and_nothing_twice(camera: Camera, camera_id: str, hub: LocalHub):
    """Assert that the hub has exactly what the camera has measured, made and seen, and that nothing was given up."""
    assert camera.outbox.dead() == []
    assert hub.readings(camera_id) == camera.measured
    assert hub.products(camera_id) == camera.made
    assert hub.events(camera_id) == camera.seen
    assert camera.waiting() == 0


def nothing_is_sent_again(camera: Camera, proxy: FaultyProxy) -> None:
    """Assert that both sides agree: for an hour only heartbeats pass."""
    proxy.plan = lambda _request: NONE
    camera.run(minutes=2)
    before = len(proxy.passed)
    camera.run(minutes=60)
    again = {one.path for one in proxy.passed[before:]}
    assert again == {"/api/v1/sync/hello"}


def blob(path: Path, type_: str) -> Blob:
    content = path.read_bytes()
    return Blob(sha256=sha256_hex(content), size=len(content), type=type_)


def jpeg(seed: str, side: int = 160, noise: int = 0) -> bytes:
    """Return a JPEG that differs for every seed; ``noise`` pixels a side of it cannot be compressed."""
    chance, file = random.Random(seed), io.BytesIO()
    colour = tuple(chance.randrange(256) for _ in range(3))
    image = Image.new("RGB", (max(side, noise), max(side, noise)), colour)
    if noise:
        grain = Image.frombytes("L", (noise, noise), chance.randbytes(noise * noise))
        image.paste(grain.convert("RGB"))
    image.save(file, "JPEG", quality=95, comment=seed.encode())
    return file.getvalue()


def point(n: int = 0, value: float = 4.5, **more: object) -> dict[str, object]:
    """Return a reading as it is sent."""
    return {
        "sensor": "outside",
        "quantity": "temperature",
        "time": utc_text(START + dt.timedelta(seconds=n)),
        "value": value,
        "unit": "°C",
    } | more


def until(true, what: str, timeout_s: float = 30, process=None) -> None:
    """Wait until something is true; fail with ``what`` it was when it does not become so."""
    end = time.monotonic() + timeout_s
    while not true():
        assert process is None or process.poll() is None, "the process has ended"
        if time.monotonic() > end:
            pytest.fail(f"not within {timeout_s} s: {what}")
        time.sleep(0.01)
