import datetime as dt
import io

import numpy as np
import pytest
from PIL import ExifTags, Image

from products import jpeg
from products.exif import FrameTags, read_exif, with_exif
from tests.products.conftest import pillow_jpeg, sky_frame

TAKEN = dt.datetime(2026, 1, 1, 20, 15, 30, 250_000, dt.timezone(dt.timedelta(hours=1)))
TAGS = FrameTags(TAKEN, 30_000_000, 8.0, "Sony", "IMX477", "allsky-edge")


def pillow_exif(content):
    exif = Image.open(io.BytesIO(content)).getexif()
    return {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}


def written_by_pillow(**fields):
    exif = Image.Exif()
    for name, value in fields.items():
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base[name]] = value
    return pillow_jpeg(sky_frame(1), exif=exif)


def test_another_program_reads_what_was_written():
    fields = pillow_exif(with_exif(pillow_jpeg(sky_frame(1)), TAGS))
    assert fields[ExifTags.Base.DateTimeOriginal] == "2026:01:01 19:15:30"
    assert fields[ExifTags.Base.OffsetTimeOriginal] == "+00:00"
    assert fields[ExifTags.Base.SubsecTimeOriginal] == "250"
    assert fields[ExifTags.Base.ExposureTime] == 30
    assert fields[ExifTags.Base.ISOSpeedRatings] == 800
    assert fields[ExifTags.Base.Model] == "IMX477"
    assert ExifTags.Base.GPSInfo not in fields


def test_pixels_do_not_change():
    content = pillow_jpeg(sky_frame(1))
    assert np.array_equal(jpeg.decode(with_exif(content, TAGS)), jpeg.decode(content))


@pytest.mark.parametrize("exposure_us", [32, 1_000, 333_333, 694_000_000])
def test_what_was_written_is_read_back(exposure_us):
    tags = FrameTags(TAKEN, exposure_us, 22.26, "Sony", "IMX477", "allsky-edge")
    read = read_exif(with_exif(pillow_jpeg(sky_frame(1)), tags))
    assert read == tags
    assert read.taken.utcoffset() == dt.timedelta()


def test_a_time_without_its_offset_stays_without():
    content = written_by_pillow(DateTimeOriginal="2026:01:01 20:15:30")
    assert read_exif(content).taken == dt.datetime(2026, 1, 1, 20, 15, 30)  # noqa: DTZ001  # that is the point


def test_an_offset_is_believed():
    content = written_by_pillow(
        DateTimeOriginal="2026:01:01 20:15:30", OffsetTimeOriginal="+05:45"
    )
    assert read_exif(content).taken == dt.datetime(
        2026, 1, 1, 14, 30, 30, tzinfo=dt.UTC
    )


@pytest.mark.parametrize(
    "written", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", ""]
)
def test_an_impossible_time_is_no_time(written):
    assert read_exif(written_by_pillow(DateTimeOriginal=written)).taken is None


def test_a_file_without_exif_says_nothing():
    assert read_exif(pillow_jpeg(sky_frame(1))) == FrameTags()
    assert read_exif(b"") == FrameTags()


@pytest.mark.parametrize("cut", range(8, 260, 9))
def test_damaged_exif_is_no_error(cut):
    content = with_exif(pillow_jpeg(sky_frame(1)), TAGS)
    damaged = content[:cut] + bytes(50) + content[cut + 50 :]
    assert isinstance(read_exif(damaged), FrameTags)
    assert isinstance(read_exif(content[:cut]), FrameTags)
