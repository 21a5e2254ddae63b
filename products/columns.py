"""What a night's frames left behind: one record a frame in a file that only grows.

A record holds the frame's keogram column and its numbers, so that a keogram never needs its JPEGs again. Records have a
fixed size and a checksum: what a power cut left half-written at the end is written over, and a damaged record is
as good as missing. The file is a cache of what the frames say; with other settings it is begun anew. A file that an
older version began is read and continued as it is; what its records have no room for is unknown.
"""

import datetime as dt
import errno
import json
import math
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from products.statistics import FrameStatistics

_HEADER_BYTES = 256
_STEM_BYTES = 96
_FORMAT = 2  # since then with the number of stars
_FORMATS = (1, 2)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_OPTIONAL = ("sun_altitude_deg", "exposure_us", "gain")
_SINCE_FORMAT_2 = ("stars",)
_NUMBERS = ("red", "green", "blue", "background", "saturated", "sharp_points")


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One frame of the night in numbers. ``channel_mean`` is the largest mean of a channel of the whole frame, 0-1.

    ``stars`` is how many were found in it, None where nobody looked.
    """

    stem: str
    taken_utc: dt.datetime
    statistics: FrameStatistics
    channel_mean: float
    sun_altitude_deg: float | None = None
    exposure_us: int | None = None
    gain: float | None = None
    stars: int | None = None

    @property
    def order(self) -> tuple[dt.datetime, str]:
        """What frames are sorted by."""
        return self.taken_utc, self.stem


@dataclass(frozen=True, slots=True)
class Geometry:
    """What all columns of a file share: the frame's size and the angle at which its line was sampled."""

    width: int
    height: int
    rotation_deg: float
    samples: int


class ColumnFile:
    """The records of one night in ``path``; ``geometry`` is None until the first frame.

    Whoever only reads leaves a half-written record at the end alone: another program may be at work on it.
    """

    def __init__(self, path: Path, *, only_read: bool = False) -> None:
        self.path = path
        self._only_read = only_read
        self.geometry: Geometry | None = None
        self.records: list[FrameRecord] = []
        self._rows: dict[str, int] = {}
        self._count = 0
        self._format = _FORMAT
        if path.exists():
            self._load()

    def __contains__(self, stem: str) -> bool:
        return stem in self._rows

    def begin(self, geometry: Geometry) -> None:
        """Begin the file anew for frames of this geometry, forgetting what was in it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        header = {"format": _FORMAT} | {
            name: getattr(geometry, name) for name in Geometry.__slots__
        }
        text = json.dumps(header).encode().ljust(_HEADER_BYTES - 1) + b"\n"
        self.path.write_bytes(text)
        self.geometry, self._format = geometry, _FORMAT
        self.records, self._rows, self._count = [], {}, 0

    def forget(self) -> None:
        """Remove the file and forget what was in it."""
        self.path.unlink(missing_ok=True)
        self.geometry = None
        self.records, self._rows, self._count = [], {}, 0

    def append(self, record: FrameRecord, column: NDArray[np.uint8]) -> None:
        """Add a frame and its column, (samples, 3) uint8; raise ValueError for an impossible name."""
        assert self.geometry is not None, "begin() comes first"
        row = np.zeros((), _row_type(self.geometry.samples, self._format))
        if not record.stem.isprintable():  # it is a line in several lists
            raise ValueError("has a name with characters that cannot be printed")
        stem = record.stem.encode()
        if len(stem) > _STEM_BYTES:
            raise ValueError(f"has a name of more than {_STEM_BYTES} bytes")
        row["stem"], row["time_us"] = stem, _to_us(record.taken_utc)
        for name in _NUMBERS:
            row[name] = getattr(record.statistics, name)
        row["channel_mean"] = record.channel_mean
        for name in _optional(self._format):
            value = getattr(record, name)
            row[name] = math.nan if value is None else value
        row["column"] = column
        row["crc"] = _checksum(row)
        with self.path.open("r+b", buffering=0) as file:
            file.seek(_HEADER_BYTES + self._count * row.nbytes)
            if file.write(row.tobytes()) < row.nbytes:  # the rest finds no room
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._remember(record)

    def columns(self, stems: list[str]) -> NDArray[np.uint8]:
        """Return the columns of these frames, (len(stems), samples, 3) uint8."""
        assert self.geometry is not None, "begin() comes first"
        rows = self._open_rows()["column"][[self._rows[stem] for stem in stems]]
        return np.asarray(rows)

    def _load(self) -> None:
        with self.path.open("rb") as file:
            header = _header(file.read(_HEADER_BYTES))
        if header is None:
            return
        self._format, self.geometry = header
        rows = self._open_rows()
        for row in rows:
            if int(row["crc"]) == _checksum(row):
                self._remember(_record(row))
            else:
                self._count += 1
        whole = _HEADER_BYTES + len(rows) * rows.dtype.itemsize
        if not self._only_read and self.path.stat().st_size > whole:
            os.truncate(self.path, whole)

    def _open_rows(self) -> NDArray[Any]:
        assert self.geometry is not None
        dtype = _row_type(self.geometry.samples, self._format)
        count = (self.path.stat().st_size - _HEADER_BYTES) // dtype.itemsize
        if count <= 0:
            return np.empty(0, dtype)
        return np.memmap(
            self.path, dtype, mode="r", offset=_HEADER_BYTES, shape=(count,)
        )

    def _remember(self, record: FrameRecord) -> None:
        if record.stem not in self._rows:
            self.records.append(record)
        self._rows[record.stem] = self._count
        self._count += 1


def _optional(file_format: int) -> tuple[str, ...]:
    """Return the names of the numbers that may be unknown."""
    return _OPTIONAL if file_format == 1 else (*_OPTIONAL, *_SINCE_FORMAT_2)


def _row_type(samples: int, file_format: int) -> np.dtype[Any]:
    return np.dtype(
        [
            ("crc", "<u4"),
            ("time_us", "<i8"),
            ("stem", f"S{_STEM_BYTES}"),
            *((name, "<f8") for name in _optional(file_format)),
            ("channel_mean", "<f8"),
            *((name, "<f8") for name in _NUMBERS),
            ("column", "u1", (samples, 3)),
        ]
    )


def _checksum(row: Any) -> int:
    return zlib.crc32(row.tobytes()[4:])


def _record(row: Any) -> FrameRecord:
    exposure_us = _known(row["exposure_us"])
    stars = _known(row["stars"]) if "stars" in row.dtype.names else None
    return FrameRecord(
        stem=bytes(row["stem"]).decode(),
        taken_utc=_EPOCH + dt.timedelta(microseconds=int(row["time_us"])),
        statistics=FrameStatistics(**{name: float(row[name]) for name in _NUMBERS}),
        channel_mean=float(row["channel_mean"]),
        sun_altitude_deg=_known(row["sun_altitude_deg"]),
        exposure_us=None if exposure_us is None else round(exposure_us),
        gain=_known(row["gain"]),
        stars=None if stars is None else round(stars),
    )


def _known(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number


def _to_us(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def _header(text: bytes) -> tuple[int, Geometry] | None:
    """Return format and geometry in a file's header, or None for a file that is damaged or of an unknown format."""
    try:
        header = json.loads(text)
        file_format = header.pop("format")
        if len(text) != _HEADER_BYTES or file_format not in _FORMATS:
            return None
        return file_format, Geometry(**header)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
