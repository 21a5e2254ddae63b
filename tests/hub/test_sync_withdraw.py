"""Months, seasons and years that a camera takes back."""

import pytest

from hub.db import products
from products.manifest import PERIOD_KINDS, PERIOD_VIDEO_KINDS, sha256_hex


@pytest.fixture
def content(make_jpeg, mp4):
    """Return a file of the right type for a kind of product."""
    return lambda kind: (
        (mp4, "video/mp4") if kind in PERIOD_VIDEO_KINDS else (make_jpeg(3), "image/jpeg")
    )  # fmt: skip


@pytest.mark.parametrize("kind", PERIOD_KINDS)
def test_what_is_taken_back_is_gone_with_its_files(hub, camera, content, kind):
    file, media_type = content(kind)
    camera.put_blob(file, media_type)
    key = f"2026-09-01/{kind}"
    assert camera.put_product(key, file, media_type).status_code == 201
    stored = hub.settings.data / "blobs" / sha256_hex(file)[:2] / sha256_hex(file)
    assert stored.exists()
    assert camera.call("DELETE", f"products/{key}").status_code == 204
    assert camera.call("DELETE", f"products/{key}").status_code == 404
    with hub.database() as db:
        assert products.latest_product(db, camera.id, kind) is None
    assert camera.call("HEAD", f"blobs/{sha256_hex(file)}").status_code == 404


def test_files_that_another_product_needs_stay(camera, make_jpeg):
    file = make_jpeg(4)
    camera.put_blob(file)
    for key in ("2026-09-01/month-keogram", "2026-09-21/keogram"):
        camera.put_product(key, file)
    assert camera.call("DELETE", "products/2026-09-01/month-keogram").status_code == 204
    assert camera.call("HEAD", f"blobs/{sha256_hex(file)}").status_code == 200


def test_nights_and_other_cameras_products_cannot_be_taken_back(
    camera, other_camera, make_jpeg
):
    file = make_jpeg(5)
    camera.put_blob(file)
    for key in ("2026-09-21/keogram", "2026-09-01/month-keogram"):
        camera.put_product(key, file)
    answer = camera.call("DELETE", "products/2026-09-21/keogram")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_kind")
    answer = other_camera.call("DELETE", "products/2026-09-01/month-keogram")
    assert answer.status_code == 404
    same = camera.put_product("2026-09-01/month-keogram", file)
    assert same.status_code == 200  # it is still there


def test_a_key_is_needed(hub, camera):
    wrong = {"Authorization": "Bearer skc_wrong"}
    answer = camera.call("DELETE", "products/2026-09-01/month-keogram", headers=wrong)
    assert answer.status_code == 401


def test_a_video_is_no_keogram(camera, make_jpeg):
    camera.put_blob(make_jpeg(6))
    answer = camera.put_product("2026-09-01/month-video", make_jpeg(6))
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_type")
