"""Frames of a camera whose clock is not set: each ends in its night, once, and its products show it."""

import datetime as dt
import io
import json
import os
import sys
from itertools import count

import pytest
from rich.console import Console

from edge.capture import Capture
from edge.clock_quality import ClockQuality
from edge.config import parse
from edge.held_frames import HeldFrames
from edge.nightly import Nightly
from edge.service import run_together
from edge.status import gather, show
from edge.store import Store
from edge.store_clock import BootTime, held_counts, note_time_of_boot, time_unknown
from products import jpeg
from products.columns import ColumnFile
from products.exif import read_exif
from tests.fakes.clocks import UnsetClock

EPOCH = dt.datetime(1970, 1, 1, 0, 1, tzinfo=dt.UTC)
EVENING = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
NIGHT = "2026-11-22"
SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)
SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}
CAPTURE = {"interval_s": 30}


class Rig:
    """Capture and nightly of a camera on a clock that is not set."""

    def __init__(self, data, camera, true=EVENING, start=EPOCH, **capture):
        raw = {"site": SITE, "capture": CAPTURE | capture}
        raw["products"] = {"timelapse_fps": 5, "startrails_video_every": 0}
        self.settings = parse(raw).model_copy(update={"data": data})
        self.clock, self._camera = UnsetClock(start, true), camera
        self.store = Store(data)
        self.start()

    def start(self):
        camera, data = self._camera(self.clock), self.settings.data
        self.capture = Capture(self.settings, self.clock, Store(data), lambda: camera)
        self.nightly = Nightly(self.settings, self.clock, Store(data))

    def run(self, seconds):
        until = self.clock.now() + seconds * SECOND
        run_together([self.capture, self.nightly], self.clock, until)

    def stop(self):
        self.capture.close()
        self.nightly.close()

    def close(self):
        self.stop()
        self.store.close()

    def times(self, night=NIGHT):
        return [frame.taken_utc for frame in self.store.frames(night)]

    @property
    def held(self):
        return held_counts(self.store)[0]

    @property
    def said(self):
        return self.store.states()["capture"].reason

    def finished(self):
        sql = "SELECT night FROM nights WHERE finished_utc IS NOT NULL"
        return [row["night"] for row in self.store.db.query(sql)]


@pytest.fixture
def make_rig(tmp_path, linear_camera):
    rigs = []

    def make(**chosen):
        rigs.append(Rig(tmp_path, linear_camera, **chosen))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.close()


def until_sunrise(rig, night):
    """Return the times of the frames that belong into the products of a night."""
    frames = rig.store.frames(night)
    return [one.taken_utc for one in frames if one.sun_altitude_deg < -0.833]


def test_thirty_frames_of_1970_come_into_their_night_once(make_rig):
    rig = make_rig()
    rig.run(900)
    assert rig.held == 30
    assert rig.store.nights_with_frames() == []
    assert "frames are held" in rig.said
    rig.clock.set_by_ntp()
    rig.run(300)
    expected = [EVENING + n * 30 * SECOND for n in range(40)]
    assert rig.times() == expected
    assert rig.held == 0
    assert rig.store.nights_with_frames() == [NIGHT]
    assert not list((rig.settings.data / "frames").glob("1970*"))
    assert not list((rig.settings.data / "frames" / "undated").glob("*/*"))
    for frame in rig.store.frames(NIGHT):
        content = (rig.settings.data / frame.path).read_bytes()
        assert read_exif(content).taken == frame.taken_utc
        assert jpeg.size(content) == (96, 128)
        assert len(content) == frame.bytes
        assert frame.background is not None
        assert frame.sun_altitude_deg < -30


def test_the_products_of_the_night_show_them_and_none_is_of_1970(make_rig):
    rig = make_rig(true=dt.datetime(2026, 11, 23, 6, 10, tzinfo=dt.UTC))
    rig.run(600)
    rig.clock.set_by_ntp()
    rig.run(2 * 3600)
    assert rig.finished() == [NIGHT]
    products = rig.settings.data / "products"
    assert [one.name for one in products.glob("????-??-??")] == [NIGHT]
    records = ColumnFile(products / NIGHT / "keogram.columns").records
    assert sorted(record.taken_utc for record in records) == until_sunrise(rig, NIGHT)
    note = json.loads((products / NIGHT / "night.json").read_text())
    assert note["frames"] == len(records) > 50


def test_a_finished_night_is_made_anew_with_frames_that_come_late(make_rig):
    """The clock goes on from an evening a week ago; the power cut was in the night that nightly then finished."""
    evening = EVENING - 7 * 24 * HOUR
    rig = make_rig(true=evening, start=evening, interval_s=180)
    rig.clock.set_by_ntp()
    rig.run(600)
    rig.stop()
    rig.clock.reboot(evening + HOUR, "boot-2")
    rig.start()
    rig.run(600)
    assert (rig.held, rig.finished()) == (4, [])
    night = "2026-11-15"
    rig.store.finish_night(night, rig.clock.true_now)
    rig.clock.step(12 * HOUR)
    rig.run(600)
    rig.clock.set_by_ntp()
    rig.run(60)
    assert rig.finished() == []
    assert len(rig.times(night)) >= 11
    rig.run(11 * 3600)
    assert rig.finished() == [night]
    folder = rig.settings.data / "products" / night
    records = ColumnFile(folder / "keogram.columns").records
    assert sorted(record.taken_utc for record in records) == until_sunrise(rig, night)


def test_in_the_night_of_the_change_to_winter_time_no_hour_is_lost_or_twice(make_rig):
    """25 October 2026: 3:00 summer time is 2:00 winter time in Berlin, at 1:00 UTC."""
    begin = dt.datetime(2026, 10, 25, 0, 0, tzinfo=dt.UTC)
    rig = make_rig(true=begin, interval_s=300)
    rig.run(2 * 3600)
    rig.clock.set_by_ntp()
    rig.run(600)
    assert rig.times("2026-10-24") == [begin + n * 300 * SECOND for n in range(26)]
    assert rig.store.nights_with_frames() == ["2026-10-24"]


def test_frames_that_nobody_wanted_by_day_go(make_rig):
    rig = make_rig(true=dt.datetime(2026, 11, 22, 14, 30, tzinfo=dt.UTC))
    rig.run(3600)
    assert rig.held == 120
    rig.clock.set_by_ntp()
    rig.run(300)
    times = rig.times()
    sunset = dt.datetime(2026, 11, 22, 14, 58, tzinfo=dt.UTC)  # of the sun's centre
    assert rig.held == 0
    assert abs(times[0] - sunset) < 90 * SECOND
    assert times == [times[0] + n * 30 * SECOND for n in range(len(times))]


def test_no_night_is_finished_while_the_time_is_not_known(make_rig):
    rig = make_rig()
    rig.run(600)
    assert "no night is finished" in rig.store.states()["nightly"].reason


def test_a_frame_that_is_exposed_while_the_clock_is_set_has_its_true_time(make_rig):
    rig = make_rig()
    rig.run(85)
    while rig.store.states()["capture"].state != "expose":
        rig.clock.sleep(rig.capture.step())
    true = rig.clock.true_now
    rig.clock.sleep(2)
    rig.clock.set_by_ntp()
    rig.run(60)
    assert all(abs((one - EVENING).total_seconds()) < 200 for one in rig.times())
    assert abs(min(rig.times(), key=lambda one: abs(one - true)) - true) < 5 * SECOND


def test_a_boot_without_a_time_stays_on_the_camera_for_a_while(make_rig):
    rig = make_rig()
    rig.run(300)
    rig.stop()
    rig.clock.reboot(EPOCH, "boot-2")
    rig.start()
    rig.run(60)
    rig.clock.set_by_ntp()
    rig.run(60)
    (unknown,) = time_unknown(rig.store)
    assert (unknown.boot_id, unknown.frames) == ("boot-1", 10)
    folder = rig.settings.data / "frames" / "undated" / "boot-1"
    assert len(list(folder.glob("*.jpg"))) == 10
    assert min(rig.times()) == EVENING + 300 * SECOND
    rig.clock.sleep(31 * 24 * 3600)
    rig.run(60)
    assert time_unknown(rig.store) == []
    assert not folder.exists()


def killed_at(line, data, settings, clock):
    """Move the held frames in a child that ends at this line of ours as by ``kill -9``; say whether it was killed."""
    child = os.fork()
    if child == 0:
        left = [line]
        ours = ("held_frames.py", "store_clock.py", "files.py")

        def trace(frame, event, _):
            if event == "line" and frame.f_code.co_filename.endswith(ours):
                left[0] -= 1
                if left[0] < 0:
                    os._exit(9)
            return trace

        store = Store(data)
        sys.settrace(trace)
        while HeldFrames(store, settings, clock).date_one():
            pass
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_a_kill_at_any_line_loses_and_doubles_no_frame(make_rig):
    rig = make_rig()
    rig.run(85)
    rig.stop()
    zero = EVENING - 12.5 * SECOND
    note_time_of_boot(rig.store, "boot-1", BootTime(zero, ClockQuality.NTP))
    kills = count()
    while killed_at(next(kills), rig.settings.data, rig.settings, rig.clock):
        on_disk = len(list((rig.settings.data / "frames").glob("**/*.jpg")))
        assert on_disk >= 3
    assert next(kills) > 30
    frames = rig.store.frames(NIGHT)
    assert [one.taken_utc for one in frames] == [EVENING + n * 30 * SECOND for n in range(3)]  # fmt: skip
    assert all(one.background is not None for one in frames)
    files = (rig.settings.data / "frames").glob("**/*.jpg")
    assert sorted(files) == sorted(rig.settings.data / one.path for one in frames)
    assert rig.held == 0
    rig.start()


def test_the_status_says_what_has_no_time(make_rig):
    rig = make_rig()
    rig.run(300)
    rig.stop()
    rig.clock.reboot(EPOCH, "boot-2")
    rig.start()
    rig.run(60)
    assert "Held until the clock is set: 12 frames, 0 readings" in status(rig)
    rig.clock.set_by_ntp()
    rig.run(60)
    said = status(rig)
    assert "Held" not in said
    assert "Of an unknown time before 2026-11-22 20:0" in said
    assert "10 frames, 0 readings; they stay here and are never sent" in said


def status(rig):
    """Return what ``allsky-edge status`` prints."""
    console = Console(file=io.StringIO(), width=200)
    show(gather(rig.settings, rig.clock.true_now), console)
    return console.file.getvalue()
