"""Thirty days without a hub: 300,000 readings and 90 products catch up, and the live image never waits for them.

The sender is the program as a camera runs it, on the real clock. What is scaled is the line: ten times as fast as that
of a remote camera, so that the test takes half a minute; the numbers of readings and products are not.
"""

import contextlib
import datetime as dt
import json
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from edge.live import LiveImages
from hub.config import HubSettings
from products.manifest import LiveFacts
from products.quantities import QUANTITIES
from products.utc import utc_text

from .hubs import LocalHub, until
from .world import START, Camera, jpeg, nothing_lost_and_nothing_twice

DAYS, READINGS, LIMIT_KB_S = 30, 300_000, 1000
OLDEST_LIVE_S = 10.0


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Return a hub that lets a camera send more readings a minute than it usually may."""
    data = tmp_path_factory.mktemp("hub")
    quotas = {"quotas": {"points_per_minute": 10_000_000}}
    assert HubSettings.model_validate(quotas)
    (data / "hub.json").write_text(json.dumps(quotas))
    hub = LocalHub(data)
    yield hub
    hub.stop()


@pytest.fixture
def camera(tmp_path, hub):
    camera_id, key = hub.new_camera()
    hurry = {"limit_kb_s": LIMIT_KB_S, "live_interval_s": 1, "hello_interval_s": 5}
    with closing(Camera(tmp_path / "camera", hub.url, key, **hurry)) as camera:
        camera.id = camera_id
        yield camera


def measure_for_a_month(camera):
    """Store what ten quantities gave every 86 seconds for thirty days."""
    names = ("temperature", "humidity", "pressure", "dew_point", "sky_brightness")
    rows = []
    first, step = START - dt.timedelta(days=DAYS), DAYS * 86400_000 // (READINGS // 10)
    for n in range(READINGS // 10):
        taken = first + dt.timedelta(milliseconds=n * step)
        ms = round(taken.timestamp() * 1000)
        for sensor in ("inside", "outside"):
            for name in names:
                value = round(n % 977 / 10, 1)
                rows.append(
                    (utc_text(taken), sensor, name, value, QUANTITIES[name].unit)
                )
                camera.measured[sensor, name, ms, value] = 1
    sql = "INSERT INTO readings (taken_utc, sensor, quantity, value, unit) VALUES (?, ?, ?, ?, ?)"
    with camera.store.db.conn:
        camera.store.db.conn.executemany(sql, rows)


def make_for_a_month(camera, videos):
    sizes = {"keogram": 150, "startrails": 300}
    for day in range(DAYS):
        night = (START - dt.timedelta(days=day)).date().isoformat()
        for kind, noise in sizes.items():
            content = jpeg(f"{night} {kind}", noise=noise)
            camera.make(kind, night=night, content=content)
        video = videos(day, 10_000_000 if day == 3 else 400_000)
        camera.make("timelapse", night=night, content=video, type_="video/mp4")


@contextlib.contextmanager
def eye_open(camera):
    """Publish a new frame every second, as the capture program does."""
    images, stop = LiveImages(camera.store.scratch), threading.Event()
    rgb = np.full((480, 640, 3), 40, np.uint8)

    def publish():
        while not stop.wait(1):
            now = dt.datetime.now(dt.UTC)
            facts = LiveFacts(taken_utc=now, night=now.date().isoformat())
            images.publish(jpeg(utc_text(now), noise=300), rgb, facts)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextlib.contextmanager
def sending(camera):
    """Run ``allsky-edge sync`` on the camera's data."""
    config = camera.folder / "config.json"
    raw = camera.raw | {"data": str(camera.settings.data)}
    config.write_text(json.dumps(raw))
    program = str(Path(sys.executable).with_name("allsky-edge"))
    process = subprocess.Popen([program, "--config", str(config), "sync"])
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0


def age_s(hub, camera):
    """Return how old the newest frame is that visitors see; None before the first."""
    answer = hub.get(f"/c/{camera.id}/latest.json")
    if not answer.ok:
        return None
    taken = dt.datetime.fromisoformat(answer.json()["taken_utc"])
    return (dt.datetime.now(dt.UTC) - taken).total_seconds()


def test_thirty_days_catch_up_within_the_limit_while_the_live_image_stays_young(
    camera, hub, videos
):
    measure_for_a_month(camera)
    make_for_a_month(camera, videos)
    assert (len(camera.measured), len(camera.made)) == (READINGS, 3 * DAYS)
    began_s, ages = time.monotonic(), []
    with eye_open(camera), sending(camera):
        until(lambda: age_s(hub, camera) is not None, "the first live image")
        while camera.waiting():
            ages.append(age_s(hub, camera))
            assert time.monotonic() - began_s < 240
            time.sleep(0.25)
        took_s = time.monotonic() - began_s
    nothing_lost_and_nothing_twice(camera, camera.id, hub)
    assert max(ages) < OLDEST_LIVE_S
    sent_kb = sum(path.stat().st_size for path in products_of(camera)) / 1000
    assert sent_kb / took_s < LIMIT_KB_S
    assert len(ages) > 20, "the backlog took its time"


def products_of(camera):
    return [
        path
        for path in (camera.settings.data / "products").rglob("*")
        if path.is_file()
    ]
