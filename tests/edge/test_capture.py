import datetime as dt
import errno
import math
import os
import resource
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.cameras import CameraError, NoNewFrameError
from edge.capture import Capture, build_capture
from edge.clock import VirtualClock
from edge.config import parse
from edge.exposure import stops
from edge.live import LiveImages
from edge.outlook import Outlook
from edge.service import BeginAnewError, run_together
from edge.store import Store
from products import jpeg
from products.columns import ColumnFile

# 22 November 2026 in Berlin: sunset 15:00 UTC, sunrise 6:38 UTC (almanac).
EVENING = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}


class Rig:
    """A capture program with a camera that does what a test wants, on a clock that jumps."""

    def __init__(self, data, make_camera, start=EVENING, **capture) -> None:
        self.settings = parse(
            {"site": SITE, "capture": {"interval_s": 30} | capture}
        ).model_copy(update={"data": data})
        self.clock = VirtualClock(start)
        self.camera = make_camera(self.clock)
        self.opened = 0
        self.store = Store(data)
        self.capture = Capture(self.settings, self.clock, Store(data), self.open)

    def open(self):
        self.opened += 1
        return self.camera

    def run(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            self.clock.sleep(self.capture.step())

    def run_until(self, state: str) -> None:
        for _ in range(1000):
            self.clock.sleep(self.capture.step())
            if self.state.state == state:
                return
        raise AssertionError(f"never came to {state}")

    @property
    def state(self):
        return self.store.states()["capture"]

    @property
    def frames(self):
        return self.store.frames("2026-11-22")

    def close(self) -> None:
        self.capture.close()
        self.store.close()


def shown_in_keogram(rig) -> set[str]:
    path = rig.store.products_folder("2026-11-22") / "keogram.columns"
    return {record.stem for record in ColumnFile(path).records}


@pytest.fixture
def rig(tmp_path, linear_camera):
    with closing(Rig(tmp_path, linear_camera)) as rig:
        yield rig


@pytest.fixture
def rigs(tmp_path, linear_camera):
    """Make rigs on the same data folder, one after the other."""
    made = []

    def make(start=EVENING, **capture):
        for older in made:
            older.close()
        made[:] = [Rig(tmp_path, linear_camera, start, **capture)]
        return made[0]

    yield make
    for last in made:
        last.close()


def test_frames_start_at_a_steady_beat_whatever_the_exposure(rig):
    rig.run(600)
    assert [
        round(b - a, 6)
        for a, b in zip(rig.camera.started, rig.camera.started[1:], strict=False)
    ] == [30] * 19
    assert len(rig.frames) == 20


def test_every_frame_is_stored_whole_with_its_record_and_shown_live(rig):
    rig.run(95)
    for frame in rig.frames:
        with Image.open(rig.store.data / frame.path) as image:
            image.load()
            assert image.size == (frame.width, frame.height) == (128, 96)
        assert frame.sun_altitude_deg < -30
        assert frame.exposure_us > 0
    facts, pictures = LiveImages(rig.store.scratch).newest()
    assert facts.taken_utc == rig.frames[-1].taken_utc
    assert pictures["image"] == (rig.store.data / rig.frames[-1].path).read_bytes()


def test_exposure_settles_at_the_target_within_a_few_frames(rig):
    rig.run(300)
    level_of_4_percent = 56  # sRGB, IEC 61966-2-1
    assert all(
        frame.background == pytest.approx(level_of_4_percent, abs=4)
        for frame in rig.frames[4:]
    )


def test_by_day_it_sleeps_says_until_when_and_wakes_by_itself(rigs):
    rig = rigs(start=EVENING.replace(hour=14))
    rig.run(600)
    assert rig.state.state == "sleep"
    assert "day" in rig.state.reason
    assert rig.state.next_utc == pytest.approx(
        EVENING.replace(hour=14, minute=55), abs=dt.timedelta(minutes=10)
    )
    assert rig.opened == 0
    rig.run(3600)
    assert rig.frames
    assert rig.frames[0].taken_utc - rig.state.next_utc < dt.timedelta(minutes=1)


def test_at_sunrise_it_goes_back_to_sleep(rigs):
    rig = rigs(start=dt.datetime(2026, 11, 23, 6, 20, tzinfo=dt.UTC))
    rig.run(3600)
    assert rig.state.state == "sleep"
    assert 30 < len(rig.frames) < 60


def test_without_the_time_it_waits_instead_of_writing_frames_of_1970(rigs):
    rig = rigs(start=dt.datetime(1970, 1, 1, 0, 1, tzinfo=dt.UTC), sun_below_deg=90)
    rig.run(600)
    assert rig.state.state == "sleep"
    assert "clock is not set" in rig.state.reason
    assert rig.store.nights_with_frames() == []


def test_a_camera_that_fails_is_opened_again_and_the_beat_goes_on(rig):
    rig.run(60)
    rig.camera.faults.append(CameraError("no frame within 40 s"))
    rig.run_until("recover")
    assert "no frame within 40 s" in rig.state.reason
    assert rig.state.next_utc > rig.clock.now() - dt.timedelta(seconds=1)
    rig.run(120)
    assert rig.camera.reopened == 1
    assert rig.state.state in ("expose", "wait")
    assert [round(start) for start in rig.camera.started][:7] == [
        0,
        30,
        60,
        61,
        90,
        120,
        150,
    ]


def test_pauses_grow_while_the_camera_stays_dead_and_it_never_gives_up(rig):
    rig.run(60)
    rig.camera.faults.append(CameraError("unplugged"))
    rig.camera.reopen_faults.extend(CameraError("not found") for _ in range(12))
    rig.run_until("recover")
    assert "unplugged" in rig.state.reason
    rig.run(10)
    assert "not found" in rig.state.reason
    rig.run(1200)
    assert rig.camera.reopened == 13
    assert rig.frames[-1].taken_utc > EVENING + dt.timedelta(minutes=15)


def test_a_camera_that_cannot_be_opened_is_tried_again(tmp_path, linear_camera):
    with closing(Rig(tmp_path, linear_camera)) as rig:
        real_open, rig.capture._open_camera = (
            rig.open,
            lambda: (_ for _ in ()).throw(CameraError("no camera")),
        )
        rig.run(30)
        assert "no camera" in rig.state.reason
        rig.capture._open_camera = real_open
        rig.run(120)
        assert rig.frames


def test_waiting_for_the_frame_of_another_program_is_no_fault(rig):
    rig.run(60)
    rig.camera.faults.append(NoNewFrameError("the last one is of yesterday"))
    rig.run(1)
    assert rig.state.state == "wait"
    assert rig.state.reason == "There is no new frame: the last one is of yesterday."
    rig.run(10)
    assert len(rig.frames) == 3
    assert rig.camera.reopened == 0


def test_frames_of_a_folder_are_stored_once_however_often_they_are_shown(
    tmp_path, rigs
):
    rig = rigs()
    rig.run(120)
    shown, data = rig.frames, tmp_path / "replay"
    folder = parse(
        {
            "site": SITE,
            "camera": {
                "driver": "folder",
                "folder": {
                    "path": tmp_path / "frames" / "2026-11-22",
                    "days_back": 40,
                },
            },
        }
    )
    clock = VirtualClock(EVENING + dt.timedelta(days=30))
    settings = folder.model_copy(update={"data": data})
    for _ in range(2):
        capture = build_capture(settings, data, clock)
        with closing(capture):
            run_together([capture], clock, until=clock.now() + dt.timedelta(minutes=10))
    with closing(Store(data)) as store:
        assert [frame.taken_utc for frame in store.frames("2026-11-22")] == [
            frame.taken_utc for frame in shown
        ]
        assert len(list(store.frames_folder("2026-11-22").iterdir())) == len(shown)


def test_after_a_restart_exposure_goes_on_where_it_was(rigs):
    rig = rigs()
    rig.run(600)
    before = rig.frames[-1]
    rig = rigs(start=EVENING + dt.timedelta(seconds=630))
    rig.run(1)
    (first,) = rig.camera.asked
    assert stops(first) == pytest.approx(
        math.log2(before.exposure_us / 1e6 * before.gain), abs=0.1
    )


def test_frames_without_a_row_are_adopted_at_the_start(rigs):
    rig = rigs()
    rig.run(120)
    kept = rig.frames
    rig.store.db.execute("DELETE FROM frames WHERE path = ?", [kept[-1].path])
    rig = rigs(start=EVENING + dt.timedelta(seconds=150))
    assert [frame.path for frame in rig.frames] == [frame.path for frame in kept]


def test_a_disk_that_takes_nothing_is_said_in_one_sentence_and_tried_again(rig):
    rig.run(60)
    stored = len(rig.frames)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (100, hard)
    )  # the kernel refuses to let any file grow
    try:
        rig.run(120)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(rig.frames) == stored
    assert not list(rig.store.data.rglob("*.part"))
    rig.run(30)
    assert len(rig.frames) == stored + 1
    assert "cannot be stored" not in rig.state.reason


def test_products_that_cannot_grow_never_stop_the_frames_and_recover_by_themselves(rig):
    rig.store.data.joinpath("products").write_text("a file where the folder should be")
    rig.run(90)
    assert "the night's products cannot be stored" in rig.state.reason.lower()
    assert len(rig.frames) == 3
    rig.store.data.joinpath("products").unlink()
    rig.run(90)
    assert rig.state.reason == "Waiting for the next frame."
    assert shown_in_keogram(rig) == {Path(frame.path).stem for frame in rig.frames}


def test_after_a_restart_the_products_catch_up_between_the_frames(rigs):
    rig = rigs()
    rig.run(600)
    shutil.rmtree(rig.store.data / "products")
    shutil.rmtree(rig.store.scratch)
    rig = rigs(start=EVENING + dt.timedelta(seconds=600))
    rig.run(65)
    assert [round(start) for start in rig.camera.started] == [0, 30, 60]
    assert len(rig.frames) == 23
    assert shown_in_keogram(rig) == {Path(frame.path).stem for frame in rig.frames}


def test_room_is_kept_for_everything_but_frames(rigs):
    rig = rigs(keep_free_mb=10**9)
    rig.run(90)
    assert "The disk is full: the frame cannot be stored" in rig.state.reason
    assert rig.frames == []
    assert LiveImages(rig.store.scratch).newest()


def test_a_full_disk_is_named_and_the_live_image_goes_on(rig, monkeypatch):
    rig.run(60)
    stored, live = len(rig.frames), LiveImages(rig.store.scratch)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        rig.run(90)
        assert rig.state.reason.startswith(
            "The disk is full: the frame cannot be stored"
        )
        assert live.newest()[0].taken_utc > rig.frames[-1].taken_utc + dt.timedelta(
            seconds=60
        )
        assert len(rig.frames) == stored
        assert not list(rig.store.data.rglob("*.part"))
    rig.run(60)
    assert len(rig.frames) > stored
    assert "full" not in rig.state.reason


def test_stopping_says_so_and_releases_the_camera(tmp_path, linear_camera):
    rig = Rig(tmp_path, linear_camera)
    rig.run(30)
    rig.capture.close()
    assert rig.state.state == "stopped"
    assert rig.camera.closed
    rig.store.close()


NOON = dt.datetime(2026, 6, 21, 11, tzinfo=dt.UTC)


def test_day_and_night_have_their_own_cadence(rigs):
    by_day = rigs(start=NOON, interval_s=30, day_interval_s=120, sun_below_deg=90)
    by_day.run(600)
    steps = np.diff(by_day.camera.started)
    assert steps == pytest.approx([120] * len(steps))
    by_night = rigs(interval_s=30, day_interval_s=120, sun_below_deg=90)
    by_night.run(300)
    assert np.diff(by_night.camera.started) == pytest.approx([30] * 9)


def test_frames_of_the_day_can_be_shown_only(rigs):
    by_day = rigs(start=NOON, sun_below_deg=90, keep_day_frames=False)
    by_day.run(120)
    assert by_day.store.last_frame() is None
    facts, _ = LiveImages(by_day.store.scratch).newest()
    assert facts.taken_utc >= NOON + dt.timedelta(seconds=60)


def test_frames_that_take_longer_than_their_interval_are_said_to(rigs):
    slow = rigs(interval_s=5)
    slow.camera.slow_s = 12.0
    slow.run(60)
    assert "Frames take longer than the 5 s between them" in slow.state.reason
    starts = np.diff(slow.camera.started)
    assert max(starts) < 22
    slow.camera.slow_s = 0.0
    slow.run(30)
    assert "longer" not in slow.state.reason


def test_a_card_says_why_there_is_no_picture(rigs):
    broken = rigs()
    broken.run(60)
    broken.camera.faults.extend(CameraError("the cable is loose") for _ in range(50))
    broken.run(240)
    facts, pictures = LiveImages(broken.store.scratch).newest()
    assert facts.note == "No frame from the camera: the cable is loose."
    assert jpeg.size(pictures["image"]) == (720, 960)
    broken.camera.faults.clear()
    broken.run(120)
    facts, _ = LiveImages(broken.store.scratch).newest()
    assert facts.note == ""


def test_a_camera_that_stays_away_makes_the_program_begin_anew(rigs):
    lost = rigs()
    lost.camera.faults.extend(CameraError("it does not answer") for _ in range(999))
    with pytest.raises(BeginAnewError, match="it does not answer"):
        lost.run(3600)
    assert lost.clock.monotonic() < 1200
    assert not lost.capture.alive


def test_a_followed_program_sets_the_cadence_and_waiting_writes_nothing(tmp_path):
    settings = parse(
        {
            "site": SITE,
            "camera": {"driver": "folder", "folder": {"path": tmp_path / "live"}},
        }
    ).model_copy(update={"data": tmp_path / "data"})
    (tmp_path / "live").mkdir()
    clock, content = (
        VirtualClock(EVENING),
        jpeg.encode(np.full((48, 64, 3), 40, np.uint8)),
    )
    capture = build_capture(settings, tmp_path, clock)
    with closing(capture), closing(Store(settings.data)) as store:

        def run(seconds):
            run_together([capture], clock, clock.now() + dt.timedelta(seconds=seconds))

        for second in (0, 7, 14, 21):
            taken = EVENING + dt.timedelta(seconds=second)
            (tmp_path / "live" / f"{taken:%Y%m%dT%H%M%SZ}.jpg").write_bytes(content)
            run(7)
        shown = [frame.taken_utc.second for frame in store.frames("2026-11-22")]
        assert shown == [0, 7, 14, 21]
        run(10)
        changes = store.db.conn.total_changes, capture._store.db.conn.total_changes
        run(120)
        assert changes == (
            store.db.conn.total_changes,
            capture._store.db.conn.total_changes,
        )
        state = store.states()["capture"]
        assert (state.state, state.next_utc) == ("wait", None)
        assert "of 2026-11-22 20:00:21 UTC" in state.reason


def test_what_the_sky_mask_covers_is_not_metered(tmp_path, linear_camera):
    mask = np.full((120, 160), 255, np.uint8)
    mask[:, 80:] = 0
    Image.fromarray(mask).save(tmp_path / "mask.png")

    class LampOnTheRight(linear_camera):
        def capture(self, wanted):
            frame = super().capture(wanted)
            lit = frame.rgb.copy()
            lit[:, lit.shape[1] // 2 + 4 :] = 255
            return replace(frame, rgb=lit)

    backgrounds = []
    for number, camera in enumerate((linear_camera, LampOnTheRight)):
        rig = Rig(tmp_path / str(number), camera)
        with closing(rig):
            shown = rig.settings.camera.model_copy(
                update={"sky_mask": tmp_path / "mask.png"}
            )
            rig.capture._outlook = Outlook(
                rig.settings.model_copy(update={"camera": shown})
            )
            rig.run(120)
            backgrounds.append([frame.background for frame in rig.frames])
    assert backgrounds[0] == backgrounds[1]
