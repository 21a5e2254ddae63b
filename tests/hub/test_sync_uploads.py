"""Files that come in pieces: resumed after anything, by anybody, whole or not at all."""

import http.client
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.db import uploads
from products.manifest import sha256_hex

NIGHT = "2026-11-21"


def send_piece(camera, content, start, end, **changes):
    headers = {
        "Content-Type": "image/jpeg",
        "Upload-Offset": str(start),
        "Upload-Length": str(len(content)),
    }
    address = f"blobs/{changes.pop('sha256', None) or sha256_hex(content)}"
    headers |= changes.pop("headers", {})
    body = changes.pop("body", content[start:end])
    return camera.call("PATCH", address, data=body, headers=headers)


def head(camera, content):
    return camera.call("HEAD", f"blobs/{sha256_hex(content)}")


def stored(hub, content):
    sha256 = sha256_hex(content)
    return hub.settings.data / "blobs" / sha256[:2] / sha256


def partial(hub, camera, content):
    return hub.settings.data / "uploads" / f"{camera.id}-{sha256_hex(content)}"


def assert_problem(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


def test_a_file_grows_piece_by_piece_and_is_stored_with_the_last(
    hub, camera, make_jpeg
):
    content = make_jpeg(1, (2000, 2000))
    step = len(content) // 5 + 1
    for start in range(0, len(content) - step, step):
        answer = send_piece(camera, content, start, start + step)
        assert answer.status_code == 204
        assert answer.headers["Upload-Offset"] == str(start + step)
        assert not stored(hub, content).exists()
        known = head(camera, content)
        assert known.status_code == 204
        assert known.headers["Upload-Offset"] == str(start + step)
        assert known.headers["Upload-Length"] == str(len(content))
    last = send_piece(camera, content, 4 * step, len(content))
    assert last.status_code == 201
    assert (last.json()["width"], last.json()["size"]) == (2000, len(content))
    assert stored(hub, content).read_bytes() == content
    assert not partial(hub, camera, content).exists()
    assert head(camera, content).status_code == 200
    assert camera.put_product(f"{NIGHT}/keogram", content).status_code == 201


def test_a_piece_at_the_wrong_place_is_told_the_right_one(camera, make_jpeg):
    content = make_jpeg(2)
    said = assert_problem(send_piece(camera, content, 500, 900), 409, "wrong_offset")
    assert said["offset"] == 0
    send_piece(camera, content, 0, 1000)
    for start in (0, 999, 1001):
        answer = send_piece(camera, content, start, start + 100)
        said = assert_problem(answer, 409, "wrong_offset")
        assert said["retryable"]
        assert (said["offset"], answer.headers["Upload-Offset"]) == (1000, "1000")


def test_the_last_piece_again_and_the_whole_file_again_are_fine(camera, make_jpeg):
    content = make_jpeg(3)
    assert send_piece(camera, content, 0, 3000).status_code == 204
    first = send_piece(camera, content, 3000, len(content))
    again = send_piece(camera, content, 3000, len(content))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert send_piece(camera, content, 0, 100).status_code == 200
    assert camera.put_blob(content).status_code == 200


def test_a_wrong_byte_is_found_at_the_end_and_the_file_begins_anew(
    hub, camera, make_jpeg
):
    content = make_jpeg(4)
    damaged = bytearray(content[:4000])
    damaged[2000] ^= 1
    assert send_piece(camera, content, 0, 4000, body=bytes(damaged)).ok
    last = send_piece(camera, content, 4000, len(content))
    assert assert_problem(last, 422, "wrong_hash")["retryable"]
    assert not partial(hub, camera, content).exists()
    assert head(camera, content).status_code == 404
    assert send_piece(camera, content, 0, len(content)).status_code == 201


def test_what_is_whole_and_unfit_is_refused_for_good(hub, camera):
    content = b"no picture " * 100
    send_piece(camera, content, 0, 500)
    last = send_piece(camera, content, 500, len(content))
    assert not assert_problem(last, 422, "unfit_file")["retryable"]
    assert not partial(hub, camera, content).exists()


def test_pieces_of_cameras_are_kept_apart(camera, other_camera, make_jpeg):
    content = make_jpeg(5)
    send_piece(camera, content, 0, 2000)
    assert head(other_camera, content).status_code == 404
    answer = send_piece(other_camera, content, 2000, len(content))
    assert assert_problem(answer, 409, "wrong_offset")["offset"] == 0
    assert send_piece(other_camera, content, 0, len(content)).status_code == 201
    assert head(camera, content).headers["Upload-Offset"] == "2000"


def test_senders_at_once_leave_one_whole_file(hub, camera, make_jpeg):
    content = make_jpeg(6, (2500, 2500))
    step = len(content) // 12 + 1

    def send_all(_):
        at = 0
        while True:
            answer = send_piece(camera, content, at, min(at + step, len(content)))
            if answer.status_code in (200, 201):
                return answer.status_code
            at = int(answer.headers["Upload-Offset"])

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(send_all, range(4)))
    assert statuses.count(201) == 1
    assert stored(hub, content).read_bytes() == content
    assert not partial(hub, camera, content).exists()


def test_another_length_begins_anew(camera, make_jpeg):
    content = make_jpeg(7)
    send_piece(camera, content, 0, 1000)
    longer = {"Upload-Length": str(len(content) + 1)}
    answer = send_piece(camera, content, 1000, 2000, headers=longer)
    assert assert_problem(answer, 409, "wrong_offset")["offset"] == 0
    assert send_piece(camera, content, 0, 500, headers=longer).status_code == 204
    assert send_piece(camera, content, 0, len(content)).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Offset": ""}, 422, "invalid"),
        ({"Upload-Offset": "-1"}, 422, "invalid"),
        ({"Upload-Offset": "²"}, 422, "invalid"),
        ({"Upload-Length": "9" * 30}, 422, "invalid"),
        ({"Upload-Length": "10"}, 422, "invalid"),
        ({"Upload-Length": "0"}, 422, "invalid"),
        ({"Upload-Length": "3000000000"}, 413, "too_large"),
        ({"Content-Type": "text/html"}, 415, "unsupported_type"),
        ({"Authorization": "Bearer skc_x"}, 401, "wrong_key"),
    ],
)
def test_bad_headers_are_named(camera, make_jpeg, headers, status, code):
    headers = {name: value.encode() for name, value in headers.items()}
    answer = send_piece(camera, make_jpeg(8), 0, 1000, headers=headers)
    assert_problem(answer, status, code)


@pytest.mark.parametrize("name", ["abc", "A" * 64, "..%2f..%2fhub.db"])
def test_names_that_are_no_sha256_make_no_file(hub, camera, make_jpeg, name):
    answer = send_piece(camera, make_jpeg(9), 0, 100, sha256=name)
    assert answer.status_code in (404, 422)
    folder = hub.settings.data / "uploads"
    assert not [path for path in folder.glob("*") if not path.name.startswith("ASK")]


def begin_piece(hub, camera, content, sent):
    """Begin to send a file as one piece, and let only ``sent`` bytes of it go."""
    line = http.client.HTTPConnection(hub.url.removeprefix("http://"), timeout=5)
    line.putrequest("PATCH", f"/api/v1/sync/blobs/{sha256_hex(content)}")
    line.putheader("Authorization", f"Bearer {camera.key}")
    line.putheader("Content-Length", str(len(content)))
    line.putheader("Content-Type", "image/jpeg")
    line.putheader("Upload-Offset", "0")
    line.putheader("Upload-Length", str(len(content)))
    line.endheaders(content[:sent])
    return line


def wait_until(true):
    for _ in range(200):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it did not come to pass in 10 s")


def test_a_line_that_breaks_keeps_what_has_arrived(hub, camera, make_jpeg):
    content = make_jpeg(10, (2000, 2000))
    begin_piece(hub, camera, content, 20_000).close()
    wait_until(lambda: head(camera, content).status_code == 204)
    assert head(camera, content).headers["Upload-Offset"] == "20000"
    assert send_piece(camera, content, 20_000, len(content)).status_code == 201


def test_a_line_that_hangs_does_not_hold_up_the_next_try(hub, camera, make_jpeg):
    content = make_jpeg(11, (2000, 2000))
    line = begin_piece(hub, camera, content, 1000)
    began = time.monotonic()
    assert send_piece(camera, content, 0, len(content)).status_code == 201
    assert time.monotonic() - began < 5
    line.close()


def test_a_hub_killed_between_pieces_and_in_one_goes_on_from_what_it_confirmed(
    tmp_path, serve_hub, new_camera, make_jpeg
):
    content = make_jpeg(12, (3000, 3000))
    with serve_hub(tmp_path) as hub:
        camera = new_camera(hub)
        send_piece(camera, content, 0, 50_000)
        line = begin_piece(hub, camera, content, 10)  # refused: not its place
        os.killpg(hub.pid, signal.SIGKILL)
        line.close()
    torn = tmp_path / "uploads" / f"{camera.id}-{sha256_hex(content)}"
    with torn.open("ab") as file:  # what a power cut may leave of the next piece
        file.write(bytes(7777))
    with serve_hub(tmp_path) as hub:
        again = type(camera)(hub, camera.id, camera.key)
        assert head(again, content).headers["Upload-Offset"] == "50000"
        assert send_piece(again, content, 50_000, len(content)).status_code == 201
        assert stored(hub, content).read_bytes() == content


def test_pieces_that_the_disk_has_lost_are_asked_for_again(hub, camera, make_jpeg):
    content = make_jpeg(13)
    send_piece(camera, content, 0, 2000)
    os.truncate(partial(hub, camera, content), 1000)
    assert head(camera, content).status_code == 404
    answer = send_piece(camera, content, 2000, 3000)
    assert assert_problem(answer, 409, "wrong_offset")["offset"] == 0
    partial(hub, camera, content).unlink()
    assert head(camera, content).status_code == 404
    assert send_piece(camera, content, 0, len(content)).status_code == 201
    with hub.database() as db:
        assert uploads.find_upload(db, camera.id, sha256_hex(content)) is None


def test_a_video_in_pieces_gets_its_size(camera, mp4):
    half = len(mp4) // 2
    headers = {"Content-Type": "video/mp4"}
    assert send_piece(camera, mp4, 0, half, headers=headers).status_code == 204
    last = send_piece(camera, mp4, half, len(mp4), headers=headers)
    assert (last.json()["width"], last.json()["height"]) == (320, 320)
