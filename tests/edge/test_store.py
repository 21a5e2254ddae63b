import datetime as dt
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from edge.store import FrameRecord, ProgramState, Store
from edge.store_agreement import readings_sent

NOW = dt.datetime(2026, 11, 22, 22, 0, 0, 250_000, tzinfo=dt.UTC)
FRAME = FrameRecord(
    "frames/2026-11-22/20261122T220000Z.jpg",
    "2026-11-22",
    NOW,
    1014,
    760,
    123_456,
    exposure_us=20_000_000,
    gain=4.5,
)


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path)) as store:
        yield store


def test_a_frame_comes_back_as_it_was_stored(store):
    store.add_frame(FRAME)
    assert store.frames("2026-11-22") == [FRAME]
    assert store.last_frame() == FRAME
    assert store.nights_with_frames() == ["2026-11-22"]


def test_the_same_frame_twice_is_one_frame(store):
    store.add_frame(FRAME)
    store.add_frame(replace(FRAME, background=17.5))
    assert [frame.background for frame in store.frames("2026-11-22")] == [17.5]


def test_frames_come_in_the_order_of_their_time(store):
    later = replace(FRAME, path="b.jpg", taken_utc=NOW + dt.timedelta(milliseconds=1))
    store.add_frame(later)
    store.add_frame(FRAME)
    assert store.frames("2026-11-22") == [FRAME, later]
    assert store.last_frame() == later
    assert store.frame_count(since=NOW) == 2
    assert store.frame_count(since=later.taken_utc) == 1


def test_two_frames_of_one_second_have_two_names(store):
    first = store.frame_path("2026-11-22", NOW)
    first.parent.mkdir(parents=True)
    first.touch()
    second = store.frame_path("2026-11-22", NOW)
    assert (first.name, second.name) == (
        "20261122T220000Z.jpg",
        "20261122T220000.250Z.jpg",
    )


def test_revisions_of_a_night_only_grow(store):
    assert [store.next_revision("2026-11-22") for _ in range(3)] == [1, 2, 3]
    store.finish_night("2026-11-22", NOW)
    assert store.next_revision("2026-11-22") == 4
    assert store.next_revision("2026-11-23") == 1


def test_a_night_is_unfinished_until_it_is_finished(store):
    store.add_frame(FRAME)
    store.next_revision("2026-11-22")
    assert store.unfinished_nights() == ["2026-11-22"]
    store.finish_night("2026-11-22", NOW)
    assert store.unfinished_nights() == []


def test_the_reason_why_a_night_has_no_products_is_kept(store):
    store.finish_night("2026-11-21", NOW)
    store.finish_night("2026-11-22", NOW, "No frame could be read.")
    assert store.night_notes() == {"2026-11-22": "No frame could be read."}


def test_a_state_keeps_its_beginning_while_it_lasts(store):
    state = ProgramState("capture", "sleep", "The sun is up.", NOW, None)
    store.set_state(state)
    later = NOW + dt.timedelta(minutes=1)
    store.set_state(replace(state, since_utc=later, next_utc=later))
    assert store.states()["capture"] == replace(
        state, since_utc=NOW.replace(microsecond=250_000), next_utc=later
    )
    store.set_state(replace(state, state="wait", since_utc=later))
    assert store.states()["capture"].since_utc == later


def test_readings_wait_until_they_are_sent(store):
    one = {"sensor": "roof", "quantity": "temperature", "value": 4.5, "unit": "°C"}
    store.add_readings(NOW, [one])
    store.add_readings(NOW, [one])
    waiting = store.unsent_readings(10)
    assert [(r.sensor, r.value, r.taken_utc) for r in waiting] == [("roof", 4.5, NOW)]
    assert store.unsent_count() == 1
    readings_sent(store, [waiting[0].id])
    assert store.unsent_count() == 0


def test_programs_that_start_together_make_one_database(tmp_path):
    script = "import sys, pathlib; from edge.store import Store; Store(pathlib.Path(sys.argv[1])).close()"
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
        for _ in range(4)
    ]
    assert [process.wait(30) for process in started] == [0, 0, 0, 0]


def test_cameras_on_one_computer_do_not_share_their_scratch(tmp_path):
    with closing(Store(tmp_path / "a")) as a, closing(Store(tmp_path / "b")) as b:
        assert a.scratch != b.scratch


def reading(sensor, value, quantity="sky_brightness"):
    return {
        "sensor": sensor,
        "quantity": quantity,
        "value": value,
        "unit": "mag/arcsec²",
    }


def test_the_readings_of_a_stretch_of_time_come_by_sensor_and_in_order(store):
    minute = dt.timedelta(minutes=1)
    for after in (3, 1, 2, 0):
        both = [reading("sky", 20.0 + after), reading("roof", 18.0 + after)]
        other = reading("sky", 1.0, "illuminance")
        store.add_readings(NOW + after * minute, [*both, other])
    store.add_readings(NOW, [reading("air", 4.0, "temperature")])
    found = store.readings_between("sky_brightness", NOW + minute, NOW + 3 * minute)
    assert found == {
        "sky": [(NOW + minute, 21.0), (NOW + 2 * minute, 22.0)],
        "roof": [(NOW + minute, 19.0), (NOW + 2 * minute, 20.0)],
    }
    assert store.readings_between("sky_brightness", NOW - minute, NOW) == {}


def test_an_empty_store_has_no_readings(store):
    assert store.readings_between("sky_brightness", NOW, NOW) == {}
