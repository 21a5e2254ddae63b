"""The real sender and the real hub, over HTTP: what the camera has is what the hub holds, whatever happens between."""

import contextlib
import datetime as dt
import io
import json
import logging
import random
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import requests
from PIL import Image

from edge.clock import VirtualClock
from edge.config import parse
from edge.join import join
from edge.live import LiveImages
from edge.outbox import Outbox
from edge.store import Store
from edge.sync import Sync
from hub import series
from hub.config import HubSettings
from hub.db import cameras, connect, keys, migrate, products
from products.manifest import Blob, LiveFacts, ProductManifest, sha256_hex

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=2)
NIGHT = NOW.date().isoformat()
SITE = {
    "name": "Hill",
    "latitude_deg": 48.0512,
    "longitude_deg": 8.2034,
    "zone": "Europe/Berlin",
    "country": "DE",
}


class LocalHub:
    """``allsky-hub serve`` with its two workers, on the same port after a restart."""

    def __init__(self, data):
        self.settings = HubSettings(data=data)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Migrate, serve, and return when the hub answers."""
        data = self.settings.data
        migrate(self.settings.hub_db)
        series.migrate(self.settings.series_db)
        program = Path(sys.executable).with_name("allsky-hub")
        command = [str(program), "--data", str(data), "serve", "--port", str(self.port)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        for _ in range(400):
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{self.url}/healthz", timeout=5).ok:
                    return
            time.sleep(0.05)
        pytest.fail("the hub did not start in 20 s")

    def stop(self):
        self._process.terminate()
        self._process.wait(timeout=20)

    def open(self):
        return closing(connect(self.settings.hub_db))

    def add_camera(self):
        with self.open() as db:
            cameras.add_camera(db, "ASK001", "New", NOW)
            return keys.add_join_code(db, "ASK001", NOW)

    def products(self):
        with self.open() as db:
            return products.night_products(db, "ASK001", NIGHT)

    def readings(self):
        with closing(connect(self.settings.series_db)) as db:
            end = NOW + dt.timedelta(days=1)
            return series.readings_between(db, "ASK001", NOW, end)


class Camera:
    """A camera with its data folder and its sender."""

    def __init__(self, folder, hub_url):
        settings = parse({"site": SITE, "hub": {"url": hub_url}})
        self.settings = settings.model_copy(update={"data": folder / "data"})
        self.clock = VirtualClock(NOW)
        self.store = Store(self.settings.data)
        self.outbox = Outbox(self.store)
        self.sync = Sync(self.settings, folder, self.clock, random.Random(3))

    def close(self):
        self.sync.close()
        self.store.close()

    def run(self, minutes):
        end = self.clock.monotonic() + 60 * minutes
        while self.clock.monotonic() < end:
            self.clock.sleep(self.sync.step())

    def add_readings(self, count):
        for n in range(count):
            reading = {
                "sensor": "outside",
                "quantity": "temperature",
                "value": n / 10,
                "unit": "°C",
            }
            self.store.add_readings(NOW + dt.timedelta(seconds=n), [reading])

    def add_keogram(self, rev, shade):
        folder = self.store.products_folder(NIGHT)
        folder.mkdir(parents=True, exist_ok=True)
        blobs, files = {}, {}
        for name, width in (("keogram.jpg", 960), ("keogram-480.jpg", 480)):
            content = jpeg(width, shade)
            (folder / name).write_bytes(content)
            files[sha256_hex(content)] = folder / name
            blobs[name] = Blob(
                sha256=sha256_hex(content),
                size=len(content),
                type="image/jpeg",
                width=width,
                height=100,
            )
        times = json.dumps({"shade": shade}).encode()
        (folder / "keogram.json").write_bytes(times)
        files[sha256_hex(times)] = folder / "keogram.json"
        manifest = ProductManifest(
            **blobs["keogram.jpg"].model_dump(),
            rev=rev,
            variants={"480": blobs["keogram-480.jpg"]},
            sidecar=Blob(
                sha256=sha256_hex(times), size=len(times), type="application/json"
            ),
        )
        self.outbox.queue_product(NIGHT, "keogram", manifest, files, self.clock.now())
        return manifest

    def add_frame(self):
        rgb = np.full((700, 1200, 3), 50, np.uint8)
        facts = LiveFacts(taken_utc=self.clock.now(), night=NIGHT)
        LiveImages(self.store.scratch).publish(jpeg(1200, 50), rgb, facts)
        return facts

    @property
    def state(self):
        return self.store.states()["sync"]


def jpeg(width, shade):
    file = io.BytesIO()
    Image.new("RGB", (width, 100), (shade, shade, 40)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def hub(tmp_path):
    hub = LocalHub(tmp_path / "hub")
    yield hub
    hub.stop()


@pytest.fixture
def camera(tmp_path, hub):
    join(hub.url, hub.add_camera(), tmp_path, "Hill")
    with closing(Camera(tmp_path, hub.url)) as camera:
        yield camera


def test_what_the_camera_has_is_what_the_hub_shows(camera, hub):
    camera.add_readings(1200)
    manifest = camera.add_keogram(rev=1, shade=90)
    facts = camera.add_frame()
    camera.run(minutes=3)
    assert (camera.state.state, camera.state.reason) == ("online", "")
    assert hub.products()["keogram"].manifest == manifest
    assert len(hub.readings()["outside", "temperature"]) == 1200
    with hub.open() as db:
        live = products.live_frame(db, "ASK001")
        seen = cameras.public_camera(db, "ASK001")
    assert live.taken_utc == facts.taken_utc
    assert set(live.variants) == {"960", "480"}
    assert seen.name == "Hill"
    assert seen.place.latitude_deg == 48.05
    assert seen.hello.clock == "simulated"


def test_both_sides_agree_on_the_digest_so_nothing_is_sent_again(camera, hub, caplog):
    camera.add_keogram(rev=1, shade=90)
    with caplog.at_level(logging.INFO):
        camera.run(minutes=30)
    assert camera.outbox.ledger.nights() == [NIGHT]
    assert "queued again" not in caplog.text


def test_a_growing_product_is_replaced_by_its_newer_revisions(camera, hub):
    for rev in range(1, 4):
        camera.add_keogram(rev, shade=60 + rev)
        camera.run(minutes=2)
    assert hub.products()["keogram"].manifest.rev == 3
    assert camera.outbox.dead() == []


def test_a_hub_that_was_away_gets_everything_once(camera, hub):
    hub.stop()
    camera.add_readings(300)
    camera.add_keogram(rev=1, shade=90)
    camera.run(minutes=300)
    assert camera.state.state == "hub unreachable"
    hub.start()
    camera.run(minutes=60)
    assert camera.state.state == "online"
    assert hub.products()["keogram"].manifest.rev == 1
    assert len(hub.readings()["outside", "temperature"]) == 300


def test_a_hub_that_lost_its_products_is_filled_again(camera, hub):
    manifest = camera.add_keogram(rev=1, shade=90)
    camera.run(minutes=3)
    with hub.open() as db:
        secrets = [dict(row) for row in db.query("SELECT * FROM keys")]
    hub.stop()
    shutil.rmtree(hub.settings.data)
    hub.start()
    with hub.open() as db:
        cameras.add_camera(db, "ASK001", "Restored", NOW)
        db.table("keys").insert_all(secrets)
    camera.run(minutes=10)
    assert hub.products()["keogram"].manifest == manifest


def test_a_month_without_a_night_left_is_taken_back(camera, hub):
    camera.add_keogram(rev=1, shade=60)
    content = jpeg(640, 90)
    path = camera.settings.data / "month.jpg"
    path.write_bytes(content)
    month, sha256 = f"{NIGHT[:8]}01", sha256_hex(content)
    manifest = ProductManifest(sha256=sha256, size=len(content), type="image/jpeg", rev=1)  # fmt: skip
    now = camera.clock.now()
    camera.outbox.queue_product(month, "month-keogram", manifest, {sha256: path}, now)
    camera.run(minutes=3)
    kinds = ("month-keogram", "keogram")
    assert [hub_has(hub, kind) for kind in kinds] == [True, True]
    camera.outbox.withdraw(month, "month-keogram", camera.clock.now())
    camera.run(minutes=3)
    assert [hub_has(hub, kind) for kind in kinds] == [False, True]
    assert camera.outbox.waiting() == 0


def hub_has(hub, kind):
    """Return whether the hub has published a product of this kind."""
    with hub.open() as db:
        return products.latest_product(db, "ASK001", kind) is not None


def test_readings_of_the_future_are_refused_without_blocking(camera, hub, caplog):
    camera.add_readings(5)
    late = [{"sensor": "a", "quantity": "humidity", "value": 1.0, "unit": "%"}]
    camera.store.add_readings(NOW + dt.timedelta(days=9), late)
    camera.run(minutes=3)
    assert len(hub.readings()["outside", "temperature"]) == 5
    assert camera.store.unsent_count() == 0
    assert "does not take a humidity" in caplog.text


def test_a_revoked_key_is_said(camera, hub):
    camera.run(minutes=1)
    with hub.open() as db:
        sha256 = next(db.query("SELECT sha256 FROM keys"))["sha256"]
        keys.revoke_key(db, sha256, NOW)
    camera.run(minutes=3)
    assert camera.state.state == "key refused"
    assert "revoked" in camera.state.reason
