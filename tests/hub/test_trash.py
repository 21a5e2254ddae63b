"""What is deleted is gone at once, stays gone, and can be taken back for 30 days."""

import contextlib
import datetime as dt
import json

import pytest
from click.testing import CliRunner

from hub import sweeping
from hub.cli import main
from hub.db import connect, events, products, publication, tombstones, trash
from products.manifest import night_digest, sha256_hex

NIGHT = "2026-11-20"
NOW = dt.datetime.now(dt.UTC)


def hello(camera, **more):
    said = {"agent": "test", "time": NOW.isoformat()} | more
    return camera.call("POST", "hello", json=said).json()


def run(hub, *words):
    done = CliRunner().invoke(main, ["--data", str(hub.settings.data), *words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def night(camera, make_jpeg):
    """Return a camera with a keogram, an archive frame and an event in one night, and the frame's picture."""
    picture = make_jpeg(1)
    camera.put_blob(picture)
    camera.put_product(f"{NIGHT}/keogram", picture)
    camera.put_product(f"{NIGHT}/frame/20261120T230000Z", picture)
    camera.put_product("2026-11-01/month-keogram", picture)
    put_event(camera)
    return camera


def put_event(camera, rev=1):
    event = {
        "rev": rev,
        "kind": "meteor",
        "state": "candidate",
        "night": NIGHT,
        "taken_utc": f"{NIGHT}T23:00:00Z",
    }
    return camera.call("PUT", "events/m1", json=event)


def test_visitors_do_not_see_it_and_the_file_stays_for_the_trash(
    hub, camera, make_jpeg
):
    content = make_jpeg(2)
    camera.put_blob(content)
    camera.put_product(f"{NIGHT}/keogram", content)
    address = f"/b/{sha256_hex(content)}.jpg"
    assert hub.get(address).status_code == 200
    assert f"{NIGHT}/keogram" in run(hub, "delete", camera.id, NIGHT, "keogram")
    assert hub.get(address).status_code == 404
    stored = hub.settings.data / "blobs" / sha256_hex(content)[:2] / sha256_hex(content)
    assert stored.exists()
    run(hub, "trash", "restore", camera.id, NIGHT, "keogram")
    assert hub.get(address).status_code == 200


def test_what_is_deleted_is_not_resurrected_by_the_camera(hub, night, make_jpeg):
    run(hub, "delete", night.id, NIGHT)
    newer = make_jpeg(3)
    night.put_blob(newer)
    for answer in (
        night.put_product(f"{NIGHT}/keogram", newer, rev=7),
        night.put_product(f"{NIGHT}/frame/20261120T230000Z", newer),
        night.put_product(f"{NIGHT}/startrails", newer),  # was still to come
        put_event(night, rev=2),
    ):
        assert (answer.status_code, answer.json()["code"]) == (410, "deleted")
        assert not answer.json()["retryable"]
    with hub.database() as db:
        assert products.night_products(db, night.id, NIGHT) == {}
        assert events.events_of_night(db, night.id, NIGHT) == []
        assert products.latest_product(db, night.id, "month-keogram")


def test_an_event_is_not_resurrected_under_another_night(hub, night):
    run(hub, "delete", night.id, NIGHT, "event/m1")
    moved = {
        "rev": 2,
        "kind": "meteor",
        "state": "candidate",
        "night": "2026-11-19",
        "taken_utc": "2026-11-19T23:00:00Z",
    }
    assert night.call("PUT", "events/m1", json=moved).status_code == 410


def test_the_camera_learns_of_it_once_and_of_the_return_too(hub, night):
    cursor = hello(night)["cursor"]
    run(hub, "delete", night.id, NIGHT, "frame")
    said = hello(night, cursor=cursor)
    assert said["tombstones"][-1] == f"{NIGHT}/frame/20261120T230000Z"
    assert said["released"] == []
    again = hello(night, cursor=said["cursor"])
    assert (again["tombstones"], again["cursor"]) == ([], said["cursor"])
    run(hub, "trash", "restore", night.id, NIGHT, "frame")
    back = hello(night, cursor=said["cursor"])
    assert back["tombstones"] == []
    assert f"{NIGHT}/frame/20261120T230000Z" in back["released"]
    fresh = hello(night, cursor=0)  # who was away hears only the last word
    assert f"{NIGHT}/frame/20261120T230000Z" not in fresh["tombstones"]


def test_other_cameras_hear_nothing_of_it(hub, night, other_camera):
    run(hub, "delete", night.id, NIGHT)
    assert hello(other_camera)["tombstones"] == []


def test_a_long_list_comes_in_parts(hub, camera):
    keys = [f"{NIGHT}/event/e{n:04d}" for n in range(1200)]
    with hub.database() as db:
        trash.delete_products(db, camera.id, keys, "test", NOW)
    heard, cursor = [], 0
    while part := (said := hello(camera, cursor=cursor))["tombstones"]:
        assert len(part) <= tombstones.MOST_AT_ONCE
        heard, cursor = heard + part, said["cursor"]
    assert heard == keys


def test_a_cursor_of_a_hub_before_its_restoration_comes_back_as_this_ones(hub, night):
    run(hub, "delete", night.id, NIGHT)
    cursor = hello(night)["cursor"]
    assert hello(night, cursor=cursor + 10**9)["cursor"] == cursor
    with hub.database() as db:  # the next word is later than any that was lost
        later = NOW + dt.timedelta(days=1)
        key = [f"{NIGHT}/sqm"]
        trash.delete_products(db, night.id, key, "test", later)
    assert hello(night, cursor=cursor + 1000)["tombstones"] == key


def test_digests_leave_out_what_is_deleted(hub, night, make_jpeg):
    sha256 = sha256_hex(make_jpeg(1))
    run(hub, "delete", night.id, NIGHT, "event/m1")
    run(hub, "delete", night.id, NIGHT, "frame")
    left = night_digest({f"{NIGHT}/keogram": sha256})
    assert hello(night, digests={NIGHT: left})["nights"] == []
    run(hub, "delete", night.id, NIGHT)
    assert hello(night, digests={NIGHT: night_digest({})})["nights"] == []
    assert hello(night, digests={NIGHT: left})["nights"] == [NIGHT]


def test_everything_comes_back_as_it_was(hub, night):
    with hub.database() as db:
        before = publication.night_digests(db, night.id, [NIGHT])
        was = products.night_products(db, night.id, NIGHT)
    run(hub, "delete", night.id, NIGHT)
    listed = json.loads(run(hub, "trash", "list", night.id, "--json"))
    assert len(listed) == 3
    back = json.loads(run(hub, "trash", "restore", night.id, NIGHT, "--json"))
    assert back == [f"{NIGHT}/event/m1", f"{NIGHT}/frame/20261120T230000Z", f"{NIGHT}/keogram"]  # fmt: skip
    with hub.database() as db:
        assert publication.night_digests(db, night.id, [NIGHT]) == before
        assert products.night_products(db, night.id, NIGHT) == was
    assert run(hub, "trash", "list", night.id) == "The trash is empty.\n"
    assert put_event(night).status_code == 200


def test_after_30_days_the_files_go_and_the_word_stays(hub, camera, make_jpeg):
    content = make_jpeg(4)
    camera.put_blob(content)
    camera.put_product(f"{NIGHT}/keogram", content)
    run(hub, "delete", camera.id, NIGHT, "keogram")
    stored = hub.settings.data / "blobs" / sha256_hex(content)[:2] / sha256_hex(content)
    with contextlib.closing(connect(hub.settings.hub_db)) as db:
        deleted = dt.datetime.now(dt.UTC)
        assert not sweeping.sweep_trash(
            hub.settings, db, deleted - dt.timedelta(minutes=1)
        )
        assert stored.exists()
        while sweeping.sweep_trash(hub.settings, db, deleted):
            pass
    assert not stored.exists()
    assert camera.call("HEAD", f"blobs/{sha256_hex(content)}").status_code == 404
    camera.put_blob(content)
    assert camera.put_product(f"{NIGHT}/keogram", content).status_code == 410
    assert "nothing that was published" in run(
        hub, "trash", "restore", camera.id, NIGHT, "keogram"
    )
    assert camera.put_product(f"{NIGHT}/keogram", content).status_code == 201


def test_the_trash_can_be_emptied_at_once(hub, camera, make_jpeg):
    camera.put_blob(make_jpeg(5))
    camera.put_product(f"{NIGHT}/sqm", make_jpeg(5))
    camera.put_product(f"{NIGHT}/keogram", make_jpeg(5))
    run(hub, "delete", camera.id, NIGHT)
    assert "gone for ever" in run(hub, "trash", "empty", "--yes")
    assert run(hub, "trash", "list") == "The trash is empty.\n"


@pytest.mark.parametrize(
    "words",
    [
        ("delete", "ASK999", NIGHT),
        ("delete", "ASK001", "yesterday"),
        ("delete", "ASK001", NIGHT, "../../etc"),
        ("trash", "restore", "ASK999", NIGHT),
    ],
)
def test_what_cannot_be_meant_is_refused(hub, camera, words):
    done = CliRunner().invoke(main, ["--data", str(hub.settings.data), *words])
    assert done.exit_code in (1, 2)
    assert "Error" in done.output
