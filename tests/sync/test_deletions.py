"""What the owner deletes on the hub is never sent again, whatever the camera does; what is taken back comes again."""

import datetime as dt

import pytest

from edge.config import parse
from edge.deletions import Deletions
from edge.store import FrameRecord
from edge.store_events import add_event

from .sky import event
from .world import NIGHT, START, jpeg

KEEPS = {"disk": {"follow_deletions": False}}


def told(camera):
    """Let the camera send all and hear of all."""
    camera.run_until_sent()
    camera.run(minutes=3)


def keeping(camera, **more):
    """Give a camera that has not begun other settings."""
    raw = camera.raw | more
    camera.settings = parse(raw).model_copy(update={"data": camera.settings.data})
    return camera


def test_the_settings_may_keep_what_is_here(camera, hub):
    keeping(camera, **KEEPS).make("keogram")
    told(camera)
    hub.run("delete", camera.id, NIGHT, "keogram")
    told(camera)
    assert (camera.store.products_folder(NIGHT) / "keogram").exists()
    assert hub.products(camera.id) == {}


def test_what_is_taken_back_and_still_here_is_sent_again(camera, hub):
    keeping(camera, **KEEPS).make("keogram")
    told(camera)
    hub.run("delete", camera.id, NIGHT, "keogram")
    told(camera)
    camera.make("keogram", rev=2)
    told(camera)
    assert hub.products(camera.id) == {}
    hub.run("trash", "restore", camera.id, NIGHT, "keogram")
    told(camera)
    assert hub.products(camera.id) == camera.made


def test_what_is_taken_back_and_gone_here_is_made_anew_from_the_frames(camera, hub):
    camera.make("keogram")
    camera.store.add_frame(FrameRecord("frames/x.jpg", NIGHT, START, 64, 48, 1000))
    camera.store.finish_night(NIGHT, START)
    told(camera)
    hub.run("delete", camera.id, NIGHT)
    told(camera)
    assert camera.store.unfinished_nights() == []
    hub.run("trash", "restore", camera.id, NIGHT)
    told(camera)
    assert camera.store.unfinished_nights() == [NIGHT]
    assert camera.outbox.dead() == []
    camera.make("keogram", rev=2)
    told(camera)
    assert hub.products(camera.id) == camera.made


def test_a_product_that_is_refused_as_deleted_is_withheld_before_the_next_heartbeat(
    camera, hub
):
    camera.make("keogram")
    told(camera)
    hub.run("delete", camera.id, NIGHT, "keogram")
    camera.make("keogram", rev=2)
    for _ in range(8):  # no time passes, so that no heartbeat is due
        camera.step()
    assert [one.kind for one in camera.outbox.withheld()] == ["keogram"]
    assert hub.products(camera.id) == {}
    assert camera.waiting() == 0
    assert camera.outbox.dead() == []


def test_one_archive_picture_takes_its_frame_with_it_and_no_other(camera, hub):
    parts = {}
    for minute in (0, 10):
        taken = START + dt.timedelta(minutes=minute, milliseconds=300)
        part = f"{taken:%Y%m%dT%H%M%SZ}"
        path = camera.store.frame_path(NIGHT, taken)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(part))
        name = str(path.relative_to(camera.store.data))
        camera.store.add_frame(FrameRecord(name, NIGHT, taken, 160, 160, 900))
        content = camera.store.products_folder(NIGHT) / f"{part}.jpg"
        parts[part] = path, content
        (camera.store.products_folder(NIGHT) / "frame").mkdir(parents=True, exist_ok=True)  # fmt: skip
        camera.make(f"frame/{part}")
    told(camera)
    assert len(hub.products(camera.id)) == 2
    first, second = sorted(parts)
    hub.run("delete", camera.id, NIGHT, f"frame/{first}")
    told(camera)
    assert hub.products(camera.id).keys() == {f"{NIGHT}/frame/{second}"}
    assert [path.exists() for path, _ in (parts[first], parts[second])] == [False, True]
    assert len(camera.store.frames(NIGHT)) == 1


def test_a_deleted_event_stays_away(camera, hub):
    picture = "products/meteor.jpg"
    path = camera.store.data / picture
    path.parent.mkdir(parents=True)
    path.write_bytes(jpeg("meteor"))
    add_event(camera.store, event(picture))
    told(camera)
    with hub.database() as db:
        assert [row["id"] for row in db.query("SELECT id FROM events")] == ["meteor-1"]
    hub.run("delete", camera.id, NIGHT, "event/meteor-1")
    told(camera)
    assert not path.exists()
    camera.store.db.execute("UPDATE events SET rev = 2")
    camera.store.db.conn.commit()
    told(camera)
    with hub.database() as db:
        assert list(db.query("SELECT id FROM events")) == []


def test_a_crash_before_the_cursor_is_kept_obeys_again(camera, hub, monkeypatch):
    camera.make("keogram")
    told(camera)
    hub.run("delete", camera.id, NIGHT, "keogram")

    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("edge.deletions.set_position", die)
    with pytest.raises(KeyboardInterrupt):
        camera.run(minutes=3)
    monkeypatch.undo()
    camera.restart()
    told(camera)
    deletions = Deletions(camera.store, camera.outbox, camera.settings)
    assert deletions.cursor > 0
    assert hub.products(camera.id) == {}


def test_a_hub_restored_from_an_older_backup_has_a_smaller_cursor(camera, hub):
    camera.make("keogram")
    told(camera)
    hub.run("delete", camera.id, NIGHT, "keogram")
    told(camera)
    with hub.database() as db:
        db.execute("DELETE FROM tombstones")
        db.conn.commit()
    told(camera)
    deletions = Deletions(camera.store, camera.outbox, camera.settings)
    assert deletions.cursor == 0
