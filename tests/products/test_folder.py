import datetime as dt
import os
from zoneinfo import ZoneInfo

import pytest
from PIL import ExifTags, Image

from products.exif import FrameTags, with_exif
from products.folder import TimeSource, frame_at, frames_in, time_in_name
from tests.products.conftest import pillow_jpeg, sky_frame

BERLIN = ZoneInfo("Europe/Berlin")
LOCAL = dt.datetime(2026, 1, 1, 20, 15, 30)  # noqa: DTZ001  # as names have it
UTC = LOCAL.replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("stem", "taken"),
    [
        ("image-20260101201530", LOCAL),
        ("ccd1_20260101_201530", LOCAL),
        ("20260101T201530Z", UTC),
        ("20260101T201530.250Z", UTC.replace(microsecond=250_000)),
        ("2026-01-01T20-15-30Z", UTC),
        ("2026-01-01T20:15:30+00:00", UTC),
        ("2026-01-01T21:15:30+01:00", UTC),
        ("2026-01-01 20.15.30", LOCAL),
        ("2026-01-01_20h15m30s", LOCAL),
        ("allsky-20260101-201530-00017", LOCAL),
        ("12345678-20260101201530", LOCAL),
        ("20261301T201530Z", None),
        ("frame-000017", None),
        ("120260101201530", None),
        ("20260101", None),
    ],
)
def test_the_time_in_a_name_is_found(stem, taken):
    found = time_in_name(stem)
    assert found == taken
    assert taken is None or (found.tzinfo is None) == (taken.tzinfo is None)


def test_local_names_are_read_in_the_given_zone(tmp_path):
    path = tmp_path / "image-20260701201530.jpg"
    path.write_bytes(pillow_jpeg(sky_frame(1)))
    frame = frame_at(path, BERLIN)
    assert frame.taken_utc == dt.datetime(2026, 7, 1, 18, 15, 30, tzinfo=dt.UTC)
    assert frame.source is TimeSource.NAME


def test_exif_goes_before_the_name(tmp_path):
    path = tmp_path / "image-20260701201530.jpg"
    path.write_bytes(
        with_exif(pillow_jpeg(sky_frame(1)), FrameTags(UTC, 30_000_000, 4))
    )
    frame = frame_at(path, BERLIN)
    assert (frame.taken_utc, frame.source) == (UTC, TimeSource.EXIF)
    assert (frame.exposure_us, frame.gain) == (30_000_000, 4)


def test_exif_without_an_offset_goes_after_the_name(tmp_path):
    """Some programs write UTC there, without saying so."""
    picture = Image.fromarray(sky_frame(1))
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = (
        "2026:07:01 18:15:30"
    )
    named, nameless = tmp_path / "ccd1_20260701_201530.jpg", tmp_path / "sky.jpg"
    picture.save(named, exif=exif)
    picture.save(nameless, exif=exif)
    taken = dt.datetime(2026, 7, 1, 18, 15, 30, tzinfo=dt.UTC)
    assert frame_at(named, BERLIN).taken_utc == taken
    assert frame_at(nameless, BERLIN).taken_utc == taken - dt.timedelta(hours=2)


def test_the_hour_that_comes_twice_is_told_by_the_file_time(tmp_path):
    """On 25 October 2026 the clocks of Berlin go back from 3:00 to 2:00, at 1:00 UTC."""
    path = tmp_path / "image-20261025023000.jpg"
    path.write_bytes(pillow_jpeg(sky_frame(1)))
    for hour in (0, 1):
        taken = dt.datetime(2026, 10, 25, hour, 30, tzinfo=dt.UTC)
        os.utime(path, (taken.timestamp() + 20, taken.timestamp() + 20))
        assert frame_at(path, BERLIN).taken_utc == taken


def test_the_file_time_comes_last(tmp_path):
    path = tmp_path / "sky.jpg"
    path.write_bytes(pillow_jpeg(sky_frame(1)))
    os.utime(path, (UTC.timestamp(), UTC.timestamp()))
    frame = frame_at(path)
    assert (frame.taken_utc, frame.source) == (UTC, TimeSource.FILE)


def test_frames_come_in_the_order_of_their_time(tmp_path):
    for name in (
        "b-20260102001500.jpg", "a-20260102001600.JPG", "z-20260101235959.jpeg",
        "notes.txt", ".c-20260102001500.jpg",
    ):  # fmt: skip
        (tmp_path / name).write_bytes(pillow_jpeg(sky_frame(1)))
    (tmp_path / "20260102.jpg").mkdir()
    assert [frame.path.name for frame in frames_in(tmp_path)] == [
        "z-20260101235959.jpeg", "b-20260102001500.jpg", "a-20260102001600.JPG",
    ]  # fmt: skip


def test_a_damaged_file_still_has_a_time(tmp_path):
    (tmp_path / "20260101T201530Z.jpg").write_bytes(b"")
    assert [frame.taken_utc for frame in frames_in(tmp_path)] == [UTC]


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        frames_in(tmp_path / "nowhere")
