import datetime as dt
import os
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.cameras import CameraError, Exposure, NoNewFrameError
from edge.cameras.folder import FolderCamera
from edge.clock import VirtualClock
from edge.settings.camera import FolderSettings
from products import jpeg
from products.exif import FrameTags, with_exif

BERLIN = ZoneInfo("Europe/Berlin")
WANTED = Exposure(10_000_000, 4.0)
NOW = dt.datetime(2026, 11, 22, 21, tzinfo=dt.UTC)


def grey(level, **tags):
    content = jpeg.encode(np.full((48, 64, 3), level, np.uint8))
    return with_exif(content, FrameTags(**tags)) if tags else content


class Roof:
    """A folder that another program fills, and the camera that follows it, on one clock."""

    def __init__(self, path, days_back=1.0, is_stored=lambda _taken_utc: False):
        self.path, self.clock = path, VirtualClock(NOW)
        folder = FolderSettings(path=path, days_back=days_back)
        self.camera = FolderCamera(folder, BERLIN, self.clock, is_stored)

    def write(self, name, content):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def levels(self):
        """Return the grey levels of all frames that are to be had now."""
        found = []
        while True:
            try:
                found.append(int(self.camera.capture(WANTED).rgb[0, 0, 0]))
            except NoNewFrameError:
                return found


@pytest.fixture
def roof(tmp_path):
    return Roof(tmp_path)


def test_frames_come_in_the_order_of_their_time_and_go_on_for_ever(roof):
    taken = dt.datetime(2026, 11, 22, 18, 30, tzinfo=dt.UTC)
    roof.write("image-20261122203000.jpg", grey(120))
    exposed = {"taken": taken, "exposure_us": 2_500_000, "gain": 3.0}
    roof.write("image-20261122193000.jpg", grey(60, **exposed))
    first, second = roof.camera.capture(WANTED), roof.camera.capture(WANTED)
    assert (first.taken_utc, first.facts["time_from"]) == (taken, "EXIF")
    assert first.exposure == Exposure(2_500_000, 3.0)
    assert second.taken_utc == dt.datetime(2026, 11, 22, 19, 30, tzinfo=dt.UTC)
    assert (first.rgb[0, 0, 0], second.rgb[0, 0, 0]) == (60, 120)
    with pytest.raises(NoNewFrameError, match="of 2026-11-22 19:30:00 UTC"):
        roof.camera.capture(WANTED)
    roof.write("image-20261122203100.jpg", grey(140))
    assert roof.levels() == [140]


def test_an_exposure_that_the_frame_does_not_tell_is_not_invented(roof):
    roof.write("20261122T183000Z.jpg", grey(60))
    frame = roof.camera.capture(WANTED)
    assert (frame.exposure_us, frame.gain) == (None, None)
    assert not frame.exposure_known


def test_the_day_folders_of_allsky_are_followed_and_its_products_are_not(roof):
    roof.write("20261122/image-20261122210000.jpg", grey(60))
    roof.write("20261122/thumbnails/image-20261122210000.jpg", grey(10))
    roof.write("20261122/startrails/image-20261122210001.jpg", grey(11))
    roof.write("20261122/keogram/keogram-20261122.jpg", grey(12))
    roof.write("image.jpg", grey(13))
    assert roof.levels() == [60]
    roof.write("image.jpg", grey(14))
    roof.write("20261123/image-20261122215930.jpg", grey(70))
    assert roof.levels() == [70]


def test_the_hours_of_indi_allsky_are_followed_and_its_other_pictures_are_not(roof):
    camera = "ccd_0d3ad0b2-1a43-43a7-9e64-b3a8b4f3a6c1"
    roof.write(
        f"{camera}/exposures/20261122/night/22_21/ccd1_20261122_215930.jpg", grey(60)
    )
    roof.write(
        f"{camera}/panoramas/20261122/night/22_21/panorama_ccd1_20261122_215930.jpg",
        grey(10),
    )
    roof.write(
        f"{camera}/timelapse/20261122/allsky-keogram_ccd1_20261122_night.jpg", grey(11)
    )
    roof.write("latest.jpg", grey(12))
    assert roof.levels() == [60]
    roof.write(
        f"{camera}/exposures/20261122/night/22_22/ccd1_20261122_220000.jpg", grey(70)
    )
    assert roof.levels() == [70]


def test_a_frame_is_taken_up_when_it_is_whole(roof):
    content = grey(60)
    path = roof.write("image-20261122213000.jpg", content[:300])
    for _ in range(10):
        assert roof.levels() == []
        with path.open("ab") as file:  # it grows slowly, over a network
            file.write(content[path.stat().st_size :][:20])
        roof.clock.sleep(2)
    path.write_bytes(content)
    assert roof.levels() == [60]


@given(part=st.floats(0, 1, exclude_max=True), padding=st.integers(0, 40))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_part_of_a_frame_is_taken_for_the_whole(tmp_path, part, padding):
    content = grey(60, taken=NOW, exposure_us=1000, gain=1.0)
    path = tmp_path / "image-20261122213000.jpg"
    path.write_bytes(content[: int(part * len(content))])
    roof = Roof(tmp_path)
    assert roof.levels() == []
    path.write_bytes(content + bytes(padding))
    assert roof.levels() == [60]


def test_a_damaged_frame_is_named_once_and_passed(roof):
    roof.write("20261122T183000Z.jpg", grey(60)[:300])
    roof.write("20261122T183100Z.jpg", grey(90))
    assert roof.levels() == [90]
    roof.clock.sleep(30)
    with pytest.raises(CameraError, match=r"20261122T183000Z\.jpg is cut off"):
        roof.levels()
    roof.camera.reopen()
    assert roof.levels() == []


def test_what_is_stored_and_what_is_too_old_is_not_shown(tmp_path):
    stored = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
    roof = Roof(tmp_path, days_back=0.25, is_stored=lambda taken: taken == stored)
    for hours, level in ((12, 50), (16, 60), (20, 70), (20.5, 80)):
        taken = dt.datetime(2026, 11, 22, tzinfo=dt.UTC) + dt.timedelta(hours=hours)
        roof.write(f"{taken:%Y%m%dT%H%M%SZ}.jpg", grey(level))
    assert roof.levels() == [60, 80]


def test_an_archive_is_brought_in_whole(tmp_path):
    (tmp_path / "20240103").mkdir()
    (tmp_path / "20240103" / "image-20240103213000.jpg").write_bytes(grey(40))
    assert Roof(tmp_path).levels() == []
    assert Roof(tmp_path, days_back=36525).levels() == [40]


def test_frames_that_the_other_program_removes_are_no_fault(roof):
    roof.write("20261120/image-20261120213000.jpg", grey(50))
    path = roof.write("20261122/image-20261122213000.jpg", grey(60))
    gone = roof.write("20261122/image-20261122213100.jpg", grey(70))
    assert roof.camera.capture(WANTED).rgb[0, 0, 0] == 60
    gone.unlink()
    path.unlink()
    path.parent.rmdir()
    assert roof.levels() == []


def test_a_share_that_goes_away_is_said_and_followed_again(tmp_path):
    mounted = tmp_path / "share"
    mounted.mkdir()
    shown = set()
    roof = Roof(mounted, is_stored=lambda taken: taken in shown)
    roof.write("image-20261122213000.jpg", grey(60))
    shown.add(roof.camera.capture(WANTED).taken_utc)
    mounted.rename(tmp_path / "away")
    with pytest.raises(CameraError, match="cannot be read: No such file"):
        roof.camera.capture(WANTED)
    mounted.mkdir()  # a mount point without its share
    with pytest.raises(CameraError, match="empty now; is its disk or share there"):
        roof.camera.reopen()
    mounted.rmdir()
    (tmp_path / "away").rename(mounted)
    roof.write("image-20261122213100.jpg", grey(70))
    roof.camera.reopen()
    assert roof.levels() == [70]


def test_a_folder_that_did_not_change_is_not_listed_again(roof, monkeypatch):
    for day in (21, 22):
        roof.write(f"202611{day}/image-202611{day}213000.jpg", grey(60))
    roof.levels()
    roof.levels()
    listed, scandir = [], os.scandir
    monkeypatch.setattr(
        os, "scandir", lambda path: listed.append(path) or scandir(path)
    )
    roof.levels()
    assert listed == []
    roof.write("20261122/image-20261122213030.jpg", grey(70))
    assert roof.levels() == [70]
    assert {path.name for path in listed} == {"20261122"}


def test_a_link_into_itself_ends(roof):
    roof.write("image-20261122213000.jpg", grey(60))
    (roof.path / "2026").symlink_to(roof.path)
    assert set(roof.levels()) == {60}


def test_no_folder_is_said_and_an_empty_one_is_waited_for(tmp_path):
    with pytest.raises(CameraError, match="cannot be read: No such file"):
        Roof(tmp_path / "nowhere")
    with pytest.raises(NoNewFrameError, match="none has come into"):
        Roof(tmp_path).camera.capture(WANTED)
