import http.client
import io
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from hub.db import blobs, products
from products.manifest import sha256_hex

NIGHT = "2026-11-21"


def assert_problem(response, status, code):
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    said = response.json()
    assert (said["status"], said["code"]) == (status, code)
    return said


def describe(content, media_type="image/jpeg"):
    return {"sha256": sha256_hex(content), "size": len(content), "type": media_type}


def bomb_png(width, height):
    """Return a small PNG whose header promises a huge picture."""

    def chunk(name, body):
        checksum = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(100_000))
    body = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


class TestBlobs:
    def test_a_file_is_new_once_and_then_known(self, hub, camera, make_jpeg):
        content = make_jpeg(1)
        sha256 = sha256_hex(content)
        assert camera.call("HEAD", f"blobs/{sha256}").status_code == 404
        first, again = camera.put_blob(content), camera.put_blob(content)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["width"] == 640
        head = camera.call("HEAD", f"blobs/{sha256}")
        assert head.status_code == 200
        assert int(head.headers["Content-Length"]) == len(content)
        stored = hub.settings.data / "blobs" / sha256[:2] / sha256
        assert stored.read_bytes() == content

    def test_two_workers_may_take_the_same_file_at_once(self, hub, camera, make_jpeg):
        content = make_jpeg(2, (3000, 3000))
        with ThreadPoolExecutor(8) as pool:
            tries = [pool.submit(camera.put_blob, content) for _ in range(8)]
        statuses = sorted(attempt.result().status_code for attempt in tries)
        assert statuses == [200] * 7 + [201]
        assert not list((hub.settings.data / "incoming").iterdir())

    def test_a_corrupted_byte_is_noticed_and_worth_another_try(
        self, hub, camera, make_jpeg
    ):
        content = bytearray(make_jpeg(3))
        sha256 = sha256_hex(bytes(content))
        content[5000] ^= 1
        said = assert_problem(
            camera.put_blob(bytes(content), sha256=sha256), 422, "wrong_hash"
        )
        assert said["retryable"]
        assert camera.call("HEAD", f"blobs/{sha256}").status_code == 404
        assert not list((hub.settings.data / "incoming").iterdir())

    def test_what_another_camera_sent_is_not_seen_but_may_be_sent_too(
        self, camera, other_camera, make_jpeg
    ):
        content = make_jpeg(4)
        sha256 = sha256_hex(content)
        other_camera.put_blob(content)
        assert camera.call("HEAD", f"blobs/{sha256}").status_code == 404
        said = assert_problem(
            camera.put_product(f"{NIGHT}/keogram", content), 409, "missing_blobs"
        )
        assert said["missing"] == [sha256]
        assert camera.put_blob(content).status_code == 201
        assert camera.put_product(f"{NIGHT}/keogram", content).status_code == 201

    @pytest.mark.parametrize(
        ("content", "media_type"),
        [
            (b"not a picture", "image/jpeg"),
            (b"", "image/jpeg"),
            (b"\xff\xd8\xff\xe0 and nothing more", "image/jpeg"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
            (bomb_png(9_500, 9_500), "image/png"),
            (bomb_png(60_000, 60_000), "image/png"),
            (b"{'single': 'quotes'}", "application/json"),
            (b"[" * 100_000, "application/json"),
            (b"\x00\x00\x00\x08junk", "video/mp4"),
            (b"<html>", "video/mp4"),
        ],
    )
    def test_unfit_files_are_refused(self, camera, content, media_type):
        assert_problem(camera.put_blob(content, media_type), 422, "unfit_file")

    @pytest.mark.parametrize("kept", [0.3, 0.6, 0.98])
    def test_a_jpeg_that_is_cut_off_is_refused(self, camera, make_jpeg, kept):
        content = make_jpeg(5)
        short = content[: int(len(content) * kept)]
        assert_problem(camera.put_blob(short), 422, "unfit_file")

    def test_a_png_that_calls_itself_jpeg_is_refused(self, camera):
        file = io.BytesIO()
        Image.new("RGB", (9, 9)).save(file, "PNG")
        assert_problem(camera.put_blob(file.getvalue()), 422, "unfit_file")
        assert camera.put_blob(file.getvalue(), "image/png").status_code == 201

    def test_types_that_are_not_shown_are_refused(self, camera):
        answer = camera.put_blob(b"<script>", "text/html")
        assert_problem(answer, 415, "unsupported_type")

    def test_a_line_that_breaks_leaves_nothing(self, hub, camera, make_jpeg):
        content = make_jpeg(7, (2000, 2000))
        sha256 = sha256_hex(content)
        line = http.client.HTTPConnection(hub.url.removeprefix("http://"), timeout=5)
        line.putrequest("PUT", f"/api/v1/sync/blobs/{sha256}")
        line.putheader("Authorization", f"Bearer {camera.key}")
        line.putheader("Content-Length", str(len(content)))
        line.putheader("Content-Type", "image/jpeg")
        line.endheaders(content[: len(content) // 2])
        line.close()
        incoming = hub.settings.data / "incoming"
        for _ in range(100):
            if not list(incoming.glob("*")):
                break
            time.sleep(0.05)
        assert not list(incoming.glob("*"))
        assert camera.call("HEAD", f"blobs/{sha256}").status_code == 404
        assert camera.put_blob(content).status_code == 201

    def test_a_length_is_required(self, camera):
        answer = camera.call(
            "PUT",
            f"blobs/{'0' * 64}",
            data=iter([b"a", b"b"]),
            headers={"Content-Type": "image/jpeg"},
        )
        assert_problem(answer, 411, "length_required")

    @pytest.mark.parametrize("name", ["abc", "A" * 64, "..%2f..%2fhub.db"])
    def test_names_that_are_no_sha256_are_refused(self, camera, make_jpeg, name):
        answer = camera.put_blob(make_jpeg(6), sha256=name)
        assert answer.status_code in (404, 422)


class TestProducts:
    def test_a_manifest_before_its_files_names_what_is_missing(self, camera, make_jpeg):
        keogram, small = make_jpeg(10), make_jpeg(11, (96, 64))
        camera.put_blob(small)
        variants = {"96": describe(small)}
        answer = camera.put_product(f"{NIGHT}/keogram", keogram, variants=variants)
        said = assert_problem(answer, 409, "missing_blobs")
        assert said["missing"] == [sha256_hex(keogram)]
        assert said["retryable"]
        camera.put_blob(keogram)
        again = camera.put_product(f"{NIGHT}/keogram", keogram, variants=variants)
        assert again.status_code == 201

    def test_an_older_revision_never_replaces_a_newer_one(self, hub, camera, make_jpeg):
        old, new = make_jpeg(12), make_jpeg(13)
        for content in (old, new):
            camera.put_blob(content)
        key = f"{NIGHT}/startrails"
        assert camera.put_product(key, old, rev=1).status_code == 201
        assert camera.put_product(key, new, rev=3).status_code == 201
        assert_problem(camera.put_product(key, old, rev=2), 409, "older_revision")
        with hub.database() as db:
            published = products.night_products(db, camera.id, NIGHT)["startrails"]
        assert published.manifest.sha256 == sha256_hex(new)

    def test_the_same_again_is_fine_and_the_same_revision_with_other_content_is_not(
        self, camera, make_jpeg
    ):
        content, other = make_jpeg(14), make_jpeg(15)
        camera.put_blob(content)
        camera.put_blob(other)
        key, first = f"{NIGHT}/keogram", "2026-11-21T17:00:00"
        in_utc = camera.put_product(key, content, first=f"{first}+00:00")
        again = camera.put_product(key, content, first=f"{first}Z", unknown_field=1)
        assert (in_utc.status_code, again.status_code) == (201, 200)
        assert_problem(camera.put_product(key, other), 409, "revision_differs")

    def test_many_revisions_at_once_leave_the_newest(self, hub, camera, make_jpeg):
        content = make_jpeg(16)
        camera.put_blob(content)
        key = f"{NIGHT}/startrails"
        with ThreadPoolExecutor(8) as pool:
            tries = [
                pool.submit(camera.put_product, key, content, rev=rev)
                for rev in range(1, 17)
            ]
        statuses = {attempt.result().status_code for attempt in tries}
        assert statuses <= {201, 409}
        with hub.database() as db:
            published = products.night_products(db, camera.id, NIGHT)["startrails"]
        assert published.manifest.rev == 16

    def test_the_files_of_a_replaced_revision_are_removed(self, hub, camera, make_jpeg):
        old, new, shared = make_jpeg(17), make_jpeg(18), make_jpeg(19, (96, 64))
        variants = {"96": describe(shared)}
        for rev, content in enumerate((old, new), start=1):
            camera.put_blob(content)
            camera.put_blob(shared)
            camera.put_product(f"{NIGHT}/keogram", content, rev=rev, variants=variants)
        with hub.database() as db:
            published = [
                blobs.published_blob(db, sha256_hex(content)) is not None
                for content in (old, new, shared)
            ]
        assert published == [False, True, True]
        folder = hub.settings.data / "blobs"
        stored = {path.name for path in folder.rglob("*") if path.is_file()}
        assert sha256_hex(old) not in stored
        assert {sha256_hex(new), sha256_hex(shared)} <= stored
        assert camera.call("HEAD", f"blobs/{sha256_hex(old)}").status_code == 404

    def test_a_file_that_others_need_survives_its_replacement(
        self, hub, camera, other_camera, make_jpeg
    ):
        shared, own, new = make_jpeg(23), make_jpeg(24), make_jpeg(25)
        for one in (camera, other_camera):
            one.put_blob(shared)
        for content in (own, new):
            camera.put_blob(content)
        other_camera.put_product(f"{NIGHT}/keogram", shared)
        camera.put_product(f"{NIGHT}/keogram", shared)
        camera.put_product(f"{NIGHT}/startrails", own)
        camera.put_product("2026-11-20/keogram", own)
        for key in (f"{NIGHT}/keogram", f"{NIGHT}/startrails"):
            assert camera.put_product(key, new, rev=2).status_code == 201
        for content in (shared, own, new):
            assert hub.get(f"/b/{sha256_hex(content)}.jpg").content == content

    def test_cameras_publish_side_by_side(self, hub, camera, other_camera, make_jpeg):
        for shade, one in enumerate((camera, other_camera)):
            content = make_jpeg(30 + shade)
            one.put_blob(content)
            assert one.put_product(f"{NIGHT}/keogram", content).status_code == 201
        with hub.database() as db:
            shown = {
                one.id: products.night_products(db, one.id, NIGHT)["keogram"]
                for one in (camera, other_camera)
            }
        assert len({one.manifest.sha256 for one in shown.values()}) == 2

    @pytest.mark.parametrize(
        ("key", "code"),
        [
            ("2026-02-30/keogram", "invalid"),
            ("20261121/keogram", "invalid"),
            ("2999-01-01/keogram", "invalid"),
            (f"{NIGHT}/painting", "unknown_kind"),
            (f"{NIGHT}/keogram/<b>", "invalid"),
            (f"{NIGHT}/timelapse", "wrong_type"),
        ],
    )
    def test_names_that_make_no_sense_are_refused(self, camera, make_jpeg, key, code):
        content = make_jpeg(20)
        camera.put_blob(content)
        assert_problem(camera.put_product(key, content), 422, code)

    def test_a_manifest_that_lies_about_its_file_is_refused(self, camera, make_jpeg):
        content = make_jpeg(21)
        camera.put_blob(content)
        answer = camera.put_product(f"{NIGHT}/keogram", content, size=1)
        assert_problem(answer, 422, "blob_differs")

    def test_a_file_lost_by_the_hub_is_asked_for_again(self, hub, camera, make_jpeg):
        content = make_jpeg(22)
        camera.put_blob(content)
        sha256 = sha256_hex(content)
        (hub.settings.data / "blobs" / sha256[:2] / sha256).unlink()
        assert camera.call("HEAD", f"blobs/{sha256}").status_code == 404
        answer = camera.put_product(f"{NIGHT}/keogram", content)
        assert_problem(answer, 409, "missing_blobs")
        assert camera.put_blob(content).ok
        assert camera.put_product(f"{NIGHT}/keogram", content).status_code == 201
