import datetime as dt
import shutil
from contextlib import closing

import numpy as np
import pytest

from edge.clock import VirtualClock
from edge.config import parse
from edge.longterm import LongTerm
from edge.longterm_clips import chosen_frames, leave_clip
from edge.longterm_products import VIDEO_NOTE
from edge.outbox import Outbox
from edge.store import FrameRecord, Store
from edge.store_disk import forget_frames
from products import jpeg
from products.clips import CLIP_NAME, NOTE_NAME, Clip
from products.ffmpeg import FfmpegError, pictures_in
from products.manifest import PERIOD_VIDEO_KINDS
from products.night import Night
from tests.edge.test_longterm import SITE, leave_columns, work

NOON_NOV_22 = dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC)


@pytest.fixture
def camera(tmp_path):
    """Return the settings of a camera with eight pictures a night, and its store."""
    raw = {
        "camera": {"driver": "simulator"},
        "products": {"longterm_frames_per_night": 8},
    }
    settings = parse({"site": SITE, **raw})
    with closing(Store(tmp_path)) as store:
        yield settings.model_copy(update={"data": tmp_path}), store


def leave_frames(store, name, level=60, size=(96, 128), every_min=30):
    """Leave a night as capture does: its columns, and frames on disk from 18:00 to 4:00 UTC."""
    leave_columns(store, name, level)
    start = dt.datetime.fromisoformat(f"{name}T18:00:00Z")
    content = jpeg.encode(np.full((*size, 3), level, np.uint8))
    for minute in range(0, 10 * 60, every_min):
        taken = start + dt.timedelta(minutes=minute)
        path = f"frames/{name}/{taken:%Y%m%dT%H%M%SZ}.jpg"
        (store.data / path).parent.mkdir(parents=True, exist_ok=True)
        (store.data / path).write_bytes(content)
        store.add_frame(FrameRecord(path, name, taken, size[1], size[0], len(content)))


def finished(camera, *names, now=NOON_NOV_22, **frames):
    """Finish nights and return the work that follows; nothing of it is done."""
    settings, store = camera
    longterm = LongTerm(settings, VirtualClock(now), store)
    for name in names:
        leave_frames(store, name, **frames)
        longterm.leave_strip(Night.named(name, settings.site.tz))
        store.finish_night(name, now)
    return longterm


def videos_queued(store) -> dict:
    """Return what waits for the hub: name of the video -> product."""
    outbox, found = Outbox(store), {}
    while product := outbox.next_product(NOON_NOV_22 + dt.timedelta(days=400)):
        if product.kind in PERIOD_VIDEO_KINDS:
            found[product.key] = product
        if product.withdrawn:
            outbox.taken_back(product)
        else:
            outbox.sent(product, NOON_NOV_22)
    return found


def pictures(store, period):
    video = store.products_folder(period) / "video.mp4"
    return pictures_in(video, store.data / "log", decoded=True)


def test_finished_nights_give_a_month_a_season_and_a_year(camera):
    _, store = camera
    work(finished(camera, "2026-11-20", "2026-11-21"))
    found = videos_queued(store)
    assert set(found) == {
        "2026-11-01/month-video", "2026-09-01/season-video", "2026-01-01/year-video",
    }  # fmt: skip
    for product in found.values():
        manifest = product.manifest
        assert manifest.facts == {"fps": 25, "duration_s": 16 / 25, "nights": 2}
        assert (manifest.frames, manifest.final) == (16, False)
        assert set(product.files) == {blob.sha256 for blob in manifest.blobs()}
        assert manifest.variants["poster"].type == "image/jpeg"
    for period in ("2026-11", "2026-SON", "2026"):
        assert pictures(store, period) == 16


def test_a_night_at_new_year_is_in_the_winter_of_the_old_year(camera):
    _, store = camera
    now = dt.datetime(2027, 1, 3, 11, tzinfo=dt.UTC)
    work(finished(camera, "2026-12-31", "2027-01-01", now=now))
    found = videos_queued(store)
    assert found["2026-12-01/season-video"].manifest.facts["nights"] == 2
    assert found["2027-01-01/year-video"].manifest.facts["nights"] == 1
    assert found["2026-01-01/year-video"].manifest.final


def test_the_frames_are_evenly_spaced_in_the_darkness(camera):
    settings, store = camera
    leave_frames(store, "2026-11-20", every_min=10)
    night = Night.named("2026-11-20", settings.site.tz)
    chosen = chosen_frames(store, settings, night)
    steps = np.diff([one.taken_utc.timestamp() for one in chosen]) / 60
    # Eight shares of the astronomical night, 17:04 to 4:49 by the almanac: one every 88 minutes.
    assert len(chosen) == 8
    assert set(steps) <= {70, 80, 90}


def test_what_is_up_to_date_is_not_made_again(camera):
    settings, store = camera
    longterm = finished(camera, "2026-11-20")
    work(longterm)
    videos_queued(store)
    work(LongTerm(settings, VirtualClock(NOON_NOV_22), store))
    assert videos_queued(store) == {}


def test_a_late_night_changes_its_own_month_season_and_year_only(camera):
    settings, store = camera
    work(finished(camera, "2026-06-10", "2026-11-20", level=90))
    videos_queued(store)
    longterm = LongTerm(settings, VirtualClock(NOON_NOV_22), store)
    leave_frames(store, "2026-11-18")
    longterm.leave_strip(Night.named("2026-11-18", settings.site.tz))
    store.finish_night("2026-11-18", NOON_NOV_22)
    work(longterm)
    assert set(videos_queued(store)) == {
        "2026-11-01/month-video", "2026-09-01/season-video", "2026-01-01/year-video",
    }  # fmt: skip


def test_a_night_that_was_rendered_again_changes_them_when_its_frames_do(camera):
    settings, store = camera
    work(finished(camera, "2026-11-20", "2026-11-21"))
    first = videos_queued(store)
    night = Night.named("2026-11-20", settings.site.tz)
    for level, changed in ((60, False), (140, True)):
        leave_frames(store, "2026-11-20", level=level)
        longterm = LongTerm(settings, VirtualClock(NOON_NOV_22), store)
        longterm.leave_strip(night)
        work(longterm)
        again = videos_queued(store)
        assert bool(again) == changed
    assert all(
        again[key].manifest.sha256 != first[key].manifest.sha256 for key in again
    )


def test_a_night_that_was_rendered_again_before_a_crash_is_not_forgotten(camera):
    settings, store = camera
    work(finished(camera, "2026-11-20"))
    videos_queued(store)
    finished(camera, "2026-11-20", level=140)  # and the program ends here
    work(LongTerm(settings, VirtualClock(NOON_NOV_22), store))
    assert len(videos_queued(store)) == 3


def test_nights_of_other_cameras_sizes_and_settings_are_joined(camera):
    settings, store = camera
    work(finished(camera, "2026-11-18", size=(96, 128)))
    work(finished(camera, "2026-11-19", size=(400, 400)))
    fewer = settings.products.model_copy(update={"longterm_frames_per_night": 3})
    other = settings.model_copy(update={"products": fewer})
    work(finished((other, store), "2026-11-20", size=(1520, 2028), every_min=120))
    video = videos_queued(store)["2026-11-01/month-video"]
    assert video.manifest.frames == 8 + 8 + 3
    assert pictures(store, "2026-11") == 19


def test_a_clip_of_another_encoder_is_encoded_again_before_it_is_joined(camera):
    _, store = camera
    work(finished(camera, "2026-11-18"))
    folder = store.products_folder("2026-11-18")
    old = Clip.read(folder)
    note = old.model_copy(update={"header": "of another encoder"})
    (folder / NOTE_NAME).write_text(note.model_dump_json())
    shutil.rmtree(store.frames_folder("2026-11-18"))
    work(finished(camera, "2026-11-19"))
    new = Clip.read(folder)
    assert new.header == old.header
    assert new.is_sound(folder)
    assert pictures(store, "2026-11") == 16


def test_a_damaged_clip_is_made_again_from_its_frames(camera):
    _, store = camera
    work(finished(camera, "2026-11-18"))
    clip = store.products_folder("2026-11-18") / CLIP_NAME
    whole = clip.read_bytes()
    clip.write_bytes(whole[: len(whole) // 2])
    work(finished(camera, "2026-11-19"))
    assert clip.read_bytes() == whole
    assert pictures(store, "2026-11") == 16


def test_a_damaged_clip_without_frames_is_left_out(camera):
    _, store = camera
    work(finished(camera, "2026-11-18"))
    (store.products_folder("2026-11-18") / CLIP_NAME).write_bytes(b"torn")
    shutil.rmtree(store.frames_folder("2026-11-18"))
    work(finished(camera, "2026-11-19"))
    assert videos_queued(store)["2026-11-01/month-video"].manifest.facts["nights"] == 1
    assert pictures(store, "2026-11") == 8


@pytest.mark.parametrize("recorded", [True, False])
def test_a_sound_clip_stays_when_its_frames_are_gone(camera, recorded):
    settings, store = camera
    work(finished(camera, "2026-11-20"))
    folder = store.products_folder("2026-11-20")
    before = Clip.read(folder)
    shutil.rmtree(store.frames_folder("2026-11-20"))
    if not recorded:
        forget_frames(store, [one.path for one in store.frames("2026-11-20")])
    night = Night.named("2026-11-20", settings.site.tz)
    LongTerm(settings, VirtualClock(NOON_NOV_22), store).leave_strip(night)
    assert Clip.read(folder).due
    assert leave_clip(store, settings, night) == before == Clip.read(folder)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0torn"])
def test_a_damaged_frame_is_left_out(camera, content):
    settings, store = camera
    leave_frames(store, "2026-11-20")
    night = Night.named("2026-11-20", settings.site.tz)
    broken = chosen_frames(store, settings, night)[2]
    (store.data / broken.path).write_bytes(content)
    clip = leave_clip(store, settings, night)
    assert len(clip.frames) == 7
    assert broken.taken_utc.strftime("%Y%m%dT%H%M%SZ") not in clip.frames


def test_a_night_without_any_frame_that_can_be_read_is_looked_at_once(camera):
    settings, store = camera
    leave_columns(store, "2026-11-20")
    store.finish_night("2026-11-20", NOON_NOV_22)
    work(LongTerm(settings, VirtualClock(NOON_NOV_22), store))
    assert Clip.read(store.products_folder("2026-11-20")) == Clip()
    assert videos_queued(store) == {}
    again = LongTerm(settings, VirtualClock(NOON_NOV_22), store)
    assert work(again) == 5  # two keograms and three videos are looked at, no clip


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}"])
def test_a_damaged_note_makes_the_video_again(camera, content):
    settings, store = camera
    work(finished(camera, "2026-11-20"))
    videos_queued(store)
    (store.products_folder("2026") / VIDEO_NOTE).write_bytes(content)
    work(LongTerm(settings, VirtualClock(NOON_NOV_22), store))
    assert set(videos_queued(store)) == {"2026-01-01/year-video"}


def test_without_an_encoder_the_keograms_are_made_all_the_same(camera, monkeypatch):
    _, store = camera
    longterm = finished(camera, "2026-11-20")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nowhere/ffmpeg")
    with pytest.raises(FfmpegError, match="There is no ffmpeg"):
        work(longterm)
    assert (store.products_folder("2026-11") / "keogram.jpg").exists()
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE")
    work(longterm)
    assert len(videos_queued(store)) == 3
