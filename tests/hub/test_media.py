import datetime as dt

import pytest
import requests

from hub import create_app
from products.manifest import PERIOD_VIDEO_KINDS, sha256_hex

NIGHT = "2026-11-21"
TAKEN = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)


@pytest.fixture
def filled(camera, make_jpeg, mp4):
    """Return a camera with a newest frame, a keogram with a small version, and a video."""
    keogram, small = make_jpeg(1, (1440, 700)), make_jpeg(1, (960, 467))
    small_facts = {
        "sha256": sha256_hex(small),
        "size": len(small),
        "type": "image/jpeg",
    }
    for content in (keogram, small):
        camera.put_blob(content)
    camera.put_product(
        f"{NIGHT}/keogram",
        keogram,
        variants={"960": small_facts},
        last=TAKEN.isoformat(),
    )
    camera.put_blob(mp4, "video/mp4")
    camera.put_product(f"{NIGHT}/timelapse", mp4, "video/mp4")
    smaller = {"480": ("s.jpg", make_jpeg(2, (480, 480)))}
    camera.put_live(TAKEN, make_jpeg(2, (1200, 1200)), **smaller)
    return camera


def media_addresses(camera, *contents):
    live = ("latest.jpg", "latest-960.jpg", "latest-480.jpg", "latest.json")
    newest = ("keogram/latest.jpg", "timelapse/latest.mp4")
    names = [f"/b/{sha256_hex(content)}.jpg" for content in contents]
    return [f"/c/{camera.id}/{name}" for name in live + newest] + names


def test_a_published_file_never_changes(hub, filled, make_jpeg):
    content = make_jpeg(1, (960, 467))
    answer = hub.get(f"/b/{sha256_hex(content)}.jpg")
    assert answer.content == content
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["ETag"] == f'"{sha256_hex(content)}"'
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


def test_a_file_that_is_not_published_is_not_served(hub, camera, make_jpeg):
    content = make_jpeg(40)
    camera.put_blob(content)
    assert hub.get(f"/b/{sha256_hex(content)}.jpg").status_code == 404


@pytest.mark.parametrize("extension", ["png", "html", "svg", "json"])
def test_a_file_is_served_under_its_own_extension_only(
    hub, filled, make_jpeg, extension
):
    name = sha256_hex(make_jpeg(1, (1440, 700)))
    assert hub.get(f"/b/{name}.{extension}").status_code == 404


def test_a_video_can_be_sought_in(hub, filled, mp4):
    address = f"/c/{filled.id}/timelapse/latest.mp4"
    part = hub.get(address, headers={"Range": "bytes=1000-1999"})
    assert part.status_code == 206
    assert part.content == mp4[1000:2000]
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(mp4)}"
    assert part.headers["Content-Type"] == "video/mp4"
    end = hub.get(address, headers={"Range": "bytes=-500"})
    assert end.content == mp4[-500:]
    beyond = hub.get(address, headers={"Range": f"bytes={len(mp4)}-"})
    assert beyond.status_code == 416
    changed = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert hub.get(address, headers=changed).status_code == 200


def test_the_newest_of_everything_has_a_stable_address(hub, filled, make_jpeg, mp4):
    image, small = make_jpeg(2, (1200, 1200)), make_jpeg(2, (480, 480))
    for name, content in {
        "latest.jpg": image,
        "latest-480.jpg": small,
        "latest-960.jpg": image,  # the next larger one that there is
        "keogram/latest.jpg": make_jpeg(1, (1440, 700)),
        "timelapse/latest.mp4": mp4,
    }.items():
        answer = hub.get(f"/c/{filled.id}/{name}")
        assert answer.content == content, name
        assert answer.headers["ETag"] == f'"{sha256_hex(content)}"'
        caching = answer.headers["Cache-Control"]
        assert caching == "public, max-age=30, stale-while-revalidate=120"
    newest = hub.get(f"/c/{filled.id}/latest.jpg")
    assert newest.headers["Last-Modified"] == "Sun, 22 Nov 2026 03:00:00 GMT"


@pytest.mark.parametrize("kind", ["month-keogram", "year-keogram"])
def test_the_newest_month_and_year_have_a_stable_address(hub, camera, make_jpeg, kind):
    assert hub.get(f"/c/{camera.id}/{kind}/latest.jpg").status_code == 404
    for shade, night in ((4, "2025-01-01"), (5, "2026-01-01")):
        camera.put_blob(make_jpeg(shade))
        answer = camera.put_product(f"{night}/{kind}", make_jpeg(shade))
        assert answer.status_code == 201
    newest = hub.get(f"/c/{camera.id}/{kind}/latest.jpg")
    assert newest.content == make_jpeg(5)


@pytest.mark.parametrize("kind", PERIOD_VIDEO_KINDS)
def test_the_newest_video_of_a_period_has_a_stable_address(hub, camera, mp4, kind):
    camera.put_blob(mp4, "video/mp4")
    answer = camera.put_product(f"2026-09-01/{kind}", mp4, "video/mp4")
    assert answer.status_code == 201
    part = hub.get(f"/c/{camera.id}/{kind}/latest.mp4", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, mp4[:10])


def test_what_a_visitor_has_is_not_sent_again(hub, filled, make_jpeg):
    for address in media_addresses(filled, make_jpeg(1, (1440, 700))):
        etag = hub.get(address).headers["ETag"]
        again = hub.get(address, headers={"If-None-Match": etag})
        assert again.status_code == 304, address
        assert not again.content
        assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_the_facts_of_the_newest_frame_lead_to_its_images(hub, filled):
    said = hub.get(f"/c/{filled.id}/latest.json").json()
    assert said["id"] == filled.id
    assert said["taken_utc"] == "2026-11-22T03:00:00.000Z"
    assert (said["width"], said["gain"]) == (1200, 2.5)
    assert set(said["urls"]) == {"image", "480"}
    assert all(hub.get(address).ok for address in said["urls"].values())


def test_a_hidden_camera_is_hidden_everywhere(hub, filled, make_jpeg):
    addresses = media_addresses(
        filled, make_jpeg(1, (1440, 700)), make_jpeg(1, (960, 467))
    )
    assert all(hub.get(address).ok for address in addresses)
    with hub.database() as db, db.atomic():
        db.execute("UPDATE cameras SET visibility = 'private'")
    assert {hub.get(address).status_code for address in addresses} == {404}
    with hub.database() as db, db.atomic():
        db.execute("UPDATE cameras SET visibility = 'public'")


def test_an_unknown_camera_is_not_found(hub):
    for name in ("latest.jpg", "latest.json", "keogram/latest.jpg"):
        answer = hub.get(f"/c/ASK999/{name}")
        assert answer.status_code == 404
        assert answer.headers["Content-Type"].startswith("text/plain")
    assert hub.get("/c/..%2f..%2fhub.db/latest.jpg").status_code == 404


def test_any_site_may_ask_for_media_and_nobody_gets_a_cookie(hub, filled, make_jpeg):
    addresses = [
        *media_addresses(filled, make_jpeg(1, (1440, 700))),
        f"/c/{filled.id}/sqm/latest.png",  # there is none
    ]
    for address in addresses:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = requests.request(
                method,
                f"{hub.url}{address}?theme=red",
                headers={"Origin": "https://elsewhere.example", "Cookie": "theme=red"},
                allow_redirects=False,
                timeout=20,
            )
            assert answer.status_code in (200, 404), address
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert "Set-Cookie" not in answer.headers
            assert "Cookie" not in answer.headers.get("Vary", "")
        assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]


def test_the_head_says_what_the_file_would_be(hub, filled, make_jpeg):
    for address in media_addresses(filled, make_jpeg(1, (1440, 700))):
        body = hub.get(address)
        head = requests.head(hub.url + address, timeout=20)
        assert not head.content
        for name in ("ETag", "Last-Modified", "Content-Type", "Cache-Control"):
            assert head.headers[name] == body.headers[name], (address, name)
        assert int(head.headers["Content-Length"]) == len(body.content)


def test_what_was_not_taken_since_is_not_sent_again(hub, filled):
    address = f"/c/{filled.id}/latest.jpg"
    for since, status in (
        ("Sun, 22 Nov 2026 03:00:00 GMT", 304),
        ("Sun, 22 Nov 2026 02:59:59 GMT", 200),
        ("yesterday", 200),
    ):
        answer = hub.get(address, headers={"If-Modified-Since": since})
        assert answer.status_code == status, since
    both = {"If-Modified-Since": "Sun, 22 Nov 2026 03:00:00 GMT"}
    other = hub.get(address, headers=both | {"If-None-Match": '"other"'})
    assert other.status_code == 200, "the ETag knows better than the time"


def test_shared_caches_ask_again_within_the_hour(hub, filled, make_jpeg):
    """What is hidden must not be handed out for a year by a cache that nobody can empty."""
    name = sha256_hex(make_jpeg(1, (1440, 700)))
    said = hub.get(f"/b/{name}.jpg").headers["Cache-Control"]
    assert said == "public, max-age=31536000, s-maxage=3600, immutable"


def test_nginx_may_send_the_files(hub, filled, make_jpeg):
    """The answer then has no body, but names the file below the data folder and says everything else about it."""
    settings = hub.settings.model_copy(update={"accel_redirect": "/files/"})
    client = create_app(settings).test_client()
    for address in media_addresses(filled, make_jpeg(1, (1440, 700))):
        ours = hub.get(address)
        theirs = client.get(address, headers={"Range": "bytes=0-9"})
        if address.endswith(".json"):
            continue
        assert (theirs.status_code, theirs.data) == (200, b"")
        where = theirs.headers["X-Accel-Redirect"].removeprefix("/files/")
        assert (hub.settings.data / where).read_bytes() == ours.content
        for name in ("ETag", "Last-Modified", "Content-Type", "Cache-Control"):
            assert theirs.headers[name] == ours.headers[name]
        again = client.get(address, headers={"If-None-Match": ours.headers["ETag"]})
        assert again.status_code == 304
        assert "X-Accel-Redirect" not in again.headers
    assert client.get(f"/c/{filled.id}/sqm/latest.png").status_code == 404
