import contextlib
import datetime as dt
import json
import re
from zoneinfo import ZoneInfo

import pytest

from hub.db import connect, nights
from hub.db.cameras import Camera, Visibility
from hub.db.nights import NightRecord
from hub.public.availability import NIGHTS, availability, nights_before
from products.night import Night

from . import sample

BERLIN = ZoneInfo("Europe/Berlin")
TONIGHT = Night(dt.date(2026, 11, 22), BERLIN)


def camera(joined):
    return Camera(
        id="ASK001", name="Roof", place=None, tz=BERLIN, country="", visibility=Visibility.PUBLIC, grafana_url="",
        created_utc=joined, last_contact_utc=None, description=None, hello=None,
    )  # fmt: skip


def long_ago():
    return dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def ticks(shown, level):
    """Return (number of the night, height) of each tick of a level."""
    found = re.findall(r"M(\d+)\.5 40v-(\d+)", shown.path(level))
    return [(int(index), int(height)) for index, height in found]


def test_each_night_is_a_tick_as_high_as_what_was_seen_of_it():
    records = {
        "2026-11-21": NightRecord(600, 1.0),
        "2026-11-20": NightRecord(300, 0.5),
        "2026-11-19": NightRecord(3, 0.001),
        "2026-11-18": NightRecord(600, None),
    }
    shown = availability(camera(long_ago()), TONIGHT, records, {"2026-11-17": 4})
    assert ticks(shown, "whole") == [(86, 40), (89, 40)]
    assert ticks(shown, "part") == [(87, 8), (88, 20)]
    assert ticks(shown, "readings") == [(85, 2)]
    assert len(ticks(shown, "none")) == NIGHTS - 5
    assert shown.with_frames == records.keys()


def test_nights_before_a_camera_joined_are_not_held_against_it():
    joined = dt.datetime(2026, 11, 20, 20, tzinfo=dt.UTC)
    shown = availability(
        camera(joined), TONIGHT, {"2026-11-21": NightRecord(9, 1.0)}, {}
    )
    assert [night.name for night in shown.nights] == ["2026-11-20", "2026-11-21"]
    assert ticks(shown, "whole") == [(89, 40)]


def test_older_frames_that_came_later_count():
    records = {"2026-11-10": NightRecord(9, 1.0)}
    joined = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
    shown = availability(camera(joined), TONIGHT, records, {})
    assert shown.nights[0].name == "2026-11-10"


def test_tonight_is_not_over_and_not_in_the_row():
    row = nights_before(TONIGHT)
    assert (len(row), row[-1].name) == (NIGHTS, "2026-11-21")


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        ({"start_utc": "2026-11-21T16:00:00Z", "end_utc": "2026-11-22T06:00:00Z", "observed_s": 25200}, 0.5),
        ({"start_utc": "2026-11-21T16:00:00Z", "end_utc": "2026-11-22T06:00:00Z", "observed_s": 1e9}, 1.0),
        ({"start_utc": "2026-11-21T16:00:00Z", "end_utc": "2026-11-22T06:00:00Z"}, None),
        ({"start_utc": "x", "end_utc": None, "observed_s": []}, None),
        ({"start_utc": "2026-11-21T16:00:00", "end_utc": "2026-11-21T16:00:00Z", "observed_s": 1}, None),
        ({"start_utc": "2026-11-21T16:00:00Z", "end_utc": "2026-11-21T16:00:00Z", "observed_s": 1}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_what_a_camera_says_of_its_night_is_believed_as_far_as_it_fits(
    tmp_path, facts, part
):
    hub = sample.Sample(tmp_path, size_px=60)
    key = hub.add_camera("ASK001", "Roof")
    hub.describe(key, sample.SITES[0])
    night = hub.blob(key, json.dumps(facts).encode() + b" ", "application/json")
    hub.publish(key, "2026-11-21", "night", {**night, "frames": 7, "facts": facts})
    with contextlib.closing(connect(hub.settings.hub_db)) as db:
        found = nights.night_records(db, "ASK001", "2026-11-01", "2026-11-30")
    assert found == {"2026-11-21": NightRecord(7, part)}
    assert "The last 90 nights" in hub.client.get("/en/c/ASK001").text
