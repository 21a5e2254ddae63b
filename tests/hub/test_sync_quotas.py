"""Who sends too much, or a disk that is full: a clear answer with the time when it will work again."""

import datetime as dt
import gzip
import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.config import HubSettings
from hub.db import usage
from hub.db.usage import Counter
from hub.quota_settings import QuotaSettings
from products.manifest import sha256_hex

NIGHT = "2026-11-20"
TIGHT = QuotaSettings(
    bytes_per_day=100_000,
    live_bytes_per_day=60_000,
    points_per_minute=1000,
    products_per_night=3,
    events_per_night=2,
    free_bytes=0,
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory, serve_hub):
    data = tmp_path_factory.mktemp("tight")
    tight = {"quotas": TIGHT.model_dump(), "spread_s": 900}
    (data / "hub.json").write_text(json.dumps(tight))
    with serve_hub(data) as running:
        yield running


def assert_refused(answer, status, code):
    said = answer.json()
    assert (answer.status_code, said["code"], said["retryable"]) == (status, code, True)
    wait = dt.timedelta(seconds=int(answer.headers["Retry-After"]))
    assert dt.timedelta(0) < wait <= dt.timedelta(days=1)
    return said["detail"]


def post_readings(camera, count, start=0):
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    points = [
        {
            "sensor": "outside",
            "quantity": "temperature",
            "time": (now - dt.timedelta(seconds=start + n)).isoformat(),
            "value": 3.5,
            "unit": "°C",
        }
        for n in range(count)
    ]
    body = gzip.compress(json.dumps({"points": points}).encode())
    headers = {"Content-Encoding": "gzip"}
    return camera.call("POST", "readings", data=body, headers=headers)


def test_bytes_of_a_day_and_when_it_works_again(camera, other_camera, make_jpeg):
    content = make_jpeg(1)
    full = 100_000 // len(content)
    for shade in range(full):
        assert camera.put_blob(make_jpeg(shade)).ok
    detail = assert_refused(camera.put_blob(make_jpeg(200)), 507, "quota_bytes")
    assert "100,000 bytes" in detail
    assert "00:00 UTC" in detail
    assert other_camera.put_blob(content).status_code == 201
    live = camera.put_live(dt.datetime.now(dt.UTC), content)
    assert live.status_code == 200  # counted apart
    assert post_readings(camera, 5).status_code == 200


def test_what_was_announced_and_did_not_come_is_not_counted(hub, camera, make_jpeg):
    content = make_jpeg(2)
    headers = {"Content-Type": "image/jpeg"}
    address = f"blobs/{sha256_hex(content)}"
    for _ in range(30):
        answer = camera.call("PUT", address, data=content[:100], headers=headers)
        assert answer.status_code == 422
    with hub.database() as db:
        sql = "SELECT sum(amount) AS counted FROM usage WHERE camera_id = ?"
        assert next(db.query(sql, [camera.id]))["counted"] == 3000


def test_newest_frames_of_a_day(camera, make_jpeg):
    now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=30)
    answers = [
        camera.put_live(now + dt.timedelta(seconds=n), make_jpeg(n)) for n in range(12)
    ]
    assert answers[0].status_code == 200
    assert "newest frames" in assert_refused(answers[-1], 507, "quota_bytes")


def test_points_of_a_minute(camera):
    answers = [post_readings(camera, 500, 500 * n) for n in range(6)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[0] == 200
    assert 429 in statuses  # the third, or later when a minute ended meanwhile
    refused = answers[statuses.index(429)]
    assert_refused(refused, 429, "quota_points")
    assert int(refused.headers["Retry-After"]) <= 60


def test_senders_at_once_do_not_get_more(hub, camera):
    start = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)

    def spend(_):
        with hub.database() as db:
            return usage.spend(db, Counter(camera.id, "points", start), 100, 1000)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(40))) == 10


def test_products_of_a_night_and_another_revision_is_no_other_product(
    camera, make_jpeg
):
    content = make_jpeg(3)
    camera.put_blob(content)
    for kind in ("keogram", "startrails", "sqm"):
        camera.put_product(f"{NIGHT}/{kind}", content)
    frame = f"{NIGHT}/frame/20261120T230000Z"
    for _ in range(2):
        frames = [
            camera.put_product(f"{NIGHT}/frame/20261120T2300{n:02d}Z", content)
            for n in range(4)
        ]
    assert NIGHT in assert_refused(frames[-1], 507, "quota_products")
    assert camera.put_product(f"{NIGHT}/keogram", content, rev=2).status_code == 201
    other = frame.replace(NIGHT, "2026-11-21").replace("20261120T23", "20261121T22")
    assert camera.put_product(other, content).status_code == 201


def test_events_of_a_night(camera):
    event = {
        "rev": 1,
        "kind": "meteor",
        "state": "candidate",
        "night": NIGHT,
        "taken_utc": f"{NIGHT}T23:00:00Z",
    }
    answers = [camera.call("PUT", f"events/m{n}", json=event) for n in range(3)]
    assert [answer.status_code for answer in answers[:2]] == [201, 201]
    assert_refused(answers[2], 507, "quota_products")


def test_the_window_of_dawn_is_told(camera):
    said = camera.call(
        "POST", "hello", json={"agent": "x", "time": "2026-11-20T00:00:00Z"}
    )
    assert said.json()["limits"]["spread_s"] == 900


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 3 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk; tests/sync has it for everybody")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_is_full_says_so_and_goes_on_when_there_is_room(
    small_disk, serve_hub, new_camera, make_jpeg
):
    noisy = os.urandom(900_000)
    settings = HubSettings(data=small_disk, quotas=QuotaSettings(free_bytes=300_000))
    (small_disk / "hub.json").write_text(settings.model_dump_json(exclude={"data"}))
    with serve_hub(small_disk) as hub:
        camera = new_camera(hub)
        content = make_jpeg(1)
        assert camera.put_blob(content).status_code == 201
        filler = small_disk / "filler"
        room = shutil.disk_usage(small_disk).free
        filler.write_bytes(bytes(room - 350_000))
        early = camera.put_blob(noisy)  # refused by the floor
        assert "full" in assert_refused(early, 507, "hub_full")
        assert post_readings(camera, 50).status_code == 200
        room = shutil.disk_usage(small_disk).free
        with filler.open("ab") as file:
            file.write(bytes(room))
        for answer in (
            post_readings(camera, 900, 100),
            camera.put_live(dt.datetime.now(dt.UTC), make_jpeg(2)),
            camera.put_blob(make_jpeg(3)),
        ):
            assert_refused(answer, 507, "hub_full")
        assert camera.call("HEAD", f"blobs/{sha256_hex(content)}").status_code == 200
        assert hub.get("/en/").status_code == 200  # visitors notice nothing
        filler.unlink()
        assert post_readings(camera, 950).json()["accepted"] == 900
        assert camera.put_product(f"{NIGHT}/keogram", content).status_code == 201
        assert camera.put_blob(make_jpeg(3)).status_code == 201
        assert not list((small_disk / "incoming").iterdir())
