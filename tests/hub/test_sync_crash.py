"""The power fails on the hub: what it has confirmed is there, what it has not can be sent again."""

import datetime as dt
import http.client
import os
import signal
import threading
import time

import pytest
import requests

from products.manifest import sha256_hex

NIGHT = "2026-11-21"


def kill(hub):
    os.killpg(hub.pid, signal.SIGKILL)


def send_half(hub, camera, content):
    """Begin to send a file, and return the open line when the hub has begun to write."""
    line = http.client.HTTPConnection(hub.url.removeprefix("http://"), timeout=5)
    line.putrequest("PUT", f"/api/v1/sync/blobs/{sha256_hex(content)}")
    line.putheader("Authorization", f"Bearer {camera.key}")
    line.putheader("Content-Length", str(len(content)))
    line.putheader("Content-Type", "image/jpeg")
    line.endheaders(content[: len(content) // 2])
    incoming = hub.settings.data / "incoming"
    for _ in range(100):
        if list(incoming.glob("*")):
            return line
        time.sleep(0.05)
    pytest.fail("the hub did not begin to write")


def test_a_hub_killed_in_the_middle_of_a_file_takes_it_afterwards(
    tmp_path, serve_hub, new_camera, make_jpeg
):
    content = make_jpeg(1, (4000, 3000))
    with serve_hub(tmp_path) as hub:
        camera = new_camera(hub)
        line = send_half(hub, camera, content)
        kill(hub)
        line.close()
    assert not list((tmp_path / "blobs").rglob("*"))
    with serve_hub(tmp_path) as hub:
        again = type(camera)(hub, camera.id, camera.key)
        assert again.call("HEAD", f"blobs/{sha256_hex(content)}").status_code == 404
        assert again.put_blob(content).status_code == 201


def publish_until_it_fails(camera, make_jpeg, shades, confirmed):
    """Publish one product after another; append what the hub has confirmed."""
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    for shade in shades:
        content = make_jpeg(shade, (900, 900))
        key = f"{(start + dt.timedelta(days=shade)).date()}/keogram"
        try:
            camera.put_blob(content)
            if camera.put_product(key, content).status_code == 201:
                confirmed.append((key, content))
        except requests.RequestException:
            return


def test_what_was_confirmed_before_a_kill_is_there_after_it(
    tmp_path, serve_hub, new_camera, make_jpeg
):
    confirmed = []
    with serve_hub(tmp_path) as hub:
        camera = new_camera(hub)
        senders = [
            threading.Thread(
                target=publish_until_it_fails,
                args=(camera, make_jpeg, range(first, 40, 2), confirmed),
            )
            for first in range(2)
        ]
        for sender in senders:
            sender.start()
        while len(confirmed) < 12:
            time.sleep(0.01)
        kill(hub)
        for sender in senders:
            sender.join()
    with serve_hub(tmp_path) as hub:
        again = type(camera)(hub, camera.id, camera.key)
        for key, content in confirmed:
            assert hub.get(f"/b/{sha256_hex(content)}.jpg").content == content
            assert again.put_product(key, content).status_code == 200
