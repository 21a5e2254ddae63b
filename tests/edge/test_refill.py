"""What a heartbeat compares: the newest, and a window of the older that gets to all of them, also over restarts."""

import datetime as dt
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from edge.clock import VirtualClock
from edge.outbox import Outbox
from edge.refill import NEWEST, WINDOW, Compared, Refill, Window
from edge.store import Store
from edge.store_agreement import (
    LeftOut,
    leave_readings_out,
    position,
    queue_day_again,
    readings_sent,
    settled_days,
)
from edge.store_tables import migrations
from products.manifest import HelloAnswer, Limits, ProductManifest, sha256_hex

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
TODAY = "2026-11-22"
YESTERDAY = "2026-11-21"


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path)) as store:
        yield store


def measure(store, count, start):
    for n in range(count):
        one = {"sensor": "a", "quantity": "humidity", "value": float(n), "unit": "%"}
        store.add_readings(start + dt.timedelta(seconds=n), [one])
    return [one.id for one in store.unsent_readings(10_000)]


def counts(store, today=TODAY):
    return {one.day: one.readings for one in settled_days(store, today)}


def answer(**said):
    return HelloAnswer(server_time=NOON, limits=Limits(blob_bytes=1), **said)


@given(older=st.integers(min_value=0, max_value=100), restart=st.booleans())
def test_a_window_gets_to_everything_and_a_restart_does_not_begin_anew(
    tmp_path_factory, older, restart
):
    names = [f"n{n:03d}" for n in range(NEWEST + older)]
    with closing(Store(tmp_path_factory.mktemp("window"))) as store:
        window, seen = Window(store, "nights"), set()
        for _ in range(-(-older // WINDOW) or 1):
            found = window.of(names)
            assert found[:NEWEST] == names[:NEWEST]
            assert len(found) == len(set(found)) <= NEWEST + WINDOW
            seen |= set(found)
            window.move_on()
            if restart:
                window = Window(store, "nights")
        assert seen == set(names)
        assert position(store, "window of nights") == 0


def test_a_window_that_reaches_beyond_a_list_that_shrank_begins_anew(store):
    window = Window(store, "nights")
    for _ in range(3):
        window.of([f"n{n}" for n in range(100)])
        window.move_on()
    few = [f"n{n}" for n in range(NEWEST + 3)]
    window.of(few)
    window.move_on()
    assert window.of(few) == few


def test_days_count_what_the_hub_has_and_only_when_nothing_of_them_waits(store):
    ids = measure(store, 10, NOON - dt.timedelta(days=1))
    readings_sent(store, ids[:6])
    assert counts(store) == {}
    leave_readings_out(store, ids[6:8], LeftOut.REFUSED)
    leave_readings_out(store, ids[8:], LeftOut.PRIVATE)
    assert counts(store) == {YESTERDAY: 6}
    readings_sent(store, ids)
    assert counts(store) == {YESTERDAY: 6}
    assert counts(store, YESTERDAY) == {}


def test_a_day_that_is_sent_again_counts_the_same_afterwards(store):
    ids = measure(store, 10, NOON - dt.timedelta(days=1))
    leave_readings_out(store, ids[:1], LeftOut.REFUSED)
    readings_sent(store, ids[1:])
    assert queue_day_again(store, YESTERDAY) == 9
    assert counts(store) == {}
    readings_sent(store, [one.id for one in store.unsent_readings(20)])
    assert counts(store) == {YESTERDAY: 9}
    (day,) = settled_days(store, TODAY)
    assert day.asked == 9


def test_readings_either_side_of_midnight_are_of_their_own_utc_day(store):
    midnight = NOON.replace(hour=0)
    readings_sent(store, measure(store, 20, midnight - dt.timedelta(seconds=7)))
    assert counts(store, "2026-11-23") == {TODAY: 13, YESTERDAY: 7}


def test_a_day_is_asked_for_once_until_the_hub_agrees(store):
    readings_sent(store, measure(store, 5, NOON - dt.timedelta(days=1)))
    refill = Refill(store, Outbox(store), VirtualClock(NOON))
    for expected in (5, 0):
        said = refill.compared()
        assert said == Compared(digests={}, readings={YESTERDAY: 5})
        refill.heed(said, answer(days=[YESTERDAY]))
        assert store.unsent_count() == expected
        readings_sent(store, [one.id for one in store.unsent_readings(20)])
    refill.heed(refill.compared(), answer())
    refill.heed(refill.compared(), answer(days=[YESTERDAY]))
    assert store.unsent_count() == 5


def test_what_a_hub_names_that_was_not_compared_is_left_alone(store):
    refill = Refill(store, Outbox(store), VirtualClock(NOON))
    refill.heed(refill.compared(), answer(nights=[TODAY], days=[YESTERDAY]))
    assert store.unsent_count() == 0


def test_a_database_of_before_counts_what_was_sent(tmp_path):
    """The tables as they were before the days were counted, with readings in all states."""
    path = tmp_path / "edge.db"
    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection)
        migrations.apply(db, stop_before="m008_agreement_with_the_hub")
        rows = [
            (f"{YESTERDAY}T0{n}:00:00.000Z", "a", "humidity", 1.0, "%", int(n < 4))
            for n in range(6)
        ]
        connection.executemany(
            "INSERT INTO readings (taken_utc, sensor, quantity, value, unit, sent) VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )
        connection.commit()
    with closing(Store(tmp_path)) as store:
        assert len(store.unsent_readings(10)) == 2
        readings_sent(store, [one.id for one in store.unsent_readings(10)])
        assert counts(store) == {YESTERDAY: 6}


def test_a_night_that_still_grows_is_not_sent_over_and_over(tmp_path):
    """A camera that lost its database knows less of tonight than the hub, whatever it adds."""
    with closing(Store(tmp_path)) as store:
        outbox, clock = Outbox(store), VirtualClock(NOON)
        refill, asked = Refill(store, outbox, clock), 0
        for n in range(30):
            publish(outbox, tmp_path, f"frame/{n}", clock.now())
            said = refill.compared()
            refill.heed(said, answer(nights=list(said.digests)))
            asked += bool(outbox.waiting())
            while again := outbox.next_product(clock.now()):
                outbox.sent(again, clock.now())
            clock.sleep(600)
        assert asked == 5
        refill.heed(refill.compared(), answer())
        publish(outbox, tmp_path, "keogram", clock.now())
        said = refill.compared()
        refill.heed(said, answer(nights=list(said.digests)))
        assert outbox.waiting() == 31


def test_a_newer_revision_survives_that_an_older_one_is_forgotten(tmp_path):
    with closing(Store(tmp_path)) as store:
        outbox = Outbox(store)
        publish(outbox, tmp_path, "keogram", NOON)
        outbox.ledger.queue_night_again(YESTERDAY, NOON)
        being_sent = outbox.next_product(NOON)
        manifest = being_sent.manifest.model_copy(update={"rev": 2})
        outbox.queue_product(YESTERDAY, "keogram", manifest, being_sent.files, NOON)
        outbox.forget(being_sent.key, being_sent.rev)
        assert outbox.next_product(NOON).rev == 2
        assert outbox.ledger.nights() == []


def publish(outbox, folder, kind, now):
    """Queue a product of yesterday's night, and note that the hub has it."""
    path = folder / kind.replace("/", "-")
    path.write_bytes(kind.encode())
    sha256 = sha256_hex(kind.encode())
    manifest = ProductManifest(sha256=sha256, size=len(kind), type="image/jpeg", rev=1)
    outbox.queue_product(YESTERDAY, kind, manifest, {sha256: path}, now)
    outbox.sent(outbox.next_product(now), now)
