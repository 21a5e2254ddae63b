"""A real hub: gunicorn with two workers on a free port, its data in a temporary folder; and cameras that call it."""

import contextlib
import datetime as dt
import io
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import pytest
import requests
from PIL import Image

from hub.config import HubSettings
from hub.db import cameras, connect, keys
from products.manifest import sha256_hex

NOW = dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class RunningHub:
    """Where a hub listens and where its files are."""

    url: str
    settings: HubSettings
    pid: int

    def get(self, path, **options):
        return requests.get(self.url + path, timeout=20, **options)

    @contextlib.contextmanager
    def database(self):
        with contextlib.closing(connect(self.settings.hub_db)) as db:
            yield db


@dataclass(frozen=True)
class CallingCamera:
    """A camera with its key, as the hub sees it from outside."""

    hub: RunningHub
    id: str
    key: str

    def call(self, method, path, **options):
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        address = f"{self.hub.url}/api/v1/sync/{path}"
        return requests.request(method, address, headers=headers, timeout=20, **options)

    def put_blob(self, content, media_type="image/jpeg", sha256=None):
        name = sha256 or sha256_hex(content)
        headers = {"Content-Type": media_type}
        return self.call("PUT", f"blobs/{name}", data=content, headers=headers)

    def put_product(self, key, content, media_type="image/jpeg", rev=1, **more):
        manifest = describe(content, media_type) | {"rev": rev} | more
        return self.call("PUT", f"products/{key}", json=manifest)

    def put_live(self, taken_utc, image, **smaller):
        facts = f'{{"taken_utc": "{taken_utc.isoformat()}", "night": "2026-11-21", "gain": 2.5}}'
        files = {"facts": (None, facts), "image": ("x.jpg", image)} | smaller
        return self.call("PUT", "live", files=files)


def describe(content, media_type="image/jpeg"):
    return {"sha256": sha256_hex(content), "size": len(content), "type": media_type}


def jpeg(shade=80, size=(640, 640), quality=90):
    """Return a JPEG that differs for each shade."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).point(lambda v: (v + shade) % 256).save(
        file, "JPEG", quality=quality
    )
    return file.getvalue()


@pytest.fixture(scope="session")
def make_jpeg():
    return jpeg


@pytest.fixture(scope="session")
def mp4(tmp_path_factory):
    """Return the bytes of a real video."""
    path = tmp_path_factory.mktemp("video") / "night.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"]
    command += ["-i", "testsrc2=size=320x320:rate=25:duration=2", "-pix_fmt", "yuv420p"]
    subprocess.run([*command, "-movflags", "+faststart", path], check=True)
    return path.read_bytes()


@contextlib.contextmanager
def serving(data):
    """Run ``allsky-hub serve`` with two workers in a process group of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("allsky-hub")), "--data", str(data)]
    process = subprocess.Popen(
        [*command, "serve", "--port", str(port), "--no-jobs"],
        start_new_session=True,
    )
    try:
        settings = HubSettings(data=data)
        running = RunningHub(f"http://127.0.0.1:{port}", settings, process.pid)
        _wait_until_healthy(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Return a hub that runs until the tests of the module are done."""
    with serving(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture(scope="session")
def serve_hub():
    """Return what runs a hub on a data folder, for tests that need one of their own."""
    return serving


@pytest.fixture(scope="session")
def new_camera():
    """Return what registers a camera with a hub."""
    return add_camera


@pytest.fixture
def camera(hub):
    return add_camera(hub)


@pytest.fixture
def other_camera(hub):
    return add_camera(hub)


def add_camera(hub):
    with hub.database() as db:
        camera_id = cameras.next_id(db, "ASK")
        cameras.add_camera(db, camera_id, "Roof", NOW)
        return CallingCamera(hub, camera_id, keys.add_key(db, camera_id, NOW))


def _wait_until_healthy(running, process):
    for _ in range(200):
        assert process.poll() is None, "the hub has stopped"
        with contextlib.suppress(requests.ConnectionError):
            if running.get("/healthz").status_code == 200:
                return
        time.sleep(0.05)
    pytest.fail("the hub did not become healthy in 10 s")
