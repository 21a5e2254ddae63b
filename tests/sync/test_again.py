"""Once is once: what is sent twice, answered in vain, damaged or overtaken on the way."""

import gzip
import json

import pytest

from products.manifest import content_digest, sha256_hex

from ..fakes.faulty_proxy import NONE, Fault
from .senders import Nursery
from .world import NIGHT, jpeg, nothing_lost_and_nothing_twice, point

NO_POINTS = b'{"points": []}'


def only(kind, method, path, *, times=1, **more):
    """Return a plan that does one thing to the first requests for an address, and nothing to all others."""
    left = [times]

    def plan(request):
        if request.method != method or path not in request.path or not left[0]:
            return NONE
        left[0] -= 1
        return Fault(kind, **more)

    return plan


def post(call, *points, **more):
    body = gzip.compress(json.dumps({"points": points} | more).encode())
    return call("POST", "readings", data=body, headers={"Content-Encoding": "gzip"})


def test_the_same_batch_twice_is_stored_once(call, camera, hub):
    batch = [point(n, value=n / 4) for n in range(500)]
    first, second = post(call, *batch), post(call, *batch)
    assert first.json()["accepted"] == 500
    assert (second.json()["accepted"], second.json()["duplicate"]) == (0, 500)
    assert len(hub.readings(camera.id)) == 500
    counted = {NIGHT: 500}
    hello = {"agent": "a", "time": point()["time"], "readings": counted}
    assert call("POST", "hello", json=hello).json()["days"] == []


@pytest.mark.parametrize(
    ("kind", "times"),
    [("twice", 1), ("lose_answer", 3), ("cut_answer", 3), ("echo", 1)],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sync/hello"),
        ("POST", "/sync/readings"),
        ("PUT", "/sync/blobs/"),
        ("PUT", "/sync/products/"),
    ],
)
def test_after_a_lost_answer_everything_is_there_once(
    kind, times, method, path, camera, proxy, hub
):
    camera.measure(700)
    camera.make("keogram")
    proxy.plan = only(kind, method, path, times=times)
    camera.run_until_sent()
    proxy.deliver_late(everything=True)
    assert proxy.faults()[kind] == times
    nothing_lost_and_nothing_twice(camera, camera.id, hub)


def test_a_corrupted_byte_is_noticed_and_the_file_sent_again(camera, proxy, hub):
    manifest = camera.make("keogram", content=jpeg("grain", noise=300))
    proxy.plan = only("corrupt", "PUT", "/sync/blobs/", times=2, at=0.7)
    camera.run_until_sent()
    refused = [one for one in proxy.passed if one.fault == "corrupt"]
    assert [one.status for one in refused] == [422, 422]
    assert manifest.sha256 in hub.files()
    assert not hub.unfinished()
    nothing_lost_and_nothing_twice(camera, camera.id, hub)


def test_corrupted_readings_are_never_stored(camera, proxy, hub):
    camera.measure(900)
    proxy.plan = only("corrupt", "POST", "/sync/readings", at=0.6)
    camera.run_until_sent()
    assert proxy.faults()["corrupt"] == 1
    nothing_lost_and_nothing_twice(camera, camera.id, hub)


def test_a_single_reading_that_was_damaged_on_the_way_is_not_given_up(
    camera, proxy, hub
):
    camera.measure(1)
    proxy.plan = only("corrupt", "POST", "/sync/readings", times=3, at=0.9)
    camera.run_until_sent()
    assert proxy.faults()["corrupt"] == 3
    nothing_lost_and_nothing_twice(camera, camera.id, hub)


def test_a_damaged_manifest_that_still_reads_well_is_refused(camera, proxy, hub):
    manifest = camera.make("keogram", rev=3)
    told = manifest.model_dump_json(exclude_none=True)
    at = (told.index('"rev":3') + len('"rev":')) / (len(told) - 1)
    proxy.plan = only("corrupt", "PUT", "/sync/products/", at=at)
    camera.run_until_sent()
    assert [one.status for one in proxy.passed if one.fault == "corrupt"] == [422]
    nothing_lost_and_nothing_twice(camera, camera.id, hub)


@pytest.mark.parametrize(
    ("digest", "status"),
    [
        ("sha-256=:AAAA:", 422),
        ("md5=:AAAA:, " + content_digest(b"{}"), 422),
        (content_digest(NO_POINTS), 200),
        ("sha-512=:AAAA:, " + content_digest(NO_POINTS), 200),
        ("sha-512=:AAAA:", 200),
        ("", 200),
    ],
)
def test_a_message_is_held_against_its_digest(digest, status, call):
    headers = {"Content-Digest": digest}
    answer = call("POST", "readings", data=NO_POINTS, headers=headers)
    assert answer.status_code == status
    if status == 422:
        assert (answer.json()["code"], answer.json()["retryable"]) == (
            "wrong_hash",
            True,
        )


def test_an_older_revision_after_a_newer_one_changes_nothing(camera, call, hub):
    contents = [jpeg(f"{camera.id} revision {rev}") for rev in (1, 2, 3)]
    for content in contents:
        call.put_blob(content)
    assert call.publish(f"{NIGHT}/keogram", contents[1], rev=2).status_code == 201
    late = call.publish(f"{NIGHT}/keogram", contents[0], rev=1)
    assert (late.status_code, late.json()["code"]) == (409, "older_revision")
    assert late.json()["rev"] == 2
    other = call.publish(f"{NIGHT}/keogram", contents[2], rev=2)
    assert (other.status_code, other.json()["code"]) == (409, "revision_differs")
    assert hub.products(camera.id) == {f"{NIGHT}/keogram": (2, sha256_hex(contents[1]))}


def test_a_revision_that_is_overtaken_on_the_way_does_not_come_back(camera, proxy, hub):
    camera.make("keogram", rev=1)
    proxy.plan = only("echo", "PUT", "/sync/products/", after=10**6)
    camera.run_until_sent()
    camera.make("keogram", rev=2)
    camera.run_until_sent()
    proxy.deliver_late(everything=True)
    assert [one.status for one in proxy.passed if one.fault == "late"] == [409]
    nothing_lost_and_nothing_twice(camera, camera.id, hub)


def test_a_manifest_before_its_files_names_them_and_publishes_nothing(
    camera, call, hub
):
    content = jpeg(f"{camera.id} early")
    early = call.publish(f"{NIGHT}/keogram", content)
    assert (early.status_code, early.json()["code"]) == (409, "missing_blobs")
    assert early.json()["missing"] == [sha256_hex(content)]
    assert early.json()["retryable"]
    assert hub.products(camera.id) == {}
    assert call.put_blob(content).status_code == 201
    assert call.publish(f"{NIGHT}/keogram", content).status_code == 201


def test_a_hub_that_lost_a_file_is_sent_it_again(camera, proxy, hub):
    manifest = camera.make("keogram")

    def lose_a_file(request):
        if request.method == "PUT" and "/sync/products/" in request.path:
            folder = hub.settings.data / "blobs" / manifest.sha256[:2]
            (folder / manifest.sha256).unlink(missing_ok=not lose_a_file.armed)
            lose_a_file.armed = False
            proxy.plan = lambda _request: NONE
        return NONE

    lose_a_file.armed = True
    proxy.plan = lose_a_file
    camera.run_until_sent()
    assert not lose_a_file.armed
    assert manifest.sha256 in hub.files()
    nothing_lost_and_nothing_twice(camera, camera.id, hub)


def test_fields_of_a_newer_camera_are_ignored_everywhere(camera, call, hub):
    new = {"aurora": {"kp": 7}, "flags": [1, None]}
    content = jpeg(f"{camera.id} newer")
    call.put_blob(content)
    manifest = {
        "rev": 1,
        "sha256": sha256_hex(content),
        "size": len(content),
        "type": "image/jpeg",
        "variants": {},
    }
    event = {
        "rev": 1,
        "kind": "meteor",
        "state": "candidate",
        "night": NIGHT,
        "taken_utc": point()["time"],
    }
    live = json.dumps({"taken_utc": point()["time"], "night": NIGHT, "hue": 3.5, **new})
    answers = [
        call("POST", "hello", json={"agent": "a/9", "time": point()["time"]} | new),
        post(call, point(1, **new), **new),
        call("PUT", f"products/{NIGHT}/keogram", json=manifest | new),
        call("PUT", "events/m-1", json=event | new),
        call("PUT", "live", files={"facts": (None, live), "image": ("x", content)}),
    ]
    assert [one.status_code for one in answers] == [200, 200, 201, 201, 200]
    assert answers[1].json()["accepted"] == 1
    # A quantity and a clock that this hub has never heard of are kept, too.
    assert post(call, point(2, quantity="muon_rate", unit="1/s")).json()["accepted"]
    assert len(hub.readings(camera.id)) == 2


def test_two_senders_of_one_camera_send_nothing_twice(camera, proxy, hub, tmp_path):
    camera.measure(2000)
    for kind in ("keogram", "startrails"):
        for night in (NIGHT, "2026-10-30", "2026-10-31"):
            camera.make(kind, night=night)
    nurseries = [Nursery(tmp_path / "no plan") for _ in range(2)]
    for nursery in nurseries:
        nursery.begin(camera)
    assert [nursery.how_it_ended() for nursery in nurseries] == [0, 0]
    for nursery in nurseries:
        nursery.close()
    nothing_lost_and_nothing_twice(camera, camera.id, hub)
    puts = [one.path for one in proxy.passed if one.method == "PUT"]
    puts = [path for path in puts if not path.endswith("/sync/camera")]
    assert len(puts) == len(set(puts))
    batches = [one for one in proxy.passed if one.path.endswith("/readings")]
    assert len(batches) == 4
