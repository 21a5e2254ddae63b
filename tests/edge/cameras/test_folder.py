import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from edge.cameras import CameraError, Exposure, NoMoreFramesError
from edge.cameras.folder import FolderCamera
from products import jpeg
from products.exif import FrameTags, with_exif

BERLIN = ZoneInfo("Europe/Berlin")
WANTED = Exposure(10_000_000, 4.0)


def grey(level, **tags):
    content = jpeg.encode(np.full((48, 64, 3), level, np.uint8))
    return with_exif(content, FrameTags(**tags)) if tags else content


def test_frames_come_in_the_order_of_their_time_and_then_no_more(tmp_path):
    taken = dt.datetime(2026, 11, 22, 18, 30, tzinfo=dt.UTC)
    (tmp_path / "image-20261122203000.jpg").write_bytes(grey(120))
    (tmp_path / "anything.jpg").write_bytes(
        grey(60, taken=taken, exposure_us=2_500_000, gain=3.0)
    )
    camera = FolderCamera(tmp_path, BERLIN)
    first, second = camera.capture(WANTED), camera.capture(WANTED)
    assert first.taken_utc == taken
    assert second.taken_utc == dt.datetime(2026, 11, 22, 19, 30, tzinfo=dt.UTC)
    assert (first.rgb[0, 0, 0], second.rgb[0, 0, 0]) == (60, 120)
    assert first.facts["time_from"] == "EXIF"
    with pytest.raises(NoMoreFramesError, match="2 frames"):
        camera.capture(WANTED)


def test_exposure_is_that_of_the_frame(tmp_path):
    (tmp_path / "20261122T183000Z.jpg").write_bytes(
        grey(
            60,
            taken=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
            exposure_us=2_500_000,
            gain=3.0,
        )
    )
    assert FolderCamera(tmp_path, BERLIN).capture(WANTED).exposure == Exposure(
        2_500_000, 3.0
    )


def test_an_exposure_that_the_frame_does_not_tell_is_not_invented(tmp_path):
    (tmp_path / "20261122T183000Z.jpg").write_bytes(grey(60))
    frame = FolderCamera(tmp_path, BERLIN).capture(WANTED)
    assert (frame.exposure_us, frame.gain) == (None, None)
    assert not frame.exposure_known


def test_a_damaged_frame_is_named_and_passed(tmp_path):
    (tmp_path / "20261122T183000Z.jpg").write_bytes(grey(60)[:300])
    (tmp_path / "20261122T183100Z.jpg").write_bytes(grey(90))
    camera = FolderCamera(tmp_path, BERLIN)
    with pytest.raises(CameraError, match=r"20261122T183000Z\.jpg is cut off"):
        camera.capture(WANTED)
    camera.reopen()
    assert camera.capture(WANTED).rgb[0, 0, 0] == 90


def test_a_frame_that_went_away_is_named(tmp_path):
    path = tmp_path / "20261122T183000Z.jpg"
    path.write_bytes(grey(60))
    camera = FolderCamera(tmp_path, BERLIN)
    path.unlink()
    with pytest.raises(CameraError, match="cannot be read"):
        camera.capture(WANTED)
    camera.close()


def test_no_folder_and_an_empty_folder_are_told_apart(tmp_path):
    with pytest.raises(CameraError, match="cannot be read: No such file"):
        FolderCamera(tmp_path / "nowhere", BERLIN)
    with pytest.raises(CameraError, match="no JPEG frames"):
        FolderCamera(tmp_path, BERLIN)
