"""Events reach the hub once, each with its picture; a later word on one replaces the earlier."""

import hashlib
from dataclasses import replace

import pytest

from edge.outbox_status import queue_facts
from edge.store_event_sending import retry_dead_events, waiting_events
from edge.store_events import CANDIDATE, IN_CLOUDS, add_event
from products.manifest import Event

from .sky import METEOR, event
from .world import NIGHT, START, jpeg

PICTURE = f"products/{NIGHT}/meteors/meteor-1.jpg"


def add(camera, one):
    """Record an event, with its picture if it has one."""
    if one.picture:
        path = camera.store.data / one.picture
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(one.id))
    add_event(camera.store, one)


def held(hub, camera):
    """Return what the hub has of the events: id -> event."""
    sql = "SELECT id, event FROM events WHERE camera_id = ?"
    with hub.database() as db:
        rows = list(db.query(sql, [camera.id]))
    return {row["id"]: Event.model_validate_json(row["event"]) for row in rows}


def sent(camera):
    """Let the camera send all of its events, and one more heartbeat."""
    camera.run(minutes=3)
    assert waiting_events(camera.store) == 0


def test_an_event_arrives_with_its_picture_and_what_was_measured(camera, hub):
    add(camera, event(PICTURE, state=IN_CLOUDS))
    sent(camera)
    (found,) = held(hub, camera).values()
    assert (found.kind, found.state, found.night) == ("meteor", "in_clouds", NIGHT)
    assert found.taken_utc == METEOR.taken_utc
    assert found.facts["start_px"] == [-3.5, 10.0]
    assert found.facts["profile"] == [0.25, 0.5, 0.25]
    assert not found.facts.keys() & {"frame", "picture", "id"}
    assert found.picture.sha256 == hashlib.sha256(jpeg("meteor-1")).hexdigest()
    assert found.picture.sha256 in hub.files()


def test_events_go_before_a_backlog_of_readings_and_products(camera, hub):
    camera.measure(2500)
    camera.make("keogram")
    add(camera, event(PICTURE))
    while not held(hub, camera):
        camera.step()
    assert camera.waiting() == 2501


@pytest.mark.parametrize("picture", [None, PICTURE])
def test_an_event_without_a_picture_or_whose_picture_is_gone_still_arrives(
    camera, hub, picture
):
    add_event(camera.store, event(picture))
    sent(camera)
    (found,) = held(hub, camera).values()
    assert found.picture is None


def test_a_later_revision_replaces_the_earlier_and_nothing_is_sent_again(
    camera, hub, proxy
):
    add(camera, event(PICTURE, state=CANDIDATE))
    sent(camera)
    with camera.store.db.conn:
        camera.store.db.execute("UPDATE events SET rev = 2, state = 'airplane'")
    sent(camera)
    (found,) = held(hub, camera).values()
    assert (found.rev, found.state) == (2, "airplane")


def test_both_sides_agree_on_a_night_with_events(camera, hub, caplog):
    caplog.set_level("INFO")
    camera.make("keogram")
    add(camera, event(PICTURE))
    sent(camera)
    camera.run(minutes=10)
    assert "again" not in caplog.text
    assert hub.products(camera.id) == camera.made


def test_an_event_that_the_hub_lost_is_sent_again(camera, hub):
    add(camera, event(PICTURE))
    add(camera, event(id="meteor-2"))
    sent(camera)
    with hub.database() as db:
        db.execute("DELETE FROM events WHERE id = 'meteor-1'")
        db.execute("DELETE FROM product_blobs WHERE part = 'meteor-1'")
        db.conn.commit()
    camera.run(minutes=5)
    assert held(hub, camera).keys() == {"meteor-1", "meteor-2"}


def test_an_event_of_a_lost_database_outruns_the_hubs_revision(camera, hub):
    add(camera, event(rev=5))
    sent(camera)
    with camera.store.db.conn:
        camera.store.db.execute("DELETE FROM event_sending")
        camera.store.db.execute("UPDATE events SET rev = 1, state = 'satellite'")
    sent(camera)
    (found,) = held(hub, camera).values()
    assert (found.rev, found.state) == (6, "satellite")


def test_events_of_a_withheld_night_stay_here(camera, hub):
    camera.outbox.withhold(NIGHT, "", START)
    add(camera, event(PICTURE))
    sent(camera)
    assert held(hub, camera) == {}
    camera.outbox.release(NIGHT, "", START)
    sent(camera)
    assert held(hub, camera).keys() == {"meteor-1"}


def test_one_that_the_hub_refuses_holds_up_no_other(camera, hub):
    add(camera, replace(event(), id="of the wrong name"))
    add(camera, event(id="meteor-2"))
    sent(camera)
    assert held(hub, camera).keys() == {"meteor-2"}
    (dead,) = queue_facts(camera.store, camera.settings, START)["dead"]
    assert dead["key"] == f"{NIGHT}/event/of the wrong name"
    assert "letters, digits" in dead["reason"]
    assert retry_dead_events(camera.store) == waiting_events(camera.store) == 1
