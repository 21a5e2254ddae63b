"""Whose is it? Two workers and one file, the key of another camera, a key that is revoked in the middle."""

import contextlib
import http.client
import threading

import pytest

from hub.db import keys
from products.manifest import sha256_hex

from ..fakes.faulty_proxy import NONE
from .hubs import Caller, until
from .world import NIGHT, START, jpeg, nothing_lost_and_nothing_twice


def at_once(*works):
    """Do several things at the same moment; return what each of them returned."""
    gate, results = threading.Barrier(len(works)), [None] * len(works)

    def do(index, work):
        gate.wait()
        results[index] = work()

    threads = [
        threading.Thread(target=do, args=(index, work))
        for index, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def revoke(hub, call):
    with hub.database() as db:
        keys.revoke_key(db, sha256_hex(call.key.encode()), START)


@contextlib.contextmanager
def half_sent(hub, call, content, method="PUT", **headers):
    """Begin to send a file, and yield the open line when the hub has begun to write it."""
    line = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=20)
    line.putrequest(method, f"/api/v1/sync/blobs/{sha256_hex(content)}")
    headers |= {
        "Authorization": f"Bearer {call.key}",
        "Content-Length": str(len(content)),
        "Content-Type": "image/jpeg",
    }
    for name, value in headers.items():
        line.putheader(name.replace("_", "-"), value)
    line.endheaders(content[: len(content) // 2])
    until(hub.unfinished, "the hub begins to write")
    with contextlib.closing(line):
        yield line


@pytest.mark.parametrize("seed", range(3))
def test_two_workers_and_one_file_store_it_once(hub, camera, call, seed):
    content = jpeg(f"{camera.id} both {seed}", noise=700)
    answers = at_once(*[lambda: call.put_blob(content)] * 6)
    assert {one.status_code for one in answers} <= {200, 201}
    assert [one.status_code for one in answers].count(201) == 1
    assert sha256_hex(content) in hub.files()
    assert not hub.unfinished()


def test_two_cameras_with_the_same_file_each_have_to_send_it(
    hub, camera, call, new_camera
):
    content = jpeg("the same for both")
    other = Caller(hub.url, hub.new_camera()[1])
    assert call.put_blob(content).status_code == 201
    # Whoever only knows the name of a file learns nothing of it, and cannot publish it.
    assert other("HEAD", f"blobs/{sha256_hex(content)}").status_code == 404
    stolen = other.publish(f"{NIGHT}/keogram", content)
    assert (stolen.status_code, stolen.json()["code"]) == (409, "missing_blobs")
    assert at_once(
        lambda: other.put_blob(content).status_code,
        lambda: call.put_blob(content).status_code,
    ) == [201, 200]


def test_two_senders_publish_at_once_and_the_newest_revision_stays(hub, camera, call):
    contents = {rev: jpeg(f"{camera.id} {rev}") for rev in range(1, 9)}
    for content in contents.values():
        call.put_blob(content)
    key = f"{NIGHT}/keogram"
    works = [
        lambda rev=rev, content=content: call.publish(key, content, rev)
        for rev, content in contents.items()
    ]
    answers = at_once(*works)
    assert {one.status_code for one in answers} <= {201, 409}
    assert hub.products(camera.id) == {key: (8, sha256_hex(contents[8]))}


def test_the_key_of_another_camera_changes_nothing_of_mine(hub, camera, call):
    other_id, key = hub.new_camera()
    content, others = jpeg(f"{camera.id} mine"), Caller(hub.url, key)
    call.put_blob(content)
    call.publish(f"{NIGHT}/keogram", content)
    mine = hub.products(camera.id)
    better = jpeg(f"{other_id} better")
    assert others.put_blob(better).status_code == 201
    assert others.publish(f"{NIGHT}/keogram", better, rev=9).status_code == 201
    assert hub.products(camera.id) == mine
    assert hub.products(other_id).keys() == mine.keys()
    hello = {"agent": "a", "time": START.isoformat(), "digests": {NIGHT: "0" * 64}}
    assert others("POST", "hello", json=hello).json()["nights"] == [NIGHT]
    assert call("HEAD", f"blobs/{sha256_hex(better)}").status_code == 404


def test_a_key_that_is_revoked_in_the_middle_of_a_file_ends_with_it(hub, camera, call):
    content = jpeg(f"{camera.id} revoked", noise=1400)
    with half_sent(hub, call, content) as line:
        revoke(hub, call)
        line.send(content[len(content) // 2 :])
        line.getresponse().read()
    refused = call.publish(f"{NIGHT}/keogram", content)
    assert (refused.status_code, refused.json()["code"]) == (401, "revoked_key")
    assert hub.products(camera.id) == {}
    assert not hub.unfinished()


def test_a_camera_goes_on_with_a_new_key_where_the_revoked_one_stopped(
    hub, camera, call, proxy
):
    camera.measure(1200)
    camera.make("keogram", content=jpeg("large", noise=900))
    camera.make("startrails")

    def revoke_at_the_last_file(request):
        if request.method == "PUT" and sum(_is_file(one) for one in proxy.passed) == 4:
            revoke(hub, call)
        return NONE

    proxy.plan = revoke_at_the_last_file
    camera.run(minutes=10)
    assert camera.store.states()["sync"].state == "key refused"
    assert camera.waiting()
    with hub.database() as db:
        key = keys.add_key(db, camera.id, START)
    (camera.folder / "hub.key").write_text(f"{key}\n")
    camera.run_until_sent()
    nothing_lost_and_nothing_twice(camera, camera.id, hub)


def _is_file(passed):
    return passed.method == "PUT" and "/sync/blobs/" in passed.path
