"""The sender against a hub over real HTTP that fails when told to: nothing lost or doubled, every fault a sentence."""

import datetime as dt
import json
import random
import socket
from contextlib import closing
from email.utils import format_datetime

import numpy as np
import pytest

from edge import sync
from edge.clock import VirtualClock
from edge.config import parse
from edge.hub_key import write_key
from edge.live import LiveImages
from edge.outbox import Outbox
from edge.store import Store
from edge.sync import Sync, build_sync
from products.jpeg import encode
from products.manifest import Blob, LiveFacts, ProductManifest, sha256_hex

NIGHT = "2026-11-21"
NOW = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.0512,
    "longitude_deg": 8.2034,
    "zone": "Europe/Berlin",
}


class Rig:
    """One camera with data to send, and the sender under test."""

    def __init__(self, folder, url, key):
        settings = {
            "site": SITE,
            "camera": {"driver": "simulator"},
            "sensors": [
                {"name": "outside", "driver": "simulated-climate"},
                {"name": "bedroom", "driver": "simulated-climate", "public": False},
            ],
            "hub": {"url": url},
        }
        self.folder = folder
        self.settings = parse(settings).model_copy(update={"data": folder / "data"})
        self.clock = VirtualClock(NOW)
        self.store = Store(self.settings.data)
        self.outbox = Outbox(self.store)
        if key:
            write_key(folder, key)
        self.open()

    def open(self):
        chance = random.Random(5)
        self.sync = Sync(self.settings, self.folder, self.clock, chance)

    def restart(self):
        self.sync.close()
        self.open()

    def look_rarely(self, monkeypatch):
        """Begin anew with a heartbeat and a look at the queue every ten minutes: days pass in fewer steps."""
        monkeypatch.setattr(sync, "LOOK_EVERY_S", 600.0)
        hub = self.settings.hub.model_copy(update={"hello_interval_s": 600.0})
        self.settings = self.settings.model_copy(update={"hub": hub})
        self.restart()

    def close(self):
        self.sync.close()
        self.store.close()

    def run(self, seconds):
        """Step until so much time has passed; at least once."""
        end = self.clock.monotonic() + seconds
        while True:
            self.clock.sleep(self.sync.step())
            if self.clock.monotonic() >= end:
                return

    @property
    def state(self):
        return self.store.states()["sync"]

    def add_readings(self, count, start=NOW, sensor="outside"):
        for n in range(count):
            reading = {
                "sensor": sensor,
                "quantity": "temperature",
                "value": float(n),
                "unit": "°C",
            }
            self.store.add_readings(start + dt.timedelta(seconds=n), [reading])

    def add_product(self, kind="keogram", rev=1, content=b"picture", sidecar=b"{}"):
        folder = self.store.products_folder(NIGHT)
        folder.mkdir(parents=True, exist_ok=True)
        files = {}
        stem = kind.replace("/", "-")
        for name, held in ((f"{stem}.jpg", content), (f"{stem}.json", sidecar)):
            (folder / name).write_bytes(held)
            files[sha256_hex(held)] = folder / name
        manifest = ProductManifest(
            sha256=sha256_hex(content),
            size=len(content),
            type="image/jpeg",
            rev=rev,
            sidecar=Blob(
                sha256=sha256_hex(sidecar), size=len(sidecar), type="application/json"
            ),
        )
        self.outbox.queue_product(NIGHT, kind, manifest, files, self.clock.now())
        return folder / f"{stem}.jpg"

    def add_frame(self, taken_utc):
        rgb = np.full((700, 1200, 3), 40, np.uint8)
        facts = LiveFacts(taken_utc=taken_utc, night=NIGHT)
        LiveImages(self.store.scratch).publish(encode(rgb, 90), rgb, facts)


@pytest.fixture
def make_rig(tmp_path, fake_hub):
    rigs = []

    def make(url=None, key=fake_hub.key):
        rigs.append(Rig(tmp_path, fake_hub.url if url is None else url, key))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.close()


@pytest.fixture
def rig(make_rig):
    return make_rig()


def everything(rig):
    rig.add_readings(20)
    rig.add_product("keogram", content=b"keogram")
    rig.add_product("startrails", content=b"trails", sidecar=b"[]")
    rig.add_frame(NOW)


def assert_all_there_once(hub):
    assert len(hub.readings) == 20
    assert sorted(hub.products) == [f"{NIGHT}/keogram", f"{NIGHT}/startrails"]
    assert sorted(hub.blobs.values()) == [b"[]", b"keogram", b"trails", b"{}"]


def test_everything_arrives_and_the_state_is_online(rig, fake_hub):
    everything(rig)
    rig.run(120)
    assert_all_there_once(fake_hub)
    assert fake_hub.camera["latitude_deg"] == 48.05
    assert (rig.state.state, rig.state.reason) == ("online", "")
    assert (rig.outbox.waiting(), rig.store.unsent_count()) == (0, 0)


def test_one_connection_is_kept_for_the_live_image_and_one_for_all_else(rig, fake_hub):
    everything(rig)
    for n in range(20):
        rig.add_frame(NOW + dt.timedelta(minutes=n))
        rig.run(60)
    assert len(fake_hub.received) > 50
    assert fake_hub.connected == 2


def test_nothing_is_sent_twice_when_all_is_well(rig, fake_hub):
    everything(rig)
    rig.run(600)
    assert len(fake_hub.requests("POST", "/sync/readings")) == 1
    assert len(fake_hub.requests("PUT", "/sync/blobs")) == 4
    assert len(fake_hub.requests("PUT", "/sync/products")) == 2
    assert len(fake_hub.requests("PUT", "/sync/camera")) == 1
    assert len(fake_hub.requests("PUT", "/sync/live")) == 1


def test_the_newest_frame_goes_before_the_backlog_and_in_three_sizes(rig, fake_hub):
    everything(rig)
    rig.run(60)
    paths = [one.path.removeprefix("/api/v1/sync/") for one in fake_hub.received]
    assert paths[:2] == ["hello", "live"]
    body = fake_hub.requests("PUT", "/sync/live")[0].body
    for name in (b'"facts"', b'"image"', b'"960"', b'"480"'):
        assert b"name=" + name in body


def test_a_frame_that_comes_during_a_backlog_does_not_wait_for_it(rig, fake_hub):
    for n in range(20):
        rig.add_product(f"kind{n}", content=b"%d" % n, sidecar=b"[%d]" % n)
    for _ in range(10):
        rig.sync.step()
    rig.add_frame(NOW)
    rig.sync.step()
    assert fake_hub.received[-1].path.endswith("/live")
    assert rig.outbox.waiting() > 10


def test_frames_are_not_sent_more_often_than_the_settings_allow(rig, fake_hub):
    for n in range(60):
        rig.add_frame(NOW + dt.timedelta(seconds=5 * n))
        rig.run(5)
    allowed = 1 + rig.clock.monotonic() // rig.settings.hub.live_interval_s
    assert allowed / 2 < len(fake_hub.requests("PUT", "/sync/live")) <= allowed


def test_a_large_backlog_of_readings_goes_in_batches(rig, fake_hub):
    rig.add_readings(1100)
    rig.run(30)
    sizes = [
        len(one.json["points"]) for one in fake_hub.requests("POST", "/sync/readings")
    ]
    assert sizes == [500, 500, 100]
    assert len(fake_hub.readings) == 1100


def test_readings_of_a_sensor_that_is_not_public_stay_on_the_camera(rig, fake_hub):
    rig.add_readings(700, sensor="bedroom")
    rig.add_readings(30)
    rig.run(30)
    assert len(fake_hub.readings) == 30
    assert not any(b"bedroom" in one.body for one in fake_hub.received)
    assert rig.store.unsent_count() == 0


def test_a_hub_that_was_down_gets_everything_once(rig, fake_hub):
    fake_hub.stop()
    everything(rig)
    rig.run(4 * 3600)
    assert rig.state.state == "hub unreachable"
    assert "is down" in rig.state.reason
    assert rig.state.next_utc is not None
    assert rig.store.unsent_count() == 20
    fake_hub.start()
    rig.run(3600)
    assert_all_there_once(fake_hub)
    assert (rig.state.state, rig.state.reason) == ("online", "")


def test_waits_grow_to_half_an_hour_and_no_further(rig, fake_hub):
    fake_hub.stop()
    waits, before = [], 0.0
    for _ in range(600):
        rig.clock.sleep(rig.sync.step())
        due = rig.state.next_utc
        if due != before:
            waits.append((due - rig.clock.now()).total_seconds())
            before = due
    assert max(waits[:2]) <= 30
    assert 600 < max(waits) <= 1800


@pytest.mark.parametrize("work_done", [True, False], ids=["answer", "request"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sync/hello"),
        ("PUT", "/sync/live"),
        ("POST", "/sync/readings"),
        ("HEAD", "/sync/blobs"),
        ("PUT", "/sync/blobs"),
        ("PUT", "/sync/products"),
    ],
)
def test_a_lost_request_or_answer_loses_and_doubles_nothing(
    rig, fake_hub, method, path, work_done
):
    everything(rig)
    fake_hub.cut_next(method, path, work_done=work_done, times=2)
    rig.run(3600)
    assert_all_there_once(fake_hub)
    assert rig.store.unsent_count() == 0
    assert (rig.state.state, rig.state.reason) == ("online", "")


def test_a_restart_in_the_middle_loses_and_doubles_nothing(rig, fake_hub):
    everything(rig)
    for _ in range(12):
        rig.sync.step()
        rig.restart()
    rig.run(120)
    assert_all_there_once(fake_hub)


def test_a_refused_key_is_said_and_probed_hourly(rig, fake_hub):
    write_key(rig.folder, "skc_of-somebody-else")
    everything(rig)
    rig.run(6 * 3600)
    assert rig.state.state == "key refused"
    assert "allsky-edge join" in rig.state.reason
    assert {one.path for one in fake_hub.received} == {"/api/v1/sync/hello"}
    assert 6 <= len(fake_hub.received) <= 7


def test_a_new_key_is_used_within_a_minute(rig, fake_hub):
    write_key(rig.folder, "skc_of-somebody-else")
    everything(rig)
    rig.run(600)
    write_key(rig.folder, fake_hub.key)
    rig.run(120)
    assert_all_there_once(fake_hub)


def test_a_missing_key_is_said(make_rig, fake_hub):
    rig = make_rig(key="")
    rig.run(60)
    assert rig.state.state == "no key"
    assert "allsky-edge join" in rig.state.reason
    assert fake_hub.received == []


def test_no_hub_is_said_and_nothing_is_tried(make_rig):
    rig = make_rig(url="")
    assert rig.sync.step() >= 60
    assert rig.state.state == "no hub"
    assert "hub.url" in rig.state.reason


def test_plain_http_to_another_computer_is_refused(make_rig):
    rig = make_rig(url="http://hub.example.org")
    rig.run(1)
    assert rig.state.state == "wrong address"
    assert "https://" in rig.state.reason


def test_an_address_that_is_no_hub_is_said(rig, fake_hub):
    fake_hub.answer_next("POST", "/sync/hello", 404, times=100)
    rig.run(1)
    assert rig.state.state == "wrong address"
    assert "not as a hub" in rig.state.reason
    assert "hub.url" in rig.state.reason


def test_a_page_instead_of_an_answer_is_no_hub(rig, fake_hub):
    everything(rig)
    fake_hub.answer_next("POST", "/sync/hello", 200, times=3)
    rig.run(1)
    assert rig.state.state == "wrong address"
    assert rig.outbox.waiting() == 2


def test_a_moved_hub_is_named_and_gets_no_key(rig, fake_hub):
    where = {"Location": "https://elsewhere.example.org/"}
    fake_hub.answer_next("POST", "/sync/hello", 301, headers=where, times=100)
    rig.run(1)
    assert rig.state.state == "wrong address"
    assert "https://elsewhere.example.org/" in rig.state.reason


def test_an_unknown_name_is_said(make_rig, monkeypatch):
    def unknown(*_args, **_more):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    rig = make_rig(url="https://hub.example.org")
    rig.run(1)
    assert "name hub.example.org cannot be found" in rig.state.reason


def test_a_certificate_that_cannot_be_verified_is_said(make_rig, fake_hub):
    rig = make_rig(url=fake_hub.url.replace("http:", "https:"))
    rig.run(1)
    assert "certificate" in rig.state.reason


def test_retry_after_is_obeyed(rig, fake_hub):
    wait = {"Retry-After": "700"}
    fake_hub.answer_next("POST", "/sync/hello", 503, headers=wait, code="busy")
    rig.run(690)
    assert rig.state.state == "hub busy"
    assert len(fake_hub.received) == 1
    rig.run(70)
    assert rig.state.state == "online"


def test_a_hub_that_lost_a_file_gets_it_again(rig, fake_hub):
    everything(rig)
    rig.run(60)
    lost = sha256_hex(b"keogram")
    del fake_hub.blobs[lost]
    rig.add_product("keogram", rev=2, content=b"keogram", sidecar=b"{ }")
    rig.sync._senders.products._held.add(lost)  # as if it had been sent a moment ago
    rig.run(600)
    assert fake_hub.blobs[lost] == b"keogram"
    assert fake_hub.products[f"{NIGHT}/keogram"]["rev"] == 2


def test_a_hub_that_was_emptied_is_filled_again(rig, fake_hub):
    everything(rig)
    rig.run(120)
    fake_hub.blobs.clear()
    fake_hub.products.clear()
    fake_hub.hello_answer = {"nights": [NIGHT]}
    rig.run(120)
    assert sorted(fake_hub.products) == [f"{NIGHT}/keogram", f"{NIGHT}/startrails"]


def test_a_hub_that_never_agrees_is_answered_once(rig, fake_hub):
    everything(rig)
    fake_hub.hello_answer = {"nights": [NIGHT]}
    rig.run(3600)
    assert len(fake_hub.requests("PUT", "/sync/products")) <= 6


def test_a_vanished_file_is_dead_with_its_reason_and_blocks_nothing(rig, fake_hub):
    everything(rig)
    rig.add_product("keogram", rev=2, content=b"gone soon").unlink()
    rig.run(120)
    assert [one.key for one in rig.outbox.dead()] == [f"{NIGHT}/keogram"]
    assert "is gone" in rig.state.reason
    hello = fake_hub.requests("POST", "/sync/hello")[-1].json
    assert (hello["dead"], hello["problem"]) == (1, rig.state.reason)
    assert list(fake_hub.products) == [f"{NIGHT}/startrails"]


@pytest.mark.parametrize("changed", [b"longer than before", b"PICTURE"])
def test_a_file_that_changed_in_the_queue_is_dead_with_its_reason(
    rig, fake_hub, changed
):
    rig.add_product(content=b"picture").write_bytes(changed)
    rig.run(120)
    assert "changed after it was queued" in rig.outbox.dead()[0].last_error
    assert fake_hub.products == {}


def test_a_file_broken_on_the_way_is_sent_again(rig, fake_hub):
    rig.add_product()
    fake_hub.answer_next(
        "PUT", "/sync/blobs", 422, code="wrong_hash", retryable=True, times=2
    )
    rig.run(3600)
    assert list(fake_hub.products) == [f"{NIGHT}/keogram"]


def test_a_file_larger_than_the_hub_takes_is_dead_with_its_reason(rig, fake_hub):
    fake_hub.hello_answer = {"limits": {"blob_bytes": 5}}
    rig.add_product(content=b"more than five")
    rig.run(120)
    assert "the hub takes 5 at most" in rig.outbox.dead()[0].last_error


def test_a_product_that_the_hub_refuses_for_good_is_dead(rig, fake_hub):
    everything(rig)
    fake_hub.answer_next(
        "PUT",
        f"/sync/products/{NIGHT}/keogram",
        422,
        code="wrong_type",
        detail="No such type.",
    )
    rig.run(600)
    assert rig.outbox.dead()[0].last_error == "the hub answered 422: No such type."
    assert f"{NIGHT}/startrails" in fake_hub.products


def test_an_older_hub_is_asked_for_a_kind_it_does_not_know_four_times_a_day(
    rig, fake_hub, monkeypatch
):
    rig.look_rarely(monkeypatch)
    refusal = {"code": "unknown_kind", "detail": "No such kind."}
    fake_hub.answer_next(
        "PUT", f"/sync/products/{NIGHT}/frame", 422, times=9999, **refusal
    )
    for minute in range(0, 60, 10):
        content = b"frame %d" % minute
        rig.add_product(f"frame/20261121T20{minute:02d}00Z", content=content)
    rig.add_product("keogram")
    rig.run(86400)
    assert len(fake_hub.requests("PUT", f"/sync/products/{NIGHT}/frame")) <= 5
    assert rig.outbox.dead() == []
    assert list(fake_hub.products) == [f"{NIGHT}/keogram"]
    assert "older than this camera's program" in rig.state.reason
    fake_hub.faults.clear()
    rig.run(86400)
    assert len(fake_hub.products) == 7


def test_a_product_on_which_the_hub_stumbles_does_not_block_the_next(rig, fake_hub):
    everything(rig)
    fake_hub.answer_next(
        "PUT", f"/sync/products/{NIGHT}/keogram", 500, code="crash", times=1000
    )
    rig.run(7200)
    assert list(fake_hub.products) == [f"{NIGHT}/startrails"]
    assert rig.outbox.waiting() == 1
    assert rig.state.state == "online"
    assert f"{NIGHT}/keogram" in rig.state.reason


def test_readings_that_the_hub_rejects_do_not_block_the_others(rig, fake_hub, caplog):
    rig.add_readings(20)
    fake_hub.reject = lambda point: "future" if point["value"] % 2 else None
    rig.run(120)
    assert len(fake_hub.readings) == 10
    assert rig.store.unsent_count() == 0
    assert len([one for one in caplog.records if "does not take" in one.message]) == 1


def test_one_reading_that_spoils_its_batch_is_left_out_alone(rig, fake_hub):
    rig.add_readings(20)
    fake_hub.refuse_batch = lambda points: any(one["value"] == 13 for one in points)
    rig.run(600)
    assert len(fake_hub.readings) == 19
    assert rig.store.unsent_count() == 0


def test_a_refused_live_frame_is_not_tried_again_but_the_next_is(rig, fake_hub):
    refused = {"code": "future", "detail": "The frame is in the future."}
    fake_hub.answer_next("PUT", "/sync/live", 422, **refused)
    rig.add_frame(NOW)
    rig.run(300)
    assert len(fake_hub.requests("PUT", "/sync/live")) == 1
    rig.add_frame(NOW + dt.timedelta(minutes=5))
    rig.run(300)
    assert len(fake_hub.requests("PUT", "/sync/live")) == 2


def test_the_heartbeat_tells_clock_queue_and_digests(rig, fake_hub):
    everything(rig)
    rig.run(120)
    first, last = (fake_hub.requests("POST", "/sync/hello")[n].json for n in (0, -1))
    assert first["clock"] == "simulated"
    waiting = {"keogram": 1, "startrails": 1, "events": 0, "readings": 20}
    assert first["queue"] == waiting
    assert last["queue"] == {"events": 0, "readings": 0}
    assert list(last["digests"]) == [NIGHT]
    assert first["agent"].startswith("allsky-edge/")


def test_the_secret_key_is_nowhere_in_the_states(rig, fake_hub):
    everything(rig)
    rig.run(60)
    fake_hub.stop()
    rig.run(60)
    assert fake_hub.key not in json.dumps(
        [str(one) for one in rig.store.states().values()]
    )


def test_build_sync_makes_the_program(rig):
    program = build_sync(rig.settings, rig.folder, rig.clock)
    with closing(program):
        assert program.name == "sync"


def test_a_long_backlog_is_sent_in_the_state_online(rig, fake_hub):
    fake_hub.stop()
    rig.run(60)
    assert rig.state.state == "hub unreachable"
    rig.add_readings(1100)
    fake_hub.start()
    while not fake_hub.readings:
        rig.clock.sleep(rig.sync.step())
    assert rig.store.unsent_count() > 0
    assert rig.state.state == "online"


def test_a_proxy_of_the_environment_never_sees_the_key(rig, fake_hub, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    rig.run(60)
    assert rig.state.state == "online"


def test_a_date_in_retry_after_is_obeyed(rig, fake_hub):
    later = format_datetime(
        dt.datetime.now(dt.UTC) + dt.timedelta(hours=1), usegmt=True
    )
    wait = {"Retry-After": later}
    fake_hub.answer_next("POST", "/sync/hello", 429, headers=wait, code="busy")
    rig.run(3500)
    assert len(fake_hub.received) == 1
    rig.run(200)
    assert rig.state.state == "online"


@pytest.mark.parametrize(
    "nonsense",
    ["soon", "-5", "²", "Fri, 99 Nov 2026", "Fri, 20 Nov 2026 10:00:00 -0000", ""],
)
def test_nonsense_in_retry_after_means_an_ordinary_wait(rig, fake_hub, nonsense):
    wait = {"Retry-After": nonsense}
    fake_hub.answer_next("POST", "/sync/hello", 503, headers=wait, code="busy")
    rig.run(120)
    assert rig.state.state == "online"


def test_a_hub_that_does_not_answer_in_time_is_said(rig, fake_hub, monkeypatch):
    monkeypatch.setattr("edge.hub_connection.ANSWER_S", 0.1)
    fake_hub.delay_s = 0.4
    rig.sync.step()
    assert rig.state.state == "hub unreachable"
    assert "in time" in rig.state.reason


def test_a_hub_that_asks_for_files_that_never_were_gets_no_more(rig, fake_hub):
    rig.add_product()
    problem = {"code": "missing_blobs", "retryable": True, "missing": ["f" * 64]}
    fake_hub.answer_next("PUT", "/sync/products", 409, times=99, **problem)
    rig.run(600)
    assert "not part of it" in rig.outbox.dead()[0].last_error


@pytest.mark.parametrize("missing", [None, 5, "f", [1], ["f"]])
def test_an_answer_that_names_no_files_is_not_a_hubs(rig, fake_hub, missing):
    rig.add_product()
    problem = {"code": "missing_blobs", "retryable": True, "missing": missing}
    fake_hub.answer_next("PUT", "/sync/products", 409, **problem)
    rig.run(3600)
    assert list(fake_hub.products) == [f"{NIGHT}/keogram"]


def test_a_hub_that_always_asks_for_the_same_file_is_asked_less_and_less(
    rig, fake_hub, monkeypatch
):
    rig.look_rarely(monkeypatch)
    rig.add_product(content=b"picture")
    missing = [sha256_hex(b"picture")]
    problem = {"code": "missing_blobs", "retryable": True, "missing": missing}
    fake_hub.answer_next("PUT", "/sync/products", 409, times=9999, **problem)
    rig.run(12 * 3600)
    assert len(fake_hub.requests("PUT", "/sync/products")) < 150


def test_a_fault_in_the_question_for_a_file_is_only_a_delay(rig, fake_hub):
    rig.add_product()
    fake_hub.answer_next("HEAD", "/sync/blobs", 500, code="crash", times=2)
    rig.run(3600)
    assert list(fake_hub.products) == [f"{NIGHT}/keogram"]
