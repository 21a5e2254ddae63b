import json
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest

from products.columns import ColumnFile, Geometry
from tests.products.conftest import record

GEOMETRY = Geometry(64, 48, 0.0, 48)


def column(number):
    return np.full((48, 3), number, np.uint8)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "night" / "keogram.columns"
    file = ColumnFile(path)
    file.begin(GEOMETRY)
    for number in range(3):
        file.append(record(number), column(number))
    return path


def test_everything_is_read_back(path):
    file = ColumnFile(path)
    assert file.geometry == GEOMETRY
    assert file.records == [record(number) for number in range(3)]
    stems = [record(number).stem for number in (2, 0)]
    assert file.columns(stems)[:, 0, 0].tolist() == [2, 0]
    assert stems[0] in file
    assert "other" not in file


def test_what_is_not_known_stays_unknown(path):
    unknown = replace(record(3, sun=None), exposure_us=None, gain=None, stars=None)
    known = replace(record(4, sun=-18.5), exposure_us=30_000_000, gain=2.5, stars=0)
    file = ColumnFile(path)
    file.append(unknown, column(3))
    file.append(known, column(4))
    assert ColumnFile(path).records[3:] == [unknown, known]


@pytest.mark.parametrize("lost_bytes", [1, 100, 330])
def test_a_record_cut_off_at_the_end_is_written_over(path, lost_bytes):
    path.write_bytes(path.read_bytes()[:-lost_bytes])
    file = ColumnFile(path)
    assert [one.stem for one in file.records] == [record(0).stem, record(1).stem]
    file.append(record(5), column(5))
    again = ColumnFile(path)
    assert [one.stem for one in again.records][2:] == [record(5).stem]
    assert again.columns([record(5).stem])[0, 0, 0] == 5


def test_whoever_only_reads_leaves_a_half_written_record_alone(path):
    content = path.read_bytes() + b"half of a record"
    path.write_bytes(content)
    assert len(ColumnFile(path, only_read=True).records) == 3
    assert path.read_bytes() == content


def test_a_record_that_a_power_cut_left_as_zeros_is_missing(path):
    content = path.read_bytes()
    size = (len(content) - 256) // 3
    path.write_bytes(content[: 256 + size] + bytes(size) + content[256 + 2 * size :])
    file = ColumnFile(path)
    assert [one.stem for one in file.records] == [record(0).stem, record(2).stem]
    file.append(record(1), column(1))
    again = ColumnFile(path)
    assert len(again.records) == 3
    assert again.columns([record(1).stem, record(2).stem])[:, 0, 0].tolist() == [1, 2]


@pytest.mark.parametrize(
    "content", [b"", b"short", b"{}".ljust(256), b"[1]".ljust(256), b"\xff" * 5000]
)
def test_a_damaged_header_begins_anew(path, content):
    path.write_bytes(content)
    file = ColumnFile(path)
    assert file.geometry is None
    assert file.records == []
    file.begin(GEOMETRY)
    file.append(record(1), column(1))
    assert len(ColumnFile(path).records) == 1


def test_a_name_that_is_too_long_is_refused(path):
    file = ColumnFile(path)
    with pytest.raises(ValueError, match="name of more than"):
        file.append(replace(record(4), stem="ä" * 60), column(4))
    assert len(ColumnFile(path).records) == 3


def test_forgetting_removes_the_file(path):
    file = ColumnFile(path)
    file.forget()
    assert file.geometry is None
    assert not path.exists()


def test_a_file_of_an_older_version_is_read_and_continued(tmp_path):
    path = tmp_path / "keogram.columns"
    known = replace(record(0, sun=-18.5), exposure_us=30_000_000, gain=2.5)
    path.write_bytes(content_of_format_1(known, column(7)))
    file = ColumnFile(path)
    assert file.geometry == GEOMETRY
    assert file.records == [known]
    file.append(replace(record(1), stars=12), column(8))
    again = ColumnFile(path)
    assert [one.stem for one in again.records] == [record(0).stem, record(1).stem]
    assert [one.stars for one in again.records] == [None, None]
    assert again.columns([record(1).stem])[0, 0, 0] == 8


def content_of_format_1(frame, sky):
    """What version 0.1 wrote: a header of 256 bytes, then 96 bytes of name among 8-byte numbers, then the column."""
    header = {"format": 1, "width": 64, "height": 48, "rotation_deg": 0.0}
    text = json.dumps(header | {"samples": 48}).encode().ljust(255) + b"\n"
    known = frame.statistics
    numbers = [frame.sun_altitude_deg, frame.exposure_us, frame.gain]
    numbers += [frame.channel_mean, known.red, known.green, known.blue]
    numbers += [known.background, known.saturated, known.sharp_points]
    time_us = round(frame.taken_utc.timestamp() * 1e6)
    row = struct.pack("<q96s10d", time_us, frame.stem.encode(), *numbers)
    row += sky.tobytes()
    return text + struct.pack("<I", zlib.crc32(row)) + row


@pytest.mark.parametrize("number", [0, 3, "1", None])
def test_a_file_of_an_unknown_format_begins_anew(path, number):
    content = path.read_bytes()
    header = json.loads(content[:256]) | {"format": number}
    path.write_bytes(json.dumps(header).encode().ljust(256) + content[256:])
    assert ColumnFile(path).geometry is None
