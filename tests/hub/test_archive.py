import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from hub.db import archive, products
from products.manifest import sha256_hex

NIGHT = "2026-10-24"  # in the night that follows the clocks go back in Europe
BERLIN = ZoneInfo("Europe/Berlin")


def assert_problem(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


@pytest.fixture
def frames(camera, make_jpeg):
    """Return a camera with a frame every hour of 30 hours from noon, and its picture's SHA-256."""
    content = make_jpeg(1, (96, 64))
    camera.put_blob(content)
    start = dt.datetime(2026, 10, 24, 10, tzinfo=dt.UTC)
    for hour in range(30):
        part = archive.frame_part(start + dt.timedelta(hours=hour))
        night = NIGHT if hour < 25 else "2026-10-25"
        answer = camera.put_product(f"{night}/frame/{part}", content)
        assert answer.status_code == 201, answer.text
    return camera


def test_frames_are_found_by_their_time_whatever_their_night(hub, frames):
    midnight = dt.datetime(2026, 10, 25, tzinfo=BERLIN)
    with hub.database() as db:
        found = archive.archive_frames(
            db, frames.id, midnight, midnight.replace(day=26)
        )
        first, last = archive.archive_span(db, frames.id)
    assert [one.taken_utc.hour for one in found] == [22, 23, *range(16)]
    assert {one.night for one in found} == {NIGHT, "2026-10-25"}
    assert (found[0].manifest.width, found[0].manifest.height) == (96, 64)
    assert (first.hour, last - first) == (10, dt.timedelta(hours=29))


def test_days_are_those_of_the_camera_also_when_they_have_25_hours(hub, frames):
    days = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
    with hub.database() as db:
        counts = archive.archive_days(db, frames.id, *days, BERLIN)
        tokyo = archive.archive_days(db, frames.id, *days, ZoneInfo("Asia/Tokyo"))
    assert counts == {dt.date(2026, 10, 24): 12, dt.date(2026, 10, 25): 18}
    assert tokyo == {dt.date(2026, 10, 24): 5, dt.date(2026, 10, 25): 24, dt.date(2026, 10, 26): 1}  # fmt: skip


def test_the_pages_of_nights_do_not_see_them(hub, frames, make_jpeg):
    days = "2026-10-01", "2026-10-31"
    with hub.database() as db:
        assert products.night_products(db, frames.id, NIGHT) == {}
        assert products.nights_between(db, frames.id, *days) == {}
        assert products.neighbour_nights(db, frames.id, "2026-10-20") == (None, None)
        assert products.night_names(db, frames.id, 2026) == set()
        assert products.product_counts(db, frames.id) == {}
        assert products.night_range(db, frames.id, "frame") is None


def test_a_camera_without_any_has_no_span(hub, camera):
    with hub.database() as db:
        assert archive.archive_span(db, camera.id) is None


@pytest.mark.parametrize("size", ["image/png", "application/json"])
def test_a_frame_is_a_jpeg(camera, make_jpeg, size):
    answer = camera.put_product(f"{NIGHT}/frame/20261024T220000Z", make_jpeg(1), size)
    assert_problem(answer, 422, "wrong_type")


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (f"{NIGHT}/frame", "invalid"),
        (f"{NIGHT}/frame/20261024T220000", "invalid"),
        (f"{NIGHT}/frame/2026-10-24T22:00:00Z", "invalid"),
        (f"{NIGHT}/frame/20261024T2200 0Z", "invalid"),
        (f"{NIGHT}/frame/20261332T220000Z", "invalid"),
        (f"{NIGHT}/frame/20261023T215959Z", "invalid"),
        (f"{NIGHT}/frame/20261026T000001Z", "invalid"),
        (f"{NIGHT}/frame/29991231T220000Z", "future"),
        (f"{NIGHT}/keogram/20261024T220000Z", "invalid"),
    ],
)
def test_what_is_no_time_of_this_night_is_refused(camera, make_jpeg, key, code):
    camera.put_blob(make_jpeg(1))
    assert_problem(camera.put_product(key, make_jpeg(1)), 422, code)


@pytest.mark.parametrize("part", ["20261023T220000Z", "20261026T000000Z"])
def test_the_night_of_every_zone_fits(camera, make_jpeg, part):
    camera.put_blob(make_jpeg(1))
    answer = camera.put_product(f"{NIGHT}/frame/{part}", make_jpeg(1))
    assert answer.status_code == 201


def test_the_size_in_pixels_is_the_one_that_the_hub_has_measured(
    hub, camera, make_jpeg
):
    content = make_jpeg(9, (120, 80))
    camera.put_blob(content)
    small = {"sha256": sha256_hex(content), "size": len(content), "type": "image/jpeg"}
    said = {"width": 4000, "height": 3000, "variants": {"120": small}}
    key = f"{NIGHT}/keogram"
    assert camera.put_product(key, content, **said).status_code == 201
    assert camera.put_product(key, content, **said).status_code == 200
    with hub.database() as db:
        manifest = products.night_products(db, camera.id, NIGHT)["keogram"].manifest
    assert (manifest.width, manifest.height) == (120, 80)
    assert manifest.variants["120"].width == 120
