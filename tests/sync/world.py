"""A camera that sends to a hub, and what both must agree on at the end."""

import datetime as dt
import io
import json
import random
from collections import Counter
from pathlib import Path

from PIL import Image

from edge.clock import VirtualClock
from edge.config import parse
from edge.outbox import Outbox
from edge.store import Store
from edge.store_event_sending import next_event
from edge.store_events import EventRecord, add_event
from edge.sync import Sync
from products.manifest import Blob, ProductManifest, sha256_hex
from products.utc import utc_text

from ..fakes.faulty_proxy import NONE, FaultyProxy
from .hubs import START, LocalHub

NIGHT = START.date().isoformat()
END_OF_TIME = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.0512,
    "longitude_deg": 8.2034,
    "zone": "Europe/Berlin",
    "country": "DE",
}


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
