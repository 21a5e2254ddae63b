import datetime as dt
import json
import shutil
from contextlib import closing

import imageio_ffmpeg
import pytest

from edge.capture import build_capture
from edge.clock import VirtualClock
from edge.day_products import day_before, day_frames
from edge.nightly import build_nightly
from edge.service import AlreadyRunningError, locked, run_together
from edge.store import Store
from products.night import Night
from tests.edge.test_nightly import queued, settings_in

DATE = "2026-06-20"
MORNING = dt.datetime(2026, 6, 20, 1, 30, tzinfo=dt.UTC)  # before sunrise, 2:43
NOON = dt.datetime(2026, 6, 20, 10, tzinfo=dt.UTC)  # of the clock in Berlin
DUSK = dt.datetime(2026, 6, 20, 20, 30, tzinfo=dt.UTC)  # after sunset, 19:33
NEXT_MORNING = dt.datetime(2026, 6, 21, 3, 30, tzinfo=dt.UTC)


def live_through(settings, start, end):
    """Run capture and nightly from start to end on a clock that jumps."""
    clock = VirtualClock(start)
    both = [build(settings, settings.data, clock) for build in (build_capture, build_nightly)]  # fmt: skip
    with closing(both[0]), closing(both[1]):
        run_together(both, clock, until=end)


def taken_by_day(settings):
    with closing(Store(settings.data)) as store:
        return day_frames(store, settings, Night.named(DATE, settings.site.tz))


def video_frames(settings):
    video = settings.data / "products" / DATE / "timelapse-day.mp4"
    return imageio_ffmpeg.count_frames_and_secs(video)[0]


@pytest.fixture(scope="module")
def whole_day(tmp_path_factory):
    """A camera that ran from dawn to dusk without a break."""
    settings = settings_in(tmp_path_factory.mktemp("day"))
    live_through(settings, MORNING, DUSK)
    return settings


def test_the_day_goes_from_sunrise_to_sunset_of_its_date(whole_day):
    day = day_before(whole_day, Night.named(DATE, whole_day.site.tz))
    assert (day.start_utc.hour, day.end_utc.hour) == (2, 19)
    assert day.start_utc.date() == day.end_utc.date() == dt.date(2026, 6, 20)


def test_every_second_frame_of_the_day_is_in_its_video(whole_day):
    frames = taken_by_day(whole_day)
    assert 98 <= len(frames) <= 103  # 16 hours and 50 minutes, one every ten minutes
    assert video_frames(whole_day) == (len(frames) + 1) // 2


def test_it_is_queued_with_its_poster_as_soon_as_the_day_is_over(whole_day):
    product = queued(whole_day)["timelapse-day"]
    assert (product.night, product.manifest.final) == (DATE, True)
    assert product.manifest.variants["poster"].type == "image/jpeg"
    assert product.manifest.facts["every"] == 2


@pytest.mark.parametrize("lose_memory", [False, True], ids=["kill", "reboot"])
def test_a_restart_at_noon_loses_no_frame_of_it(tmp_path, lose_memory):
    settings = settings_in(tmp_path)
    live_through(settings, MORNING, NOON)
    with closing(Store(tmp_path)) as store:
        if lose_memory:
            shutil.rmtree(store.scratch)
        resumed = store.last_frame().taken_utc + dt.timedelta(seconds=600)
    live_through(settings, resumed, DUSK)
    assert video_frames(settings) == (len(taken_by_day(settings)) + 1) // 2


def test_a_day_that_capture_did_not_see_is_made_from_the_stored_frames(
    tmp_path, whole_day
):
    shutil.copytree(whole_day.data, tmp_path / "data")
    settings = settings_in(tmp_path / "data")
    shutil.rmtree(settings.data / "products")
    clock = VirtualClock(DUSK)
    with closing(build_nightly(settings, settings.data, clock)) as nightly:
        while nightly.step() == 0:
            pass
    assert video_frames(settings) == (len(taken_by_day(settings)) + 1) // 2
    note = settings.data / "products" / DATE / "timelapse-day.json"
    assert json.loads(note.read_text())["frames"] == video_frames(settings)


def test_no_frames_by_day_no_video(tmp_path):
    settings = settings_in(tmp_path, capture={"interval_s": 600, "sun_below_deg": 0})
    live_through(settings, MORNING, DUSK)
    assert not list(tmp_path.glob("products/*/timelapse-day*"))


def test_none_is_made_when_none_is_wanted(tmp_path):
    settings = settings_in(tmp_path, products={"day_video_every": 0})
    live_through(settings, NOON, DUSK)
    assert not list(tmp_path.glob("products/*/timelapse-day*"))


def test_a_frame_that_is_gone_is_left_out(tmp_path, whole_day):
    shutil.copytree(whole_day.data, tmp_path / "data")
    settings = settings_in(tmp_path / "data")
    shutil.rmtree(settings.data / "products")
    gone, damaged = taken_by_day(settings)[4:7:2]
    (settings.data / gone.path).unlink()
    (settings.data / damaged.path).write_bytes(b"")
    with closing(build_nightly(settings, settings.data, VirtualClock(DUSK))) as nightly:
        while nightly.step() == 0:
            pass
    assert video_frames(settings) == (len(taken_by_day(settings)) + 1) // 2 - 2


def test_what_cannot_be_stored_is_said_and_the_day_is_tried_again(tmp_path, whole_day):
    shutil.copytree(whole_day.data, tmp_path / "data")
    settings = settings_in(tmp_path / "data")
    shutil.rmtree(settings.data / "products")
    (settings.data / "products" / DATE).mkdir(parents=True)
    (settings.data / "products" / DATE / "segments").write_text("in the way")
    clock = VirtualClock(DUSK)
    with closing(build_nightly(settings, settings.data, clock)) as nightly:
        while nightly.step() == 0:
            pass
        with closing(Store(settings.data)) as store:
            assert "The video of the day cannot be stored" in store.states()["nightly"].reason  # fmt: skip
        assert not list(settings.data.glob("products/*/timelapse-day*"))
        (settings.data / "products" / DATE / "segments").unlink()
        clock.sleep(601)
        while nightly.step() == 0:
            pass
    assert video_frames(settings) == (len(taken_by_day(settings)) + 1) // 2


def test_two_programs_never_work_on_one_day(tmp_path, whole_day):
    shutil.copytree(whole_day.data, tmp_path / "data")
    settings = settings_in(tmp_path / "data")
    live_through(settings, DUSK + dt.timedelta(minutes=5), NEXT_MORNING)
    with (
        closing(Store(settings.data)) as store,
        closing(
            build_nightly(settings, settings.data, VirtualClock(NEXT_MORNING))
        ) as nightly,  # fmt: skip
        locked(store.scratch / f"{DATE}-day.lock", ""),
        pytest.raises(AlreadyRunningError, match="the video of the day"),
    ):
        nightly.render(DATE)


def test_a_night_and_its_day_are_rendered_again_with_other_settings(
    tmp_path, whole_day
):
    shutil.copytree(whole_day.data, tmp_path / "data")
    settings = settings_in(tmp_path / "data")
    live_through(settings, DUSK + dt.timedelta(minutes=5), NEXT_MORNING)
    other = settings_in(settings.data, products={"timelapse_fps": 10, "timelapse_crf": 30})  # fmt: skip
    clock = VirtualClock(NEXT_MORNING)
    with closing(build_nightly(other, other.data, clock)) as nightly:
        nightly.render(DATE)
    folder = other.data / "products" / DATE
    for kind in ("timelapse", "timelapse-day", "startrails-timelapse"):
        count, seconds = imageio_ffmpeg.count_frames_and_secs(folder / f"{kind}.mp4")
        assert abs(seconds - count / 10) < 0.11
    left = {path.name.split(".")[1] for path in (folder / "segments").iterdir()}
    assert len(left) == 1
    assert left.pop().startswith("1440-10-30-")
