"""The stars of a night's frames in one file that only grows: ``stars.bin`` among the products of the night.

The file begins with the eight bytes ``STARS`` + 0, 0, 1 (the last is the format). Then comes one record a frame,
little-endian:

| bytes | what |
|---|---|
| 4 | CRC-32 of the rest of the record |
| 4 | length of the list in bytes |
| 8 | time in microseconds since 1970 |
| 2 + 2 | width and height of the frame in pixels |
| 4 | exposure in seconds times gain, as a float; NaN where it is not known |
| 4 | faintest light that would have been found, saturated pixels a second, as a float; NaN where it is not known |
| 4 | number of stars found |
| rest | the list as `StarList.pack` writes it: the brightest ones in six bytes each |
"""

import datetime as dt
import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from products.star_list import StarList

NAME = "stars.bin"
"""Name of the file in the folder of a night's products."""
MOST_STARS = 500
"""Of more stars than this only the brightest are written: 3 kB a frame."""

_BEGINNING = b"STARS\0\0\1"
_CHECKED = struct.Struct("<I")
_HEAD = struct.Struct("<IqHHffI")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_LONGEST_LIST = 1 << 20  # bytes; a longer one is damage


@dataclass(frozen=True, slots=True)
class FrameStars:
    """The stars of one frame.

    Parameters
    ----------
    taken_utc
        The beginning of the exposure.
    width, height
        The frame in pixels.
    count
        How many stars were found; ``stars`` are the brightest of them.
    stars
        At most `MOST_STARS` of them when read from a file.
    exposure
        Exposure time in seconds times gain; None where it is not known.
    limit
        The faintest light that would have been found, in saturated pixels a second at gain 1; None where unknown.
    """

    taken_utc: dt.datetime
    width: int
    height: int
    count: int
    stars: StarList
    exposure: float | None = None
    limit: float | None = None


def append_stars(path: Path, frame: FrameStars) -> None:
    """Add the stars of a frame to a file, which is made if need be.

    Raises
    ------
    OSError
        The disk does not take it. What is then half written hides what comes after it, until `mend` cuts it off.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        if not file.tell():
            file.write(_BEGINNING)
        file.write(_record(frame))


def mend(path: Path) -> None:
    """Cut off what a power cut left half-written at the end of a file; a file that is none of ours is removed."""
    if not path.exists():
        return
    whole = sum(_sizes(path.read_bytes()))
    if not whole:
        path.unlink()
    elif whole < path.stat().st_size:
        with path.open("r+b") as file:
            file.truncate(whole)


def read_stars(path: Path) -> Iterator[FrameStars]:
    """Give the stars of each frame in a file, in the order in which they were written; nothing without a file."""
    if not path.exists():
        return
    content = path.read_bytes()
    at = 0
    for size in _sizes(content):
        if at:
            yield _frame(content[at : at + size])
        at += size


def _record(frame: FrameStars) -> bytes:
    packed = frame.stars.brightest(MOST_STARS).pack()
    head = _HEAD.pack(
        len(packed),
        (frame.taken_utc - _EPOCH) // _MICROSECOND,
        frame.width,
        frame.height,
        math.nan if frame.exposure is None else frame.exposure,
        math.nan if frame.limit is None else frame.limit,
        frame.count,
    )
    return _CHECKED.pack(zlib.crc32(head + packed)) + head + packed


def _sizes(content: bytes) -> Iterator[int]:
    """Give the sizes in bytes of the beginning and of each whole record, up to the first that is damaged."""
    if not content.startswith(_BEGINNING):
        return
    at = len(_BEGINNING)
    yield at
    least = _CHECKED.size + _HEAD.size
    while at + least <= len(content):
        (length,) = struct.unpack_from("<I", content, at + _CHECKED.size)
        end = at + least + length
        if length > _LONGEST_LIST or end > len(content):
            return
        (checksum,) = _CHECKED.unpack_from(content, at)
        if zlib.crc32(content[at + _CHECKED.size : end]) != checksum:
            return
        yield end - at
        at = end


def _frame(record: bytes) -> FrameStars:
    _, time_us, width, height, exposure, limit, count = _HEAD.unpack_from(
        record, _CHECKED.size
    )
    return FrameStars(
        taken_utc=_EPOCH + time_us * _MICROSECOND,
        width=width,
        height=height,
        count=count,
        stars=StarList.unpack(record[_CHECKED.size + _HEAD.size :]),
        exposure=None if math.isnan(exposure) else exposure,
        limit=None if math.isnan(limit) else limit,
    )
