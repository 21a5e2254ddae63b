"""Capture finds the meteors that the simulated sky shows, and keeps them."""

import datetime as dt
import json
from contextlib import closing

import pytest
from click.testing import CliRunner

from edge.cameras import Exposure
from edge.cameras.simulator import SimulatedCamera
from edge.capture import build_capture
from edge.cli import main
from edge.clock import VirtualClock
from edge.config import load
from edge.meteor_watch import MeteorWatch
from edge.nightly import build_nightly
from edge.outlook import Outlook
from edge.service import run_together
from edge.status import gather
from edge.store import FrameRecord, Store
from edge.store_events import (
    IN_CLOUDS,
    add_event,
    candidate_count,
    events,
    nights_with_events,
)
from products import jpeg

NIGHT = "2026-11-09"
LATE = dt.datetime(2026, 11, 9, 23, tzinfo=dt.UTC)
HALF_AN_HOUR = dt.timedelta(minutes=30)
CONFIG = {
    "site": {
        "name": "Test",
        "latitude_deg": 51.0,
        "longitude_deg": 10.5,
        "zone": "Europe/Berlin",
    },
    "camera": {
        "driver": "simulator",
        "simulator": {
            "width": 760,
            "height": 760,
            "clouds": "clear",
            "meteors_per_hour": 60,
        },
    },
    "products": {"measure_sky": False},
}


def run(folder, start, end):
    settings, clock = load(folder / "config.json"), VirtualClock(start)
    with closing(build_capture(settings, folder, clock)) as capture:
        run_together([capture], clock, end)
    return settings


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A camera that saw half an hour of shooting stars; it was started anew after a quarter."""
    folder = tmp_path_factory.mktemp("camera")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    middle = LATE + HALF_AN_HOUR / 2
    run(folder, LATE, middle)
    run(folder, middle, LATE + HALF_AN_HOUR)
    return folder


@pytest.fixture
def store(folder):
    with closing(Store(folder / "data")) as store:
        yield store


def test_meteors_are_kept_with_frame_and_picture(store):
    found = events(store, NIGHT)
    assert len(found) >= 5
    assert len({one.id for one in found}) == len(found)
    frames = {frame.path: frame for frame in store.frames(NIGHT)}
    for one in found:
        assert frames[one.frame].taken_utc == one.taken_utc
        height, width = jpeg.size((store.data / one.picture).read_bytes())
        assert max(height, width) <= 760
        assert one.length_px >= 30
        assert (one.kind, one.state, one.rev) == ("meteor", "candidate", 1)
    assert nights_with_events(store) == {NIGHT: len(found)}


def test_the_same_event_is_stored_once(store):
    found = events(store, NIGHT)
    assert not add_event(store, found[0])
    assert events(store, NIGHT) == found


def test_night_json_says_how_many_there_are(folder, store):
    settings = load(folder / "config.json")
    next_noon = LATE + dt.timedelta(hours=12)
    clock = VirtualClock(next_noon)
    with closing(build_nightly(settings, folder, clock)) as nightly:
        run_together([nightly], clock, next_noon + dt.timedelta(minutes=5))
    report = store.products_folder(NIGHT) / "night.json"
    assert json.loads(report.read_text())["meteors"] == len(events(store, NIGHT))


def listing(folder, *options):
    return CliRunner().invoke(
        main,
        ["--config", str(folder / "config.json"), "meteors", *options],
        catch_exceptions=False,
    )


def test_the_command_lists_them_for_people_and_machines(folder, store):
    found = events(store, NIGHT)
    answer = json.loads(listing(folder, "--json").stdout)
    assert answer["night"] == NIGHT
    assert answer["nights"] == {NIGHT: len(found)}
    assert [one["id"] for one in answer["meteors"]] == [one.id for one in found]
    text = listing(folder, "--night", NIGHT).stdout
    assert f"Night {NIGHT}: {len(found)} candidates." in text
    other = listing(folder, "--night", "2026-11-08").stdout
    assert other.startswith("Night 2026-11-08: no candidates. Other nights: 2026-11-09")


def test_without_any_the_command_says_so(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    assert listing(tmp_path).stdout == "No night has a meteor candidate yet.\n"
    assert listing(tmp_path / "nowhere").exit_code == 1


def test_the_status_counts_the_meteors_of_tonight(folder, store):
    facts = gather(load(folder / "config.json"), LATE + HALF_AN_HOUR)
    assert facts["tonight"]["meteors"] == len(events(store, NIGHT))
    assert facts["last_frame"]["stars"] is None


def test_what_shines_through_gaps_in_clouds_is_kept_but_is_no_candidate(tmp_path):
    """Satellites that are hidden in the frames before and after look like meteors."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    settings, clock = load(tmp_path / "config.json"), VirtualClock(LATE)
    camera = SimulatedCamera(settings, clock)
    with closing(Store(settings.data)) as store:
        watch = MeteorWatch(store, Outlook(settings))
        for number in range(20):
            frame = camera.capture(Exposure(28_000_000, 8.0))
            path = f"frames/{NIGHT}/{number}.jpg"
            record = FrameRecord(
                path, NIGHT, frame.taken_utc, 760, 760, 1, sun_altitude_deg=-50.0
            )
            watch.look(frame, record, 0.6)
            clock.sleep(2)
        found = events(store, NIGHT)
        assert {one.state for one in found} == {IN_CLOUDS}
        assert candidate_count(store, NIGHT) == 0
