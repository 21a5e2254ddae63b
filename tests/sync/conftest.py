"""A real hub for the tests of a file, and cameras that send to it, directly or through a faulty line."""

import random
import subprocess

import imageio_ffmpeg
import pytest

from ..fakes.faulty_proxy import FaultyProxy
from .hubs import Caller, LocalHub
from .world import Camera


@pytest.fixture(scope="session")
def videos(tmp_path_factory):
    """Return what makes a real video of a size in bytes that differs for each number."""
    path = tmp_path_factory.mktemp("video") / "night.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"]
    command += ["-i", "testsrc2=size=160x160:rate=25:duration=1", "-pix_fmt", "yuv420p"]
    subprocess.run([*command, "-movflags", "+faststart", path], check=True)

    def video(number, size=300_000):
        """Add a box that players skip, filled with what belongs to the number."""
        content = path.read_bytes()
        filling = random.Random(number).randbytes(size - len(content) - 8)
        return content + (len(filling) + 8).to_bytes(4, "big") + b"free" + filling

    return video


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Return a hub that runs until the tests of the file are done."""
    hub = LocalHub(tmp_path_factory.mktemp("hub"))
    yield hub
    hub.stop()


@pytest.fixture
def proxy(hub):
    """Return a line to the hub that is faultless until its ``plan`` is set."""
    proxy = FaultyProxy(hub.port)
    yield proxy
    proxy.close()


@pytest.fixture
def new_camera(tmp_path, hub, proxy):
    """Return what makes a camera that sends through the proxy, with the ID that the hub has given it."""
    made = []

    def new(**settings):
        camera_id, key = hub.new_camera()
        made.append(Camera(tmp_path / camera_id, proxy.url, key, **settings))
        return made[-1], camera_id

    yield new
    for camera in made:
        camera.close()


@pytest.fixture
def camera(new_camera):
    """Return a camera; its ID at the hub is ``camera.id``."""
    camera, camera.id = new_camera()
    return camera


@pytest.fixture
def call(hub, camera):
    """Return what makes requests with the key of the camera, past the proxy."""
    return Caller(hub.url, (camera.folder / "hub.key").read_text().strip())
