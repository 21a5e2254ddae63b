"""A disk without room, on hub and camera: a clear answer, nothing lost, and on it goes when there is room."""

import datetime as dt
import json
import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from products.manifest import sha256_hex

from ..fakes.faulty_proxy import NONE
from .hubs import LocalHub, until
from .senders import Nursery
from .test_again import post
from .test_keys import half_sent
from .world import NIGHT, START, jpeg, nothing_lost_and_nothing_twice, point

SOURCE = Path(__file__).parent.parent / "fakes" / "full_disk.c"


class Disk:
    """The disk that a folder lies on, as a program sees it that runs in ``environment``."""

    def __init__(self, library: Path, folder: Path) -> None:
        self.environment = {"LD_PRELOAD": str(library), "FULL_DISK": str(folder)}
        self._flag = Path(f"{folder}.full")

    def fill(self):
        self._flag.touch()

    def make_room(self):
        self._flag.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """Return the compiled ``tests/fakes/full_disk.c``: no disk has to be mounted, and any user may do it."""
    if not shutil.which("gcc"):
        assert "CI" not in os.environ, "gcc must be there"
        pytest.skip("needs gcc: sudo apt install gcc libc6-dev")
    built = tmp_path_factory.mktemp("disk") / "full_disk.so"
    command = ["gcc", "-Wall", "-shared", "-fPIC", "-o", built, SOURCE, "-ldl"]
    subprocess.run(command, check=True)
    return built


@pytest.fixture(scope="module")
def disk(library, tmp_path_factory):
    return Disk(library, tmp_path_factory.mktemp("hub") / "data")


@pytest.fixture(scope="module")
def hub(disk):
    hub = LocalHub(Path(disk.environment["FULL_DISK"]), **disk.environment)
    yield hub
    hub.stop()


@pytest.fixture(autouse=True)
def room(disk):
    """Let every test begin and end with room on the hub's disk."""
    disk.make_room()
    yield
    disk.make_room()


def is_clear(answer):
    """Say whether an answer tells a camera to come back later, and a person why."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (507, "hub_full")
    assert problem["retryable"]
    assert "full" in problem["detail"]
    return 0 < int(answer.headers["Retry-After"]) <= 3600


def test_a_full_hub_says_so_to_every_request_that_needs_room(hub, disk, camera, call):
    content = jpeg(f"{camera.id} full", noise=400)
    call.put_blob(content)
    other = jpeg(f"{camera.id} other", noise=400)
    batch = [point(n, sensor=f"s{n % 60}") for n in range(1000)]
    disk.fill()
    assert is_clear(call.put_blob(other))
    assert is_clear(call.piece(other, 0, 1000))
    assert is_clear(post(call, *batch))
    assert hub.readings(camera.id) == {}
    assert sha256_hex(other) not in hub.files()
    assert not hub.unfinished()
    assert call("HEAD", f"blobs/{sha256_hex(content)}").status_code == 200
    disk.make_room()
    assert call.put_blob(other).status_code == 201
    assert post(call, *batch).json()["accepted"] == 1000
    assert call.publish(f"{NIGHT}/keogram", other).status_code == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_hub_that_runs_full_in_the_middle_of_a_file_takes_it_later(
    method, hub, disk, camera, call
):
    content = jpeg(f"{camera.id} middle", noise=1500)
    pieces = {"Upload-Offset": "0", "Upload-Length": str(len(content) + 1)}
    headers = pieces if method == "PATCH" else {}
    with half_sent(hub, call, content, method, **headers) as line:
        disk.fill()
        line.send(content[len(content) // 2 :])
        answer = line.getresponse()
        problem = json.loads(answer.read())
    assert (answer.status, problem["code"]) == (507, "hub_full")
    assert sha256_hex(content) not in hub.files()
    until(lambda: not hub.unfinished(camera.id) or method == "PATCH", "all is tidy")
    disk.make_room()
    assert call.put_blob(content).status_code == 201
    assert call.publish(f"{NIGHT}/keogram", content).status_code == 201


@pytest.mark.parametrize("pieces", [False, True])
def test_a_camera_waits_for_a_full_hub_and_then_goes_on(
    pieces, hub, disk, new_camera, proxy, videos
):
    camera, camera_id = new_camera(**({"limit_kb_s": 100} if pieces else {}))
    size = 9_000_000 if pieces else 3_000_000
    camera.make("timelapse", content=videos(4, size), type_="video/mp4")
    camera.make("keogram")
    camera.measure(800)

    def full_for_three_hours(request):
        if request.length > 200_000:
            disk.fill()
        if (camera.clock.now() - START).total_seconds() > 3 * 3600:
            proxy.plan = lambda _request: NONE
            disk.make_room()
        return NONE

    proxy.plan = full_for_three_hours
    camera.run(minutes=60)
    camera.measure(100, START + dt.timedelta(hours=1))
    camera.make("startrails")
    camera.run(minutes=60)
    state = camera.store.states()["sync"]
    assert "full" in state.reason, state
    assert camera.waiting() > 100
    camera.run_until_sent()
    nothing_lost_and_nothing_twice(camera, camera_id, hub)
    assert not hub.unfinished(camera_id)


def test_the_visitor_of_a_full_hub_still_sees_everything(hub, disk, camera):
    manifest = camera.make("keogram")
    camera.run_until_sent()
    disk.fill()
    assert sha256_hex(hub.get(f"/b/{manifest.sha256}.jpg").content) == manifest.sha256
    assert hub.get(f"/en/c/{camera.id}").status_code == 200
    assert hub.get("/healthz").status_code == 200


def test_a_camera_whose_disk_is_full_says_so_and_forgets_nothing(
    library, hub, new_camera, proxy, tmp_path
):
    camera, camera_id = new_camera()
    camera.measure(1200)
    camera.make("keogram")
    camera.make("startrails")
    camera.see_meteor("m-1")
    full, log = Disk(library, camera.settings.data), tmp_path / "log"
    # A log that is as short as can be: what is already there of it could be written over on a full disk.
    camera.store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    full.fill()
    with closing(Nursery(tmp_path / "no plan", log, **full.environment)) as nursery:
        nursery.begin(camera)
        said = "readings: The disk is full"
        until(lambda: said in log.read_text(), "the log says why")
        heard = [one.status for one in proxy.passed if one.path.endswith("/hello")]
        assert 200 in heard
        assert camera.store.unsent_count() == 1200
        full.make_room()
        assert nursery.how_it_ended() == 0, log.read_text()
    nothing_lost_and_nothing_twice(camera, camera_id, hub)
