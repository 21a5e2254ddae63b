"""What was deleted on the hub stays deleted: a tombstone is not resurrected, whatever the camera believes."""

import datetime as dt
import shutil

import pytest

from products.manifest import sha256_hex

from .test_keys import at_once
from .world import (
    NIGHT,
    START,
    jpeg,
    nothing_is_sent_again,
    nothing_lost_and_nothing_twice,
)

KEY = f"{NIGHT}/startrails"


@pytest.fixture
def deleted(camera, hub):
    """Return a camera of whose two products one was deleted on the hub, before it has heard of it."""
    camera.make("keogram")
    camera.make("startrails")
    camera.see_meteor("m-1")
    camera.run_until_sent()
    hub.run("delete", camera.id, NIGHT, "startrails")
    del camera.made[KEY]
    return camera


def test_a_new_revision_does_not_bring_back_what_was_deleted(deleted, proxy, hub):
    deleted.make("startrails", rev=2)
    del deleted.made[KEY]
    deleted.run(minutes=5)
    nothing_lost_and_nothing_twice(deleted, deleted.id, hub)
    nothing_is_sent_again(deleted, proxy)
    deleted.make("startrails", rev=3)
    del deleted.made[KEY]
    deleted.run(minutes=30)
    nothing_lost_and_nothing_twice(deleted, deleted.id, hub)


def test_the_copy_of_the_camera_goes_too_and_its_other_products_stay(deleted, hub):
    folder = deleted.store.products_folder(NIGHT)
    assert (folder / "startrails").exists()
    deleted.run(minutes=5)
    assert not (folder / "startrails").exists()
    assert (folder / "keogram").exists()


def test_a_camera_that_lost_its_database_does_not_bring_it_back(
    deleted, hub, proxy, tmp_path
):
    deleted.run(minutes=5)
    deleted.close()
    for file in deleted.settings.data.glob("edge.db*"):
        file.unlink()
    key = (deleted.folder / "hub.key").read_text().strip()
    again = type(deleted)(deleted.folder, proxy.url, key)
    keogram = jpeg("another keogram")
    again.make("keogram", rev=1, content=keogram)
    again.make("startrails", rev=1)
    again.run(minutes=30)
    published = hub.products(deleted.id)
    assert published.keys() == {f"{NIGHT}/keogram"}
    rev, sha256 = published[f"{NIGHT}/keogram"]
    assert rev > 1
    assert sha256 == sha256_hex(keogram)
    assert again.waiting() == 0
    again.close()


def test_a_deletion_and_a_new_revision_at_once_end_in_the_deletion(camera, call, hub):
    for rev in range(1, 7):
        content = jpeg(f"{camera.id} {rev}")
        call.put_blob(content)
        at_once(
            lambda content=content, rev=rev: call.publish(KEY, content, rev),
            lambda: hub.run("delete", camera.id, NIGHT, "startrails"),
        )
        assert hub.products(camera.id) == {}
        refused = call.publish(KEY, content, rev + 100)
        assert (refused.status_code, refused.json()["code"]) == (410, "deleted")
        hub.run("trash", "restore", camera.id, NIGHT, "startrails")


def test_a_deletion_that_is_undone_lets_the_camera_send_again(deleted, hub, proxy):
    deleted.run(minutes=5)
    hub.run("trash", "restore", deleted.id, NIGHT, "startrails")
    deleted.run(minutes=5)
    deleted.make("startrails", rev=9)
    deleted.run_until_sent()
    nothing_lost_and_nothing_twice(deleted, deleted.id, hub)
    nothing_is_sent_again(deleted, proxy)


def test_a_deleted_event_and_a_deleted_night_stay_away(camera, hub, proxy):
    camera.make("keogram")
    for name in ("m-1", "m-2"):
        camera.see_meteor(name)
    camera.run_until_sent()
    hub.run("delete", camera.id, NIGHT, "event/m-1")
    camera.run(minutes=5)
    del camera.seen["m-1"]
    nothing_lost_and_nothing_twice(camera, camera.id, hub)
    hub.run("delete", camera.id, NIGHT)
    camera.run(minutes=5)
    camera.made.clear()
    camera.seen.clear()
    nothing_is_sent_again(camera, proxy)
    nothing_lost_and_nothing_twice(camera, camera.id, hub)


def test_a_hub_restored_from_a_backup_is_filled_again_by_itself(
    camera, hub, proxy, tmp_path
):
    camera.measure(300)
    camera.make("keogram")
    camera.run_until_sent()
    hub.stop()
    shutil.copytree(hub.settings.data, tmp_path / "backup")
    hub.start()
    camera.measure(600, START + dt.timedelta(hours=1))
    camera.make("keogram", rev=2)
    camera.make("startrails")
    camera.see_meteor("m-1")
    camera.run_until_sent()
    hub.run("delete", camera.id, NIGHT, "startrails")
    camera.run(minutes=5)
    del camera.made[KEY]
    hub.stop()
    shutil.rmtree(hub.settings.data)
    shutil.copytree(tmp_path / "backup", hub.settings.data)
    hub.start()
    camera.run(minutes=8 * 60)  # beyond midnight: the day is over
    camera.run_until_sent()
    nothing_lost_and_nothing_twice(camera, camera.id, hub)
    nothing_is_sent_again(camera, proxy)
