import pytest

from hub.db import blobs, events
from products.manifest import Event, event_sha256, night_digest, sha256_hex

NIGHT = "2026-11-20"
METEOR = {
    "rev": 1,
    "kind": "meteor",
    "state": "candidate",
    "night": NIGHT,
    "taken_utc": f"{NIGHT}T23:00:00Z",
    "facts": {"length_px": 40.5, "ends": [[1, 2], [30, 40]]},
}


def put(camera, event_id="m-20261120T230000Z.1", **changes):
    return camera.call("PUT", f"events/{event_id}", json=METEOR | changes)


def assert_problem(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


def picture_of(content):
    return {
        "sha256": sha256_hex(content),
        "size": len(content),
        "type": "image/jpeg",
    }


def of_night(hub, camera, night=NIGHT):
    with hub.database() as db:
        return events.events_of_night(db, camera.id, night)


def test_an_event_is_new_once_and_then_the_same(hub, camera):
    first, again = put(camera), put(camera, unknown_field=1)
    assert (first.status_code, again.status_code) == (201, 200)
    (one,) = of_night(hub, camera)
    assert (one.id, one.event.facts["length_px"]) == ("m-20261120T230000Z.1", 40.5)


def test_revisions_only_grow(hub, camera):
    put(camera, rev=3)
    said = assert_problem(put(camera, rev=2), 409, "older_revision")
    assert said["rev"] == 3
    said = assert_problem(put(camera, rev=3, state="airplane"), 409, "revision_differs")
    assert said["rev"] == 3
    assert put(camera, rev=4, state="airplane").status_code == 201
    (one,) = of_night(hub, camera)
    assert one.event.state == "airplane"


def test_its_picture_comes_first_and_is_shown(hub, camera, make_jpeg):
    picture = make_jpeg(1, (96, 64))
    said = assert_problem(
        put(camera, picture=picture_of(picture)), 409, "missing_blobs"
    )
    assert said["missing"] == [sha256_hex(picture)]
    camera.put_blob(picture)
    assert put(camera, picture=picture_of(picture)).status_code == 201
    assert hub.get(f"/b/{sha256_hex(picture)}.jpg").content == picture


def test_a_picture_that_was_replaced_goes(hub, camera, make_jpeg):
    old, new = make_jpeg(2, (96, 64)), make_jpeg(3, (96, 64))
    for rev, picture in enumerate((old, new), start=1):
        camera.put_blob(picture)
        put(camera, rev=rev, picture=picture_of(picture))
    assert camera.call("HEAD", f"blobs/{sha256_hex(old)}").status_code == 404
    with hub.database() as db:
        assert blobs.published_blob(db, sha256_hex(new))


def test_an_event_whose_time_was_put_right_changes_its_night(hub, camera, make_jpeg):
    picture = make_jpeg(4, (96, 64))
    camera.put_blob(picture)
    put(camera, picture=picture_of(picture))
    moved = {"night": "2026-11-18", "taken_utc": "2026-11-18T23:00:00Z"}
    assert put(camera, rev=2, picture=picture_of(picture), **moved).status_code == 201
    assert of_night(hub, camera) == []
    assert len(of_night(hub, camera, "2026-11-18")) == 1
    assert camera.call("HEAD", f"blobs/{sha256_hex(picture)}").status_code == 200


def test_events_are_part_of_the_digest_of_their_night(camera, make_jpeg):
    content = make_jpeg(5)
    camera.put_blob(content)
    camera.put_product(f"{NIGHT}/keogram", content)
    put(camera, "m1")
    held = {
        f"{NIGHT}/keogram": sha256_hex(content),
        f"{NIGHT}/event/m1": event_sha256(Event.model_validate(METEOR)),
    }
    hello = {"agent": "test", "time": f"{NIGHT}T23:00:00Z"}
    for digest, differs in ((night_digest(held), []), (night_digest({}), [NIGHT])):
        said = camera.call("POST", "hello", json=hello | {"digests": {NIGHT: digest}})
        assert said.json()["nights"] == differs


def test_of_other_cameras_an_id_means_another_event(hub, camera, other_camera):
    assert put(camera).status_code == put(other_camera).status_code == 201
    assert len(of_night(hub, camera)) == 1


@pytest.mark.parametrize(
    ("event_id", "changes", "status", "code"),
    [
        (".hidden", {}, 422, "invalid"),
        ("x" * 65, {}, 422, "invalid"),
        ("<b>", {}, 422, "invalid"),
        ("m1", {"rev": 0}, 422, "invalid"),
        ("m1", {"kind": "<script>"}, 422, "invalid"),
        ("m1", {"night": "2026-13-01"}, 422, "invalid"),
        ("m1", {"night": "2026-11-25"}, 422, "invalid"),
        ("m1", {"taken_utc": "2026-11-20T23:00:00"}, 422, "invalid"),
        ("m1", {"night": "2199-01-01", "taken_utc": "2199-01-01T23:00:00Z"}, 422, "invalid"),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused(camera, event_id, changes, status, code):
    assert_problem(put(camera, event_id, **changes), status, code)


def test_facts_that_should_be_a_file_are_refused(camera, make_jpeg):
    facts = {"track": list(range(30_000))}
    assert_problem(put(camera, facts=facts), 413, "too_large")
    camera.put_blob(make_jpeg(6))
    answer = camera.put_product(f"{NIGHT}/keogram", make_jpeg(6), facts=facts)
    assert_problem(answer, 413, "too_large")


def test_a_picture_is_an_image(camera):
    video = {"sha256": "0" * 64, "size": 9, "type": "video/mp4"}
    assert_problem(put(camera, picture=video), 422, "wrong_type")
