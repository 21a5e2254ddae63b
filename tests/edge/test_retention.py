import datetime as dt
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge import retention
from edge.cli import main
from edge.clock import VirtualClock
from edge.config import parse
from edge.outbox import Outbox
from edge.retention import Kind, Retention, disk_plan
from edge.store import FrameRecord, Store
from edge.store_disk import set_favourite
from products.manifest import ProductManifest, sha256_hex

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SITE = {"name": "X", "latitude_deg": 51, "longitude_deg": 10, "zone": "UTC"}
SEVEN_DAYS = {"frames_days": 7, "day_frames_days": 3, "segments_days": 2}


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path / "data")) as opened:
        yield opened


def settings(store, **disk):
    chosen = {"keep_free_gb": 0.1} | SEVEN_DAYS | disk
    read = parse({"site": SITE, "disk": chosen})
    return read.model_copy(update={"data": store.data})


def night_ago(days: int) -> str:
    return f"{(NOW - dt.timedelta(days=days)).date()}"


def add_night(store, days_ago: int, *, finished: bool = True) -> str:
    """Store a night: three frames of it, two of the day before, products."""
    night = night_ago(days_ago)
    for number, sun_deg in enumerate((20.0, 5.0, -20.0, -30.0, -20.0)):
        taken = NOW - dt.timedelta(days=days_ago) + dt.timedelta(hours=number)
        path = store.frame_path(night, taken)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 1000)
        relative = str(path.relative_to(store.data))
        store.add_frame(
            FrameRecord(relative, night, taken, 8, 8, 1000, sun_altitude_deg=sun_deg)
        )
    folder = store.products_folder(night)
    for name in (
        "keogram.jpg",
        "keogram.columns",
        "night.json",
        "strip.jpg",
        "zenith.png",
    ):
        (folder / "segments/1440").mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"y" * 100)
    (folder / "segments/1440/a.mp4").write_bytes(b"z" * 500)
    if finished:
        store.finish_night(night, NOW)
    return night


def keep(store, **disk) -> None:
    """Let the retention work until it rests."""
    work = Retention(settings(store, **disk), VirtualClock(NOW), store)
    for _ in range(200):
        if not work.step():
            return
    raise AssertionError("it never rests")


def frames_of(store, night: str) -> int:
    on_disk = list(store.frames_folder(night).glob("*.jpg"))
    assert len(on_disk) == len(store.frames(night))
    return len(on_disk)


def test_each_kind_goes_when_it_is_too_old(store):
    nights = {days: add_night(store, days) for days in (1, 5, 9)}
    keep(store)
    assert [frames_of(store, nights[days]) for days in (1, 5, 9)] == [5, 3, 0]
    segments = [
        (store.products_folder(nights[d]) / "segments").exists() for d in (1, 5, 9)
    ]
    assert segments == [True, False, False]
    assert (store.products_folder(nights[9]) / "keogram.jpg").exists()


def test_products_may_go_but_never_what_months_and_years_are_made_of(store):
    night = add_night(store, 9)
    keep(store, products_days=7)
    left = {path.name for path in store.products_folder(night).iterdir()}
    assert left == {"keogram.columns", "night.json", "strip.jpg", "zenith.png"}


def test_favourites_unfinished_nights_and_tonight_stay(store):
    favourite, unfinished = add_night(store, 20), add_night(store, 19, finished=False)
    tonight = add_night(store, 0)
    set_favourite(store, favourite, favourite=True)
    keep(store)
    assert [frames_of(store, one) for one in (favourite, unfinished, tonight)] == [
        5,
        5,
        5,
    ]


def test_what_still_waits_for_the_hub_is_not_too_old(store, tmp_path):
    night = add_night(store, 20)
    file = tmp_path / "file"
    file.write_bytes(b"waiting")
    sha256 = sha256_hex(b"waiting")
    manifest = ProductManifest(rev=1, sha256=sha256, size=7, type="image/jpeg")
    Outbox(store).queue_product(night, "keogram", manifest, {sha256: file}, NOW)
    keep(store)
    assert frames_of(store, night) == 5


class FullDisk:
    """A disk that is full until so many bytes were removed."""

    def __init__(self, store, to_remove: int) -> None:
        self._data, self._size = store.data, self._used(store.data) - to_remove

    @staticmethod
    def _used(folder: Path) -> int:
        return sum(
            p.stat().st_size
            for p in folder.rglob("*")
            if p.suffix != ".db-wal" and p.is_file() and "edge.db" not in p.name
        )

    def usage(self, _: Path):
        free = 200_000_000 if self._used(self._data) <= self._size else 1000
        return shutil._ntuple_diskusage(10**10, 10**10 - free, free)


def test_on_a_full_disk_the_least_worth_goes_first_and_only_as_much_as_needed(
    store, monkeypatch
):
    nights = [add_night(store, days) for days in (3, 2, 1)]
    disk = FullDisk(store, to_remove=3 * 500 + 2 * 2000 + 1)
    monkeypatch.setattr(retention.shutil, "disk_usage", disk.usage)
    keep(store, frames_days=None, day_frames_days=None, segments_days=None)
    assert [frames_of(store, night) for night in nights] == [3, 3, 3]
    assert not any((store.products_folder(n) / "segments").exists() for n in nights)
    disk = FullDisk(store, to_remove=3001)
    monkeypatch.setattr(retention.shutil, "disk_usage", disk.usage)
    keep(store, frames_days=None, day_frames_days=None, segments_days=None)
    assert [frames_of(store, night) for night in nights] == [0, 0, 3]


def test_a_crash_between_files_and_records_is_made_up_for(store):
    night = add_night(store, 20)
    for path in store.frames_folder(night).glob("*.jpg"):
        path.unlink()
    keep(store)
    assert store.frames(night) == []


def test_it_rests_for_an_hour(store):
    clock = VirtualClock(NOW)
    work = Retention(settings(store), clock, store)
    assert not work.step()
    add_night(store, 20)
    assert not work.step()
    clock.sleep(3601)
    assert work.step()


def test_the_plan_says_how_many_nights_fit(store, monkeypatch):
    for days in (3, 2, 1):
        add_night(store, days)
    monkeypatch.setattr(
        retention.shutil,
        "disk_usage",
        lambda _: shutil._ntuple_diskusage(10**10, 0, 100_000_000 + 50_000),
    )
    plan = disk_plan(settings(store), NOW, store)
    assert plan.frames_of_night_bytes == 5000
    assert plan.nights_that_fit == 13  # three are there, ten fit beside them


def test_without_a_night_nothing_is_claimed(store):
    assert disk_plan(settings(store), NOW, store).nights_that_fit is None


def test_items_name_what_can_go(store):
    add_night(store, 5)
    work = Retention(settings(store), VirtualClock(NOW), store)
    kinds = sorted(item.kind for item in work.items(NOW))
    assert kinds == [Kind.SEGMENTS, Kind.DAY_FRAMES, Kind.FRAMES, Kind.PRODUCTS]


def test_the_owner_names_favourites(store, tmp_path):
    night = add_night(store, 20)
    config = tmp_path / "config.json"
    config.write_text(
        '{"site": {"name": "X", "latitude_deg": 51, "longitude_deg": 10, "zone": "UTC"}}'
    )
    told = CliRunner().invoke(main, ["--config", str(config), "favourite", night])
    assert told.output == f"Kept for ever: {night}.\n"
    again = CliRunner().invoke(
        main, ["--config", str(config), "favourite", night, "--off"]
    )
    assert again.output == "Kept for ever: no night.\n"
    unknown = CliRunner().invoke(
        main, ["--config", str(config), "favourite", "2020-01-01"]
    )
    assert unknown.exit_code == 1
    assert "No frame of the night 2020-01-01 is stored." in unknown.output
