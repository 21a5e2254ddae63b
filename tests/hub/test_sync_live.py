import datetime as dt
import os
import time

from hub.db import products
from products.manifest import sha256_hex

TAKEN = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)


def live_folder(hub, camera):
    return hub.settings.data / "live" / camera.id


def test_the_newest_frame_is_stored_with_its_smaller_versions(hub, camera, make_jpeg):
    image, small = make_jpeg(1, (1200, 1200)), make_jpeg(1, (480, 480))
    answer = camera.put_live(TAKEN, image, **{"480": ("s.jpg", small)})
    assert answer.json() == {"stored": sha256_hex(image)}
    with hub.database() as db:
        live = products.live_frame(db, camera.id)
    assert live.taken_utc == TAKEN
    assert live.variants == {"480": sha256_hex(small)}
    assert (live.facts.width, live.facts.gain) == (1200, 2.5)


def test_an_older_frame_is_ignored(hub, camera, make_jpeg):
    camera.put_live(TAKEN, make_jpeg(2))
    for moment in (TAKEN, TAKEN - dt.timedelta(seconds=1)):
        answer = camera.put_live(moment, make_jpeg(3))
        assert answer.status_code == 200
        assert answer.json() == {"ignored": "stale"}
    with hub.database() as db:
        assert products.live_frame(db, camera.id).sha256 == sha256_hex(make_jpeg(2))


def test_old_files_go_after_a_minute_and_not_before(hub, camera, make_jpeg):
    frames = [make_jpeg(shade) for shade in range(4, 7)]
    for minute, frame in enumerate(frames[:2]):
        camera.put_live(TAKEN + dt.timedelta(minutes=minute), frame)
    folder = live_folder(hub, camera)
    assert len(list(folder.iterdir())) == 2
    an_hour_ago = time.time() - 3600
    os.utime(folder / sha256_hex(frames[0]), (an_hour_ago, an_hour_ago))
    camera.put_live(TAKEN + dt.timedelta(minutes=2), frames[2])
    left = {path.name for path in folder.iterdir()}
    assert left == {sha256_hex(frame) for frame in frames[1:]}


def test_a_frame_from_the_future_is_refused(camera, make_jpeg):
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=6)
    answer = camera.put_live(soon, make_jpeg(7))
    assert (answer.status_code, answer.json()["code"]) == (422, "future")


def test_a_damaged_frame_leaves_the_last_one(hub, camera, make_jpeg):
    camera.put_live(TAKEN, make_jpeg(8))
    later, damaged = TAKEN + dt.timedelta(minutes=1), make_jpeg(9)[:9000]
    answer = camera.put_live(later, damaged)
    assert (answer.status_code, answer.json()["code"]) == (422, "unfit_file")
    with hub.database() as db:
        assert products.live_frame(db, camera.id).taken_utc == TAKEN


def test_parts_that_are_missing_are_named(camera, make_jpeg):
    for files in ({"image": make_jpeg(10)}, {"facts": (None, "{}")}):
        answer = camera.call("PUT", "live", files=files)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.status_code in (400, 422)
    facts = f'{{"taken_utc": "{TAKEN.isoformat()}", "night": "2026-11-21"}}'
    answer = camera.call("PUT", "live", files={"facts": (None, facts)})
    assert "image" in answer.json()["detail"]
