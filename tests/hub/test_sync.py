import datetime as dt
import gzip
import http.client
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from hub.db import cameras, keys
from products.manifest import night_digest

NOW = dt.datetime.now(dt.UTC)
DESCRIPTION = {
    "name": "Roof",
    "latitude_deg": 52.5,
    "longitude_deg": 13.4,
    "zone": "Europe/Berlin",
    "country": "DE",
    "interval_s": 30,
    "software": "allsky-edge 0.1.0",
}


def assert_problem(response, status, code):
    """Every error is RFC 9457 with our two members."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    said = response.json()
    assert (said["status"], said["code"]) == (status, code)
    assert said["title"]
    assert isinstance(said["retryable"], bool)
    return said


def point(minute=0, value=3.5, **changes):
    moment = NOW.replace(microsecond=0) - dt.timedelta(minutes=minute)
    return {
        "sensor": "outside",
        "quantity": "temperature",
        "time": moment.isoformat(),
        "value": value,
        "unit": "°C",
    } | changes


def post_readings(camera, points):
    body = gzip.compress(json.dumps({"points": points}).encode())
    return camera.call(
        "POST", "readings", data=body, headers={"Content-Encoding": "gzip"}
    )


def hello(**more):
    return {"agent": "test", "time": NOW.isoformat()} | more


class TestAccess:
    @pytest.mark.parametrize(
        ("header", "code"),
        [
            (None, "no_key"),
            ("Basic YTpi", "no_key"),
            ("Bearer ", "no_key"),
            ("Bearer skc_nobody", "wrong_key"),
        ],
    )
    def test_without_a_key_nothing_is_told(self, hub, header, code):
        headers = {"Authorization": header} if header else {}
        address = f"{hub.url}/api/v1/sync/hello"
        answer = requests.post(address, json=hello(), headers=headers, timeout=20)
        assert_problem(answer, 401, code)
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_a_refused_key_is_told_even_to_a_camera_in_the_middle_of_a_large_file(
        self, hub
    ):
        answer = requests.put(
            f"{hub.url}/api/v1/sync/blobs/{'0' * 64}",
            data=bytes(10_000_000),
            headers={"Content-Type": "image/jpeg", "Authorization": "Bearer skc_x"},
            timeout=20,
        )
        assert_problem(answer, 401, "wrong_key")

    def test_a_revoked_key_is_refused(self, hub, camera):
        with hub.database() as db:
            keys.revoke_key(db, keys.find_key(db, camera.key).sha256, NOW)
        assert_problem(camera.call("POST", "hello", json=hello()), 401, "revoked_key")

    def test_a_key_of_another_scope_is_forbidden(self, hub, camera):
        with hub.database() as db:
            sensor_key = keys.add_key(db, camera.id, NOW, scope="sensor")
        answer = camera.call(
            "POST",
            "hello",
            json=hello(),
            headers={"Authorization": f"Bearer {sensor_key}"},
        )
        assert_problem(answer, 403, "wrong_scope")

    def test_only_the_two_newest_keys_live(self, hub, camera):
        with hub.database() as db:
            newer = [keys.add_key(db, camera.id, NOW) for _ in range(2)]
            assert keys.find_key(db, camera.key).revoked
            assert not any(keys.find_key(db, key).revoked for key in newer)

    def test_the_secret_itself_is_nowhere_in_the_database(self, hub, camera):
        with hub.database() as db:
            assert camera.key not in "\n".join(db.conn.iterdump())


class TestErrors:
    @pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
    def test_an_unknown_address_is_a_problem(self, hub, method):
        answer = requests.request(method, f"{hub.url}/api/v1/nothing", timeout=20)
        assert_problem(answer, 404, "not_found")

    def test_a_wrong_method_names_the_right_ones(self, hub):
        answer = hub.get("/api/v1/sync/hello")
        assert_problem(answer, 405, "method_not_allowed")
        assert "POST" in answer.headers["Allow"]

    def test_what_is_not_json_is_400_and_what_does_not_fit_is_422(self, camera):
        assert_problem(camera.call("POST", "hello", data="{"), 400, "not_json")
        answer = camera.call("POST", "hello", json={"agent": "x"})
        assert "time" in assert_problem(answer, 422, "invalid")["detail"]

    def test_a_naive_time_is_refused(self, camera):
        answer = camera.call("POST", "hello", json=hello(time="2026-11-22T01:00:00"))
        assert_problem(answer, 422, "invalid")

    def test_a_body_that_is_too_large_is_refused_before_it_is_sent(self, hub, camera):
        for path in ("hello", "live", f"blobs/{'0' * 64}"):
            line = http.client.HTTPConnection(
                hub.url.removeprefix("http://"), timeout=5
            )
            line.putrequest(
                "POST" if path == "hello" else "PUT", f"/api/v1/sync/{path}"
            )
            line.putheader("Authorization", f"Bearer {camera.key}")
            line.putheader("Content-Length", "3000000000")
            line.putheader("Content-Type", "multipart/form-data; boundary=x")
            line.endheaders()
            answer = line.getresponse()
            said = json.loads(answer.read())
            line.close()
            assert answer.status == 413
            assert (said["status"], said["code"]) == (413, "too_large")
            assert answer.getheader("Content-Type") == "application/problem+json"

    def test_an_unknown_encoding_is_named(self, camera):
        headers = {"Content-Encoding": "br"}
        answer = camera.call("POST", "readings", data=b"x", headers=headers)
        assert_problem(answer, 415, "unsupported_encoding")

    def test_answers_are_never_cached_and_carry_the_policy(self, camera):
        answer = camera.call("POST", "hello", json=hello())
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


class TestHello:
    def test_a_heartbeat_is_stored_and_answered(self, hub, camera):
        answer = camera.call("POST", "hello", json=hello(state="expose", new_field=1))
        assert answer.status_code == 200
        said = answer.json()
        hub_time = dt.datetime.fromisoformat(said["server_time"])
        assert abs(hub_time - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=10)
        assert said["limits"]["points"] == 1000
        with hub.database() as db:
            known = cameras.public_camera(db, camera.id)
        assert known.hello.state == "expose"
        assert known.last_contact_utc is not None

    def test_only_the_nights_that_differ_are_named(self, camera, make_jpeg):
        content = make_jpeg()
        camera.put_blob(content)
        for night in ("2026-11-19", "2026-11-20"):
            camera.put_product(f"{night}/keogram", content)
        sha256 = camera.put_blob(content).json()["sha256"]
        digests = {
            "2026-11-19": night_digest({"2026-11-19/keogram": sha256}),
            "2026-11-20": night_digest({"2026-11-20/keogram": "1" * 64}),
            "2026-11-21": night_digest({"2026-11-21/keogram": sha256}),
        }
        said = camera.call("POST", "hello", json=hello(digests=digests)).json()
        assert said["nights"] == ["2026-11-20", "2026-11-21"]


class TestCamera:
    def test_a_camera_says_what_it_is(self, hub, camera):
        name = "<script>alert('Dach')</script>"
        answer = camera.call("PUT", "camera", json=DESCRIPTION | {"name": name})
        assert answer.status_code == 204
        with hub.database() as db:
            known = cameras.public_camera(db, camera.id)
        assert known.name == name
        assert known.place.latitude_deg == 52.5
        assert str(known.tz) == "Europe/Berlin"

    @pytest.mark.parametrize(
        "changes",
        [
            {"zone": "Europe/Nowhere"},
            {"zone": "../../etc/passwd"},
            {"zone": "America"},
            {"zone": ""},
            {"country": "<b"},
            {"name": "two\nlines"},
            {"name": "   "},
            {"latitude_deg": 91},
            {"latitude_deg": "NaN"},
        ],
    )
    def test_what_would_break_a_page_is_refused(self, camera, changes):
        answer = camera.call("PUT", "camera", json=DESCRIPTION | changes)
        assert_problem(answer, 422, "invalid")


class TestJoin:
    def test_a_code_works_once_however_it_is_typed(self, hub, camera):
        with hub.database() as db:
            code = keys.add_join_code(db, camera.id, NOW)
        typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')}"
        first, again = (
            requests.post(f"{hub.url}/api/v1/join", json={"code": typed}, timeout=20)
            for _ in range(2)
        )
        assert first.status_code == 201
        assert first.json()["camera_id"] == camera.id
        headers = {"Authorization": f"Bearer {first.json()['key']}"}
        with_new_key = camera.call("POST", "hello", json=hello(), headers=headers)
        assert with_new_key.status_code == 200
        assert_problem(again, 403, "join_code_refused")

    def test_of_many_at_once_one_gets_the_key(self, hub, camera):
        with hub.database() as db:
            body = {"code": keys.add_join_code(db, camera.id, NOW)}
        join = f"{hub.url}/api/v1/join"
        with ThreadPoolExecutor(8) as pool:
            tries = [pool.submit(requests.post, join, json=body) for _ in range(8)]
        statuses = sorted(attempt.result().status_code for attempt in tries)
        assert statuses == [201] + [403] * 7

    def test_a_code_older_than_a_week_is_refused(self, hub, camera):
        with hub.database() as db:
            code = keys.add_join_code(db, camera.id, NOW - dt.timedelta(days=8))
        answer = requests.post(
            f"{hub.url}/api/v1/join", json={"code": code}, timeout=20
        )
        assert_problem(answer, 403, "join_code_refused")


class TestReadings:
    def test_the_same_batch_twice_is_stored_once(self, camera):
        points = [point(minute) for minute in range(500)]
        first, again = post_readings(camera, points), post_readings(camera, points)
        assert first.json() == {
            "accepted": 500,
            "duplicate": 0,
            "conflict": 0,
            "rejected": [],
        }
        assert (again.json()["accepted"], again.json()["duplicate"]) == (0, 500)

    def test_a_bad_point_never_blocks_the_others(self, camera):
        points = [point(1), point(2, unit="K"), {"sensor": uuid.uuid4().hex}, point(3)]
        said = post_readings(camera, points).json()
        assert said["accepted"] == 2
        assert [one["index"] for one in said["rejected"]] == [1, 2]

    def test_a_batch_sent_by_many_at_once_is_stored_once(self, camera):
        points = [point(minute, sensor="race") for minute in range(200)]
        with ThreadPoolExecutor(6) as pool:
            tries = [pool.submit(post_readings, camera, points) for _ in range(6)]
        answers = [attempt.result().json() for attempt in tries]
        assert sum(said["accepted"] for said in answers) == 200
        assert sum(said["duplicate"] for said in answers) == 1000

    def test_more_points_than_allowed_are_refused(self, camera):
        answer = post_readings(camera, [point(minute) for minute in range(1001)])
        assert_problem(answer, 422, "invalid")

    def test_a_gzip_bomb_is_refused(self, camera):
        headers = {"Content-Encoding": "gzip"}
        bomb = gzip.compress(bytes(200_000_000), compresslevel=1)
        answer = camera.call("POST", "readings", data=bomb[:900_000], headers=headers)
        assert_problem(answer, 413, "too_large")

    @pytest.mark.parametrize(
        "body",
        [b"", b"no gzip", gzip.compress(b"{}" * 99, mtime=0)[:-9]],
        ids=["empty", "no gzip", "cut off"],
    )
    def test_damaged_gzip_is_named(self, camera, body):
        headers = {"Content-Encoding": "gzip"}
        answer = camera.call("POST", "readings", data=body, headers=headers)
        assert_problem(answer, 400, "not_gzip")
