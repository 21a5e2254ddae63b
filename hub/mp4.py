"""What an MP4 file says of itself: its boxes are read, nothing is decoded.

A hub shows videos and never plays them, so it needs no ffmpeg, whose decoders are the larger door to an attacker: the
boxes (ISO/IEC 14496-12) say how long the video is and how large, and whether the file ends where it should.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_LARGEST_INDEX_BYTES = 64_000_000  # the box moov: a few bytes for each frame
_MOST_BOXES = 10_000
_FIXED_POINT = 65536  # sizes are 16.16


class NotWholeError(Exception):
    """The file is no MP4 file, cut off or inconsistent; the message says where."""


@dataclass(frozen=True, slots=True)
class Video:
    """Size in pixels as shown, and duration in seconds."""

    width: int
    height: int
    duration_s: float


def probe(path: Path) -> Video:
    """Return size and duration of the video in a file; raise `NotWholeError` when it has none or is not whole."""
    with path.open("rb") as file:
        end = path.stat().st_size
        found = list(_boxes_of_file(file, end))
        names = [name for name, _, _ in found]
        if not names or names[0] != b"ftyp":
            raise NotWholeError("it does not begin like an MP4 file")
        for needed in (b"moov", b"mdat"):
            if needed not in names:
                raise NotWholeError(f"the box {needed.decode()} is missing")
        _, start, size = found[names.index(b"moov")]
        if size > _LARGEST_INDEX_BYTES:
            raise NotWholeError(f"its index has {size:,} bytes")
        file.seek(start)
        moov = file.read(size)
    try:
        return _video(moov)
    except struct.error as error:
        raise NotWholeError("its index is cut off") from error


def _video(moov: bytes) -> Video:
    duration_s = _duration_s(_box(moov, b"mvhd"))
    for name, track in _boxes(moov):
        if name == b"trak" and _box(_box(track, b"mdia"), b"hdlr")[8:12] == b"vide":
            width, height = struct.unpack(">II", _box(track, b"tkhd")[-8:])
            return Video(width // _FIXED_POINT, height // _FIXED_POINT, duration_s)
    raise NotWholeError("there is no video in it")


def _duration_s(mvhd: bytes) -> float:
    layout = ">QQIQ" if mvhd[:1] == b"\1" else ">IIII"
    _, _, timescale, duration = struct.unpack_from(layout, mvhd, 4)
    if not timescale or not duration:
        raise NotWholeError("it does not say how long it is")
    return float(duration / timescale)


def _box(content: bytes, wanted: bytes) -> bytes:
    for name, body in _boxes(content):
        if name == wanted:
            return body
    raise NotWholeError(f"the box {wanted.decode()} is missing")


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (name, body) of the boxes inside a box."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at == len(content):
            return
        size, name = struct.unpack_from(">I4s", content, at)
        if size < 8 or at + size > len(content):
            break
        yield name, content[at + 8 : at + size]
        at += size
    raise NotWholeError("a box of its index does not end where it should")


def _boxes_of_file(file: IO[bytes], end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, first byte of the body, bytes of the body) of the boxes of a file."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at == end:
            return
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        size, name = struct.unpack_from(">I4s", head)
        used = 8
        if size == 1 and len(head) == 16:  # then a longer size follows
            (size,), used = struct.unpack_from(">Q", head, 8), 16
        if size < used or at + size > end:
            break
        yield name, at + used, size - used
        at += size
    raise NotWholeError("it is cut off, or no MP4 file")
