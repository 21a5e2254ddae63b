import datetime as dt
import json
from contextlib import closing

import numpy as np
import pytest

from edge.clock import VirtualClock
from edge.config import parse
from edge.longterm import LongTerm
from edge.longterm_products import KEOGRAM_NOTE
from edge.nightly import build_nightly
from edge.outbox import Outbox
from edge.service import AlreadyRunningError, locked
from edge.store import FrameRecord, Store
from products import jpeg
from products.columns import ColumnFile, Geometry
from products.columns import FrameRecord as ColumnRecord
from products.night import Night
from products.statistics import FrameStatistics
from products.utc import utc_text

SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}
NOON_NOV_22 = dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC)
KINDS = {"month-keogram": "2026-11-01", "year-keogram": "2026-01-01"}


@pytest.fixture
def camera(tmp_path):
    """Return the settings of a camera and its store."""
    settings = parse({"site": SITE, "camera": {"driver": "simulator"}})
    with closing(Store(tmp_path)) as store:
        yield settings.model_copy(update={"data": tmp_path}), store


def leave_columns(store, name, level=40, hours=4):
    """Leave the columns of a night as capture does: a frame a minute from 22:00 UTC on, and its row in the store."""
    start = dt.datetime.fromisoformat(f"{name}T22:00:00Z")
    columns = ColumnFile(store.products_folder(name) / "keogram.columns")
    columns.begin(Geometry(64, 64, 0.0, 64))
    for minute in range(hours * 60):
        taken = start + dt.timedelta(minutes=minute)
        levels = FrameStatistics(level, level, level, level, 0, 100)
        record = ColumnRecord(taken.strftime("%Y%m%dT%H%M%SZ"), taken, levels, 0.1)
        columns.append(record, np.full((64, 3), level, np.uint8))
    path = f"frames/{name}/{start:%Y%m%dT%H%M%SZ}.jpg"
    store.add_frame(FrameRecord(path, name, start, 64, 64, 1000))


def finished(camera, *names, now=NOON_NOV_22, **columns):
    """Finish nights, and return the work on months and years that follows."""
    settings, store = camera
    longterm = LongTerm(settings, VirtualClock(now), store)
    for name in names:
        leave_columns(store, name, **columns)
        longterm.leave_strip(Night.named(name, settings.site.tz))
        store.finish_night(name, now)
    return longterm


def work(longterm):
    """Do all there is to do, and return in how many steps."""
    steps = 0
    while longterm.step():
        steps += 1
    return steps


def queued(store) -> dict:
    outbox, found = Outbox(store), {}
    while product := outbox.next_product(NOON_NOV_22 + dt.timedelta(days=400)):
        found[product.key] = product
        outbox.sent(product, NOON_NOV_22)
    return found


def test_a_finished_night_gives_a_month_and_a_year_to_the_hub(camera):
    _, store = camera
    work(finished(camera, "2026-11-20", "2026-11-21"))
    products = queued(store)
    assert {one.kind: one.night for one in products.values()} == KINDS
    for product in products.values():
        assert not product.manifest.final
        assert product.manifest.facts["nights"] == 2
        assert set(product.files) == {blob.sha256 for blob in product.manifest.blobs()}
    for name in ("2026-11", "2026"):
        assert (store.products_folder(name) / "keogram.jpg").exists()


def test_what_is_up_to_date_is_not_made_again(camera):
    settings, store = camera
    longterm = finished(camera, "2026-11-20", "2026-11-21")
    work(longterm)
    queued(store)
    assert not longterm.step()
    again = LongTerm(settings, VirtualClock(NOON_NOV_22), store)
    assert work(again) > 0  # it looked
    assert queued(store) == {}


def test_a_late_night_changes_its_own_month_only(camera):
    _, store = camera
    longterm = finished(camera, "2026-09-10", "2026-11-20")
    work(longterm)
    first = queued(store)
    assert set(first) == {
        "2026-01-01/year-keogram",
        "2026-09-01/month-keogram",
        "2026-11-01/month-keogram",
    }
    leave_columns(store, "2026-09-15")
    longterm.leave_strip(Night.named("2026-09-15", camera[0].site.tz))
    work(longterm)
    second = queued(store)
    assert set(second) == {"2026-01-01/year-keogram", "2026-09-01/month-keogram"}
    assert all(second[key].rev > first[key].rev for key in second)


def test_a_night_that_was_rendered_again_changes_them_only_when_it_differs(camera):
    _, store = camera
    longterm = finished(camera, "2026-11-20")
    work(longterm)
    first = queued(store)
    night = Night.named("2026-11-20", camera[0].site.tz)
    longterm.leave_strip(night)
    work(longterm)
    assert queued(store) == {}
    leave_columns(store, "2026-11-20", level=90)
    longterm.leave_strip(night)
    work(longterm)
    second = queued(store)
    assert second.keys() == first.keys()
    assert all(
        second[key].manifest.sha256 != first[key].manifest.sha256 for key in first
    )


def test_a_month_is_final_when_its_last_night_is_over(camera):
    _, store = camera
    morning = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)
    work(finished(camera, "2026-11-30", now=morning))
    products = queued(store)
    assert products["2026-11-01/month-keogram"].manifest.final
    assert not products["2026-01-01/year-keogram"].manifest.final


def test_a_month_whose_last_night_was_missed_is_final_with_the_next_night(camera):
    _, store = camera
    work(
        finished(camera, "2026-11-29", now=dt.datetime(2026, 11, 30, 9, tzinfo=dt.UTC))
    )
    assert not queued(store)["2026-11-01/month-keogram"].manifest.final
    work(finished(camera, "2026-12-01", now=dt.datetime(2026, 12, 2, 9, tzinfo=dt.UTC)))
    assert queued(store)["2026-11-01/month-keogram"].manifest.final


def test_a_crash_before_the_queue_makes_it_again(camera):
    settings, store = camera
    work(finished(camera, "2026-11-20"))
    queued(store)
    (store.products_folder("2026-11") / KEOGRAM_NOTE).unlink()
    work(LongTerm(settings, VirtualClock(NOON_NOV_22), store))
    assert set(queued(store)) == {"2026-11-01/month-keogram"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]"])
def test_a_damaged_note_makes_it_again(camera, content):
    settings, store = camera
    work(finished(camera, "2026-11-20"))
    queued(store)
    (store.products_folder("2026") / KEOGRAM_NOTE).write_bytes(content)
    work(LongTerm(settings, VirtualClock(NOON_NOV_22), store))
    assert set(queued(store)) == {"2026-01-01/year-keogram"}


def test_nights_of_an_earlier_version_leave_their_strips_now(camera):
    settings, store = camera
    for name in ("2026-11-18", "2026-11-19", "2026-11-20"):
        leave_columns(store, name)
    store.finish_night("2026-11-18", NOON_NOV_22)
    store.finish_night("2026-11-19", NOON_NOV_22)
    work(LongTerm(settings, VirtualClock(NOON_NOV_22), store))
    month = queued(store)["2026-11-01/month-keogram"]
    assert month.manifest.facts["nights"] == 2  # the 20th is not finished


def test_a_month_without_any_night_left_loses_its_keogram(camera):
    settings, store = camera
    longterm = finished(camera, "2026-11-20")
    work(longterm)
    (store.products_folder("2026-11-20") / "keogram.columns").unlink()
    longterm.leave_strip(Night.named("2026-11-20", settings.site.tz))
    work(longterm)
    assert not store.products_folder("2026-11").exists()


def test_two_programs_never_make_them_at_once(camera):
    _, store = camera
    longterm = finished(camera, "2026-11-20")
    with (
        locked(store.scratch / "longterm.lock", ""),
        pytest.raises(AlreadyRunningError, match="months and years"),
    ):
        longterm.step()
    assert work(longterm) > 0


def test_nightly_makes_them_says_what_is_wrong_and_tries_again(camera):
    settings, store = camera
    finished(camera, "2026-11-20")
    blocked = store.products_folder("2026-11")
    blocked.write_text("a file where the folder should be")
    clock = VirtualClock(NOON_NOV_22)
    nightly = build_nightly(settings, store.data, clock)
    with closing(nightly):
        for _ in range(5):
            clock.sleep(nightly.step())
        assert "the month and the year" in store.states()["nightly"].reason
        blocked.unlink()
        for _ in range(30):
            clock.sleep(nightly.step())
        assert store.states()["nightly"].reason == "All nights are finished."
    assert {one.kind: one.night for one in queued(store).values()} == KINDS
    note = json.loads((store.products_folder("2026") / KEOGRAM_NOTE).read_text())
    assert list(note["strips"]) == ["2026-11-20"]
    assert utc_text(NOON_NOV_22) not in json.dumps(note)


def test_rendering_one_night_updates_its_month_and_its_year(camera):
    settings, store = camera
    leave_columns(store, "2026-11-20")
    frame = store.frames("2026-11-20")[0]
    (store.data / frame.path).parent.mkdir(parents=True)
    rgb = np.full((64, 64, 3), 50, np.uint8)
    (store.data / frame.path).write_bytes(jpeg.encode(rgb))
    nightly = build_nightly(settings, store.data, VirtualClock(NOON_NOV_22))
    with closing(nightly):
        nightly.render("2026-11-20")
    assert {key for key, one in queued(store).items() if one.kind in KINDS} == {
        "2026-01-01/year-keogram",
        "2026-11-01/month-keogram",
    }
