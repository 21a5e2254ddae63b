"""The newest frame beside a backlog over a slow line, in real time; and two senders, a full disk, a killed sender."""

import datetime as dt
import random
import threading
import time
from contextlib import closing

import numpy as np
import pytest

from edge.clock import SystemClock, VirtualClock
from edge.config import parse
from edge.hub_key import key_path, write_key
from edge.live import LiveImages
from edge.outbox import Outbox
from edge.products_sender import ProductsSender
from edge.store import Store
from edge.sync import Sync
from products.jpeg import encode
from products.manifest import LiveFacts, ProductManifest, sha256_hex

NIGHT = "2026-11-21"
NOW = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.05,
    "longitude_deg": 8.2,
    "zone": "Europe/Berlin",
}


class ALL_ALLOWED:  # noqa: N801 - stands for a value
    takes_kind = staticmethod(lambda kind: True)


class Camera:
    """A camera with data to send."""

    def __init__(self, folder, hub, **more):
        settings = parse({"site": SITE, "hub": {"url": hub.url, **more}})
        self.folder = folder
        self.settings = settings.model_copy(update={"data": folder / "data"})
        write_key(folder, hub.key)
        self.store = Store(self.settings.data)
        self.outbox = Outbox(self.store)

    def queue(self, kind, content, now=NOW, rev=1, **more):
        path = self.store.products_folder(NIGHT) / f"{kind}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sha256 = sha256_hex(content)
        manifest = ProductManifest(
            sha256=sha256, size=len(content), type="image/jpeg", rev=rev, **more
        )
        self.outbox.queue_product(NIGHT, kind, manifest, {sha256: path}, now)

    def add_readings(self, count):
        for n in range(count):
            reading = {
                "sensor": "outside",
                "quantity": "temperature",
                "value": n,
                "unit": "°C",
            }
            self.store.add_readings(NOW + dt.timedelta(seconds=n), [reading])

    def show(self, taken_utc):
        rgb = np.full((200, 300, 3), 40, np.uint8)
        facts = LiveFacts(taken_utc=taken_utc, night=NIGHT)
        LiveImages(self.store.scratch).publish(encode(rgb, 90), rgb, facts)

    def sync(self, clock, **more):
        return Sync(self.settings, self.folder, clock, random.Random(5), **more)


@pytest.fixture
def make_camera(tmp_path, fake_hub):
    cameras = []

    def make(**more):
        cameras.append(Camera(tmp_path, fake_hub, **more))
        return cameras[-1]

    yield make
    for camera in cameras:
        camera.store.close()


@pytest.fixture
def camera(make_camera):
    return make_camera()


def test_the_newest_frame_is_young_while_a_large_file_takes_minutes(
    make_camera, fake_hub, monkeypatch
):
    """Beside a file that takes a minute and a half, in pieces of a second."""
    monkeypatch.setattr("edge.bandwidth.PIECE_S", 1.0)
    camera = make_camera(live_interval_s=1, limit_kb_s=100)
    camera.queue("timelapse", random.Random(1).randbytes(9_000_000))
    fake_hub.hello_answer = {"limits": {"blob_bytes": 10**9}}
    stop, ages = threading.Event(), []

    def run():
        with closing(camera.sync(SystemClock(stop), threads=True)) as sync:
            while not stop.is_set():
                stop.wait(sync.step())

    thread = threading.Thread(target=run)
    thread.start()
    until = time.monotonic() + 7
    while time.monotonic() < until:
        camera.show(dt.datetime.now(dt.UTC))
        time.sleep(0.25)
        if sent := fake_hub.requests("PUT", "/sync/live"):
            ages.append(time.monotonic() - sent[-1].at_s)
    stop.set()
    thread.join()
    assert len(fake_hub.requests("PUT", "/sync/live")) >= 3
    assert max(ages) < 6
    sent = sum(len(one.body) for one in fake_hub.requests("PATCH", "/sync/blobs"))
    assert 100_000 <= sent < 1_100_000


def test_a_new_key_lets_the_newest_frame_go_at_once(camera, fake_hub, monkeypatch):
    monkeypatch.setattr("edge.live_sender.LOOK_EVERY_S", 0.05)
    write_key(camera.folder, "skc_of-somebody-else")
    camera.show(dt.datetime.now(dt.UTC))
    clock = SystemClock()
    with closing(camera.sync(clock, threads=True)) as sync:
        sync.step()
        until(lambda: fake_hub.requests("PUT", "/sync/live"))
        write_key(camera.folder, fake_hub.key)
        sync.step()
        until(lambda: fake_hub.live is not None)


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_two_senders_send_everything_once(camera, fake_hub):
    for n in range(30):
        camera.queue(f"kind{n}", b"content %d" % n)
    camera.add_readings(1100)
    clocks = VirtualClock(NOW), VirtualClock(NOW)
    errors = []

    def run(clock):
        try:
            with closing(camera.sync(clock)) as sync:
                while clock.monotonic() < 300:
                    clock.sleep(sync.step())
        except Exception as error:  # noqa: BLE001 - is raised below, in the thread of the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(clock,)) for clock in clocks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(fake_hub.requests("PUT", "/sync/blobs")) == 30
    assert len(fake_hub.requests("PUT", "/sync/products")) == 30
    points = [
        len(one.json["points"]) for one in fake_hub.requests("POST", "/sync/readings")
    ]
    assert sum(points) == 1100
    assert len({one.body for one in fake_hub.requests("PUT", "/sync/blobs")}) == 30


def test_a_card_that_takes_no_writes_stops_no_heartbeat_and_loses_nothing(
    camera, fake_hub, caplog
):
    """As when the kernel has made a worn card read-only; a full disk takes the same way."""
    camera.queue("keogram", b"keogram")
    camera.add_readings(700)
    clock = VirtualClock(NOW)
    with closing(camera.sync(clock)) as sync:
        sync.step()
        sync._store.db.execute("PRAGMA query_only = ON")
        for minute in range(30):
            camera.show(NOW + dt.timedelta(minutes=minute))
            run(sync, clock, 60)
        assert len(fake_hub.requests("POST", "/sync/hello")) > 25
        assert len(fake_hub.requests("PUT", "/sync/live")) > 25
        assert (camera.store.unsent_count(), camera.outbox.waiting()) == (700, 1)
        said = {one.message for one in caplog.records if "readonly" in one.message}
        assert 1 <= len(said) <= 8
        assert "cannot be stored" in next(iter(said))
        sync._store.db.execute("PRAGMA query_only = OFF")
        run(sync, clock, 3600)
    assert (camera.store.unsent_count(), camera.outbox.waiting()) == (0, 0)
    assert len(fake_hub.readings) == 700
    assert list(fake_hub.products) == [f"{NIGHT}/keogram"]


def test_a_sender_that_is_told_to_stop_breaks_off_and_counts_no_failure(
    make_camera, fake_hub
):
    camera = make_camera(limit_kb_s=5)
    fake_hub.hello_answer = {"limits": {"blob_bytes": 10**9}}
    camera.queue("timelapse", bytes(3_000_000))
    stop = threading.Event()
    with closing(camera.sync(SystemClock(stop))) as sync:
        sync.step()
        threading.Timer(1.0, stop.set).start()
        began_s = time.monotonic()
        while not stop.is_set():
            sync.step()
        assert time.monotonic() - began_s < 6
    product = camera.outbox.next_product(dt.datetime.now(dt.UTC))
    assert (product.attempts, product.last_error) == (0, "")


def test_a_key_that_is_taken_away_stops_the_newest_frame_too(camera, fake_hub):
    clock = VirtualClock(NOW)
    with closing(camera.sync(clock)) as sync:
        sync.step()
        key_path(camera.folder).rename(camera.folder / "elsewhere")
        assert sync.step() == 60
        assert sync._live.hub is None
        (camera.folder / "elsewhere").rename(key_path(camera.folder))
        camera.queue("keogram", b"keogram")
        run(sync, clock, 120)
    assert list(fake_hub.products) == [f"{NIGHT}/keogram"]


def run(sync, clock, seconds):
    end = clock.monotonic() + seconds
    while clock.monotonic() < end:
        clock.sleep(sync.step())


class TestDawn:
    def publish_times(self, camera, fake_hub, spread_s, **more):
        fake_hub.hello_answer = {"limits": {"blob_bytes": 10**9, "spread_s": spread_s}}
        clock = VirtualClock(NOW)
        with closing(camera.sync(clock)) as sync:
            sync.step()
            for kind in ("keogram", "startrails", "timelapse"):
                camera.queue(kind, kind.encode(), clock.now(), **more)
            times, before = {}, 0
            while clock.monotonic() < spread_s + 120:
                clock.sleep(sync.step())
                for key in list(fake_hub.products)[before:]:
                    times[key.partition("/")[2]] = clock.monotonic()
                before = len(fake_hub.products)
        return times

    def test_large_products_of_a_finished_night_wait_for_their_moment(
        self, camera, fake_hub
    ):
        times = self.publish_times(camera, fake_hub, 7200.0)
        assert times["keogram"] < 60
        assert 60 < times["startrails"] < 7260
        assert times["timelapse"] == pytest.approx(times["startrails"], abs=30)

    def test_those_of_a_night_that_goes_on_do_not(self, camera, fake_hub):
        times = self.publish_times(camera, fake_hub, 7200.0, final=False)
        assert max(times.values()) < 60

    def test_each_camera_and_night_has_another_moment(self, tmp_path, fake_hub):
        moments = []
        for n in range(200):
            clock = VirtualClock(NOW)
            with closing(Store(tmp_path / f"{n}")) as store:
                outbox = Outbox(store)
                manifest = ProductManifest(
                    sha256="a" * 64, size=1, type="video/mp4", rev=1
                )
                files = {"a" * 64: tmp_path / "x"}
                outbox.queue_product(NIGHT, "timelapse", manifest, files, NOW)
                sender = ProductsSender(
                    outbox, clock, random.Random(1), ALL_ALLOWED, None, None
                )
                sender.spread_s, sender.identity = 1000.0, f"skc_{n}"
                while sender._next("timelapse") is None:
                    clock.sleep(10)
            moments.append(clock.monotonic())
        assert 400 < sum(moments) / len(moments) < 600
        assert min(moments) < 50
        assert 950 < max(moments) <= 1000
