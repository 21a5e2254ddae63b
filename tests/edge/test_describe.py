import datetime as dt
import json
from contextlib import closing

import pytest

from edge.clock import VirtualClock
from edge.config import parse
from edge.describe import circle, describe, hardware, sensor_state_name
from edge.heartbeat import heartbeat
from edge.outbox import Outbox
from edge.store import ProgramState, Store

NOW = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.0512,
    "longitude_deg": 8.2034,
    "elevation_m": 900,
    "zone": "Europe/Berlin",
    "country": "DE",
}
SENSORS = [
    {"name": "outside", "driver": "simulated-climate"},
    {"name": "sky", "driver": "simulated-sky"},
    {"name": "spare", "driver": "simulated-sky", "enabled": False},
    {"name": "bedroom", "driver": "simulated-climate", "public": False},
]


@pytest.fixture
def settings():
    camera = {"driver": "simulator", "simulator": {"width": 1000, "height": 800}}
    return parse({"site": SITE, "camera": camera, "sensors": SENSORS})


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path)) as store:
        yield store


def say(store, name, state, reason=""):
    store.set_state(ProgramState(name, state, reason, NOW, None))


def test_the_exact_place_is_nowhere_in_the_description(settings, store):
    described = describe(settings, store)
    assert (described.latitude_deg, described.longitude_deg) == (48.05, 8.2)
    text = described.model_dump_json()
    assert "0512" not in text
    assert "2034" not in text
    assert json.loads(text)["zone"] == "Europe/Berlin"


def test_sensors_are_described_as_their_last_round_went(settings, store):
    say(store, sensor_state_name("outside"), "available")
    say(store, sensor_state_name("sky"), "unavailable", "no device at 0x29")
    say(store, sensor_state_name("spare"), "available")
    found = {one.name: one for one in describe(settings, store).sensors}
    assert found["outside"].available
    assert not found["sky"].available
    assert found["sky"].problem == "no device at 0x29"
    assert (found["spare"].enabled, found["spare"].available) == (False, False)


def test_a_sensor_that_is_not_public_is_not_described(settings, store):
    assert "bedroom" not in describe(settings, store).model_dump_json()


def test_a_sensor_that_was_never_read_is_not_called_available(settings, store):
    assert [one.available for one in describe(settings, store).sensors] == [False] * 3


def test_the_circle_is_that_of_the_simulated_fisheye(settings):
    found = circle(settings.camera)
    assert found.x == pytest.approx(0.5, abs=0.001)
    assert found.y == pytest.approx(0.4, abs=0.001)
    assert 0.3 < found.radius < 0.4


def test_the_circle_of_an_unknown_lens_is_unknown():
    camera = parse({"site": SITE, "camera": {"driver": "picamera2"}}).camera
    assert circle(camera) is None


def test_the_computer_is_named_by_its_board(settings, tmp_path):
    board = tmp_path / "model"
    board.write_bytes(b"Raspberry Pi 4 Model B Rev 1.5\0")
    found = hardware(settings.camera, board)
    assert found == {
        "camera": "simulated",
        "computer": "Raspberry Pi 4 Model B Rev 1.5",
    }
    assert hardware(settings.camera, tmp_path / "none")["computer"]


def test_the_heartbeat_says_what_capture_is_doing_and_when_the_next_frame_is_due(store):
    due = NOW + dt.timedelta(seconds=30)
    state = ProgramState("capture", "wait", "night", NOW, due)
    store.set_state(state)
    hello = heartbeat(store, Outbox(store), VirtualClock(NOW))
    assert (hello.state, hello.state_reason) == ("wait", "night")
    assert hello.next_frame_utc == due
    assert hello.disk_free_bytes > 0
    assert hello.time == NOW


def test_the_heartbeat_of_a_new_camera_claims_nothing(store):
    hello = heartbeat(store, Outbox(store), VirtualClock(NOW))
    assert (hello.state, hello.next_frame_utc, hello.digests) == ("", None, {})
