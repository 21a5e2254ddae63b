"""A hub that lost something is filled again by itself, from what the camera still has."""

import datetime as dt
import logging
import shutil

import pytest

from edge.config import parse
from hub.db import cameras

from .hubs import LocalHub
from .world import NIGHT, START, Camera, nothing_lost_and_nothing_twice

OLDER = [(START.date() - dt.timedelta(days=n)).isoformat() for n in range(1, 33)]
NEXT_DAY = START + dt.timedelta(hours=7)


@pytest.fixture(scope="module")
def own_hub(tmp_path_factory):
    """Return a hub that these tests may empty."""
    hub = LocalHub(tmp_path_factory.mktemp("own"))
    yield hub
    hub.stop()


@pytest.fixture
def roof(tmp_path, own_hub):
    """Return a camera that sends to it; its ID is ``roof.id``."""
    camera_id, key = own_hub.new_camera()
    camera = Camera(tmp_path / "roof", own_hub.url, key)
    camera.id = camera_id
    yield camera
    camera.close()


def empty(hub):
    """Lose all that the hub has, but for the cameras and their keys, as with a new disk."""
    with hub.database() as db:
        keys = [dict(row) for row in db.query("SELECT * FROM keys")]
    hub.stop()
    shutil.rmtree(hub.settings.data)
    hub.start()
    with hub.database() as db:
        for camera_id in {one["camera_id"] for one in keys}:
            cameras.add_camera(db, camera_id, "Roof", START)
        db.table("keys").insert_all(keys)


def all_sent(camera):
    """Let the camera send on the day after, until it and the hub have found each other to agree."""
    for _ in range(2):
        camera.run_until_sent()
        wait = NEXT_DAY - camera.clock.now()
        camera.clock.sleep(wait.total_seconds())
        camera.run(minutes=4)
    camera.run_until_sent()


def test_an_emptied_hub_is_filled_with_products_and_readings_of_all_nights(
    roof, own_hub
):
    roof.measure(1500)
    for night in (NIGHT, *OLDER):
        roof.make("keogram", night=night)
    roof.make("startrails")
    all_sent(roof)
    nothing_lost_and_nothing_twice(roof, roof.id, own_hub)
    empty(own_hub)
    assert own_hub.products(roof.id) == {}
    all_sent(roof)
    nothing_lost_and_nothing_twice(roof, roof.id, own_hub)


def test_it_is_filled_again_whenever_it_is_emptied(roof, own_hub):
    roof.measure(30)
    roof.make("keogram")
    for _ in range(2):
        all_sent(roof)
        nothing_lost_and_nothing_twice(roof, roof.id, own_hub)
        empty(own_hub)


def test_a_restart_of_the_sender_changes_nothing(roof, own_hub):
    roof.measure(30)
    roof.make("keogram")
    all_sent(roof)
    roof.restart()
    empty(own_hub)
    all_sent(roof)
    nothing_lost_and_nothing_twice(roof, roof.id, own_hub)


def test_what_is_no_longer_here_is_said_once_and_holds_up_nothing(
    roof, own_hub, caplog
):
    roof.make("keogram")
    roof.make("startrails")
    all_sent(roof)
    (roof.store.products_folder(NIGHT) / "startrails").unlink()
    empty(own_hub)
    with caplog.at_level(logging.WARNING):
        all_sent(roof)
        roof.restart()
        all_sent(roof)
    assert own_hub.products(roof.id).keys() == {f"{NIGHT}/keogram"}
    assert caplog.text.count(f"The hub lost {NIGHT}/startrails") == 1
    assert roof.outbox.dead() == []


def test_what_the_hub_has_is_not_missed_when_it_is_no_longer_here(
    roof, own_hub, caplog
):
    roof.make("keogram")
    roof.make("startrails")
    all_sent(roof)
    (roof.store.products_folder(NIGHT) / "startrails").unlink()
    with own_hub.database() as db:
        db.execute("DELETE FROM products WHERE kind = 'keogram'")
        db.conn.commit()
    with caplog.at_level(logging.WARNING):
        all_sent(roof)
    assert own_hub.products(roof.id) == roof.made
    assert "lost" not in caplog.text


def test_a_camera_and_a_hub_that_agree_send_nothing_again(roof, own_hub, caplog):
    roof.measure(200)
    roof.make("keogram")
    roof.make("month-keogram", night=f"{NIGHT[:8]}01")
    with caplog.at_level(logging.INFO):
        all_sent(roof)
        all_sent(roof)
    assert "again" not in caplog.text
    nothing_lost_and_nothing_twice(roof, roof.id, own_hub)


def test_refused_and_private_readings_make_no_day_differ(tmp_path, own_hub, caplog):
    camera_id, key = own_hub.new_camera()
    camera = Camera(tmp_path / "private", own_hub.url, key)
    sensor = {"name": "secret", "driver": "simulated-climate", "public": False}
    raw = camera.raw | {"sensors": [sensor]}
    camera.settings = parse(raw).model_copy(update={"data": camera.settings.data})
    camera.measure(40)
    for name, moment in (("secret", START), ("outside0", START + dt.timedelta(days=9))):
        one = {"sensor": name, "quantity": "humidity", "value": 1.0, "unit": "%"}
        camera.store.add_readings(moment, [one])
    with caplog.at_level(logging.INFO):
        all_sent(camera)
        all_sent(camera)
    camera.close()
    assert "sent again" not in caplog.text
    assert own_hub.readings(camera_id) == camera.measured


def test_a_day_of_which_old_readings_went_here_is_asked_for_once(roof, own_hub, caplog):
    roof.measure(100)
    all_sent(roof)
    with roof.store.db.conn:
        roof.store.db.execute("DELETE FROM readings WHERE id <= 60")
    empty(own_hub)
    with caplog.at_level(logging.INFO):
        all_sent(roof)
        roof.restart()
        all_sent(roof)
    assert sum(own_hub.readings(roof.id).values()) == 40
    assert caplog.text.count(f"other readings of {NIGHT}") == 1


def test_a_camera_that_lost_its_database_outruns_the_revisions_of_the_hub(
    roof, own_hub
):
    roof.make("keogram", rev=7)
    roof.make("startrails", rev=7)
    all_sent(roof)
    roof.close()
    for path in roof.settings.data.glob("edge.db*"):
        path.unlink()
    before = own_hub.products(roof.id)
    key = (roof.folder / "hub.key").read_text().strip()
    again = Camera(roof.folder, own_hub.url, key)
    again.clock.sleep(3600)
    assert again.outbox.ledger.nights() == []
    content = (again.store.products_folder(NIGHT) / "keogram").read_bytes()
    keogram = again.make("keogram", rev=1, content=content)
    startrails = again.make("startrails", rev=1)
    all_sent(again)
    held = own_hub.products(roof.id)
    assert held[f"{NIGHT}/startrails"] == (8, startrails.sha256)
    assert held[f"{NIGHT}/keogram"] == (8, keogram.sha256)
    assert held[f"{NIGHT}/keogram"][1] == before[f"{NIGHT}/keogram"][1]
    assert again.outbox.dead() == []
    assert again.store.next_revision(NIGHT) == 9
    again.make("keogram", rev=9)
    all_sent(again)
    assert own_hub.products(roof.id)[f"{NIGHT}/keogram"][0] == 9
    again.close()
