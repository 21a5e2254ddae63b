"""The subject of sync: what readings cost a camera, and how long thirty days without a hub take to catch up."""

import contextlib
import datetime as dt
import io
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from benchmarks.measuring import Row, Spent, spent
from benchmarks.series import serving
from edge.clock import SystemClock
from edge.config import parse
from edge.hub_key import write_key
from edge.outbox import Outbox
from edge.store import Store
from edge.sync import Sync
from hub.config import HubSettings
from hub.db import cameras, connect, keys
from hub.serving import prepare
from products.manifest import Blob, ProductManifest, sha256_hex

DAYS, READINGS, LIMIT_KB_S = 30, 300_000, 250
KINDS = {"keogram": 220, "startrails": 330, "startrails-comet": 330}  # pixels a side
QUANTITIES = ("temperature", "humidity", "pressure", "dew_point", "sky_brightness")
UNITS = ("°C", "%", "hPa", "°C", "mag/arcsec²")
ROWS_A_COMMIT = 25
_SITE = {
    "name": "Hill",
    "latitude_deg": 48.05,
    "longitude_deg": 8.2,
    "zone": "Europe/Berlin",
}
_NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def measured(place: Path) -> Iterator[Row]:
    """Yield every line of the table as soon as it is measured."""
    yield from _storing(place / "storing")
    settings = HubSettings(data=place / "hub")
    prepare(settings)
    generous = {"quotas": {"points_per_minute": 100_000_000}}
    (settings.data / "hub.json").write_text(json.dumps(generous))
    with serving(settings.data) as (url, _):
        for number, limit_kb_s in enumerate((None, LIMIT_KB_S), 1):
            with contextlib.closing(connect(settings.hub_db)) as db:
                camera_id = f"ASK{number:03d}"
                cameras.add_camera(db, camera_id, "Camera", _NOW)
                key = keys.add_key(db, camera_id, _NOW)
            yield from _catching_up(place / camera_id, url, key, limit_kb_s)


def _storing(data: Path) -> Iterator[Row]:
    """Store readings as the program that reads the sensors does, a commit for so many rows."""
    count = 20_000
    rounds = list(_rounds(count))
    rounds_a_commit = ROWS_A_COMMIT // len(QUANTITIES)
    with contextlib.closing(Store(data)) as store:
        before = _handed_to_the_kernel_bytes()

        def work() -> None:
            for first in range(0, len(rounds), rounds_a_commit):
                store.add_rounds(rounds[first : first + rounds_a_commit])

        took = spent(work)
        store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        written = _handed_to_the_kernel_bytes() - before
    what = f"1,000 readings stored by a camera, {ROWS_A_COMMIT} a commit"
    yield Row(f"{what}: CPU", took.cpu_s / count * 1e6, "ms")
    yield Row(f"{what}: written at most", written / count / 1000, "MB")


def _catching_up(
    folder: Path, url: str, key: str, limit_kb_s: int | None
) -> Iterator[Row]:
    hub = {"url": url} | ({"limit_kb_s": limit_kb_s} if limit_kb_s else {})
    settings = parse({"site": _SITE, "hub": hub})
    settings = settings.model_copy(update={"data": folder / "data"})
    folder.mkdir()
    write_key(folder, key)
    with contextlib.closing(Store(settings.data)) as store:
        outbox = Outbox(store)
        store.add_rounds(_rounds(READINGS))
        size_mb = _make_products(store, outbox) / 1e6
        before = _handed_to_the_kernel_bytes()
        took = _send_all(Sync(settings, folder, SystemClock()), store, outbox)
        written = _handed_to_the_kernel_bytes() - before
    speed = f"at {limit_kb_s} kB/s" if limit_kb_s else "without a limit"
    what = f"{DAYS} days, {READINGS:,} readings and {DAYS * len(KINDS)} products of {size_mb:.0f} MB, {speed}"
    yield Row(what, took.wall_s, "s")
    yield Row(f"{what}: CPU of the camera", took.cpu_s, "s")
    yield Row(f"{what}: written and sent by it", written / 1e6, "MB")


def _send_all(sync: Sync, store: Store, outbox: Outbox) -> Spent:
    clock = SystemClock()

    def work() -> None:
        while store.unsent_count() or outbox.waiting():
            began_s = time.monotonic()
            while time.monotonic() < began_s + 0.5:
                clock.sleep(min(0.5, sync.step()))

    with contextlib.closing(sync):
        return spent(work)


def _rounds(count: int) -> Iterator[tuple[dt.datetime, list[dict[str, object]]]]:
    """Yield so many readings, evenly over the days before now."""
    rounds = count // len(QUANTITIES)
    for n in range(rounds):
        taken = _NOW - dt.timedelta(days=DAYS) * (1 - n / rounds)
        yield (
            taken,
            [
                {
                    "sensor": "outside",
                    "quantity": quantity,
                    "value": round(n % 977 / 10, 1),
                    "unit": unit,
                }
                for quantity, unit in zip(QUANTITIES, UNITS, strict=True)
            ],
        )


def _make_products(store: Store, outbox: Outbox) -> int:
    """Queue the products of every night and return how many bytes they have."""
    chance, total = random.Random(1), 0
    for day in range(1, DAYS + 1):
        night = (_NOW - dt.timedelta(days=day)).date().isoformat()
        folder = store.products_folder(night)
        folder.mkdir(parents=True)
        for kind, side in KINDS.items():
            path = folder / f"{kind}.jpg"
            path.write_bytes(_noise(side, chance))
            content = path.read_bytes()
            blob = Blob(
                sha256=sha256_hex(content), size=len(content), type="image/jpeg"
            )
            manifest = ProductManifest(**blob.model_dump(), rev=1)
            outbox.queue_product(night, kind, manifest, {blob.sha256: path}, _NOW)
            total += len(content)
    return total


def _noise(side: int, chance: random.Random) -> bytes:
    """Return a JPEG that cannot be compressed, about three bytes a pixel."""
    file = io.BytesIO()
    pixels = chance.randbytes(3 * side * side)
    Image.frombytes("RGB", (side, side), pixels).save(file, "JPEG", quality=98)
    return file.getvalue()


def _handed_to_the_kernel_bytes() -> int:
    """Return how many bytes this process has written so far: a disk gets no more, fewer where pages are overwritten."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar:"))
