"""What a frame says about itself: EXIF written into a finished JPEG, and read back from any program's frames.

Times are written in UTC with their offset, so that nobody has to guess. A position is never written.
"""

import datetime as dt
import struct
import warnings
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

_TIME = "%Y:%m:%d %H:%M:%S"
_APP1 = b"\xff\xe1"
_START_OF_SCAN = 0xDA
_ISO_PER_GAIN = 100  # a gain of 1 is called ISO 100
_ISO_MAX = 65535  # the field has 16 bits


@dataclass(frozen=True, slots=True)
class FrameTags:
    """What is known of an exposure. ``taken`` is aware, or naive when the file does not say its offset."""

    taken: dt.datetime | None = None
    exposure_us: int | None = None
    gain: float | None = None
    make: str = ""
    model: str = ""
    software: str = ""


def with_exif(jpeg: bytes, tags: FrameTags) -> bytes:
    """Return ``jpeg`` with an EXIF block in front; ``tags.taken`` must be aware and is written in UTC.

    The pixels are not touched. Exposure time goes in as a fraction of seconds, gain as ISO (gain x 100).
    """
    exif = Image.Exif()
    for tag, text in (
        (ExifTags.Base.Make, tags.make),
        (ExifTags.Base.Model, tags.model),
        (ExifTags.Base.Software, tags.software),
    ):
        if text:
            exif[tag] = text
    exif.get_ifd(ExifTags.IFD.Exif).update(_exposure_fields(tags))
    payload = exif.tobytes()
    block = _APP1 + struct.pack(">H", len(payload) + 2) + payload
    content = memoryview(jpeg)
    return b"".join((content[:2], block, content[2:]))  # copied once


def with_time(jpeg: bytes, taken: dt.datetime) -> bytes:
    """Return a frame of ours with the time of its EXIF block set to the aware ``taken``; the pixels are not touched."""
    found = _exif_segment(jpeg)
    rest = jpeg[: found.start] + jpeg[found.stop :] if found else jpeg
    return with_exif(rest, replace(read_exif(jpeg), taken=taken))


def _exposure_fields(tags: FrameTags) -> dict[int, Any]:
    fields: dict[int, Any] = {}
    if tags.taken is not None:
        utc = tags.taken.astimezone(dt.UTC)
        fields[ExifTags.Base.DateTimeOriginal] = utc.strftime(_TIME)
        fields[ExifTags.Base.OffsetTimeOriginal] = "+00:00"
        fields[ExifTags.Base.SubsecTimeOriginal] = f"{utc.microsecond // 1000:03d}"
    if tags.exposure_us is not None:
        seconds = Fraction(tags.exposure_us, 1_000_000)
        fields[ExifTags.Base.ExposureTime] = IFDRational(
            seconds.numerator, seconds.denominator
        )
    if tags.gain is not None:
        iso = round(tags.gain * _ISO_PER_GAIN)
        fields[ExifTags.Base.ISOSpeedRatings] = min(iso, _ISO_MAX)
    return fields


def read_exif(jpeg: bytes) -> FrameTags:
    """Return what the EXIF block of ``jpeg`` says; fields that are missing or unreadable stay None.

    Only the beginning of the file is needed; the first 64 kB are enough.
    """
    segment = _exif_segment(jpeg)
    if segment is None:
        return FrameTags()
    block = jpeg[segment.start + 4 : segment.stop]
    exif = Image.Exif()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # Pillow warns of a damaged block; what it could read still counts
        try:
            exif.load(block)
            fields = {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
        except (SyntaxError, ValueError, struct.error):  # not a TIFF structure
            return FrameTags()
    exposure_s = _number(fields.get(ExifTags.Base.ExposureTime))
    iso = _number(fields.get(ExifTags.Base.ISOSpeedRatings))
    return FrameTags(
        taken=_time(fields),
        exposure_us=None if exposure_s is None else round(exposure_s * 1e6),
        gain=iso / _ISO_PER_GAIN if iso else None,
        make=_text(fields.get(ExifTags.Base.Make)),
        model=_text(fields.get(ExifTags.Base.Model)),
        software=_text(fields.get(ExifTags.Base.Software)),
    )


def _exif_segment(jpeg: bytes) -> slice | None:
    """Return where the APP1 segment that holds EXIF is, or None."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != _START_OF_SCAN:
        (length,) = struct.unpack_from(">H", jpeg, at + 2)
        end = at + 2 + length
        if jpeg[at : at + 2] == _APP1 and jpeg[at + 4 : end].startswith(b"Exif\0\0"):
            return slice(at, end)
        at = end
    return None


def _time(fields: dict[int, Any]) -> dt.datetime | None:
    written = _text(fields.get(ExifTags.Base.DateTimeOriginal))
    try:
        taken = dt.datetime.strptime(written, _TIME)  # noqa: DTZ007  # naive unless the file says its offset
    except ValueError:
        return None
    part = _text(fields.get(ExifTags.Base.SubsecTimeOriginal))
    if part.isdigit():
        taken += dt.timedelta(seconds=float(f"0.{part}"))
    try:
        offset = dt.datetime.strptime(
            _text(fields.get(ExifTags.Base.OffsetTimeOriginal)), "%z"
        )
    except ValueError:
        return taken
    return taken.replace(tzinfo=offset.tzinfo)


def _number(value: Any) -> float | None:
    if isinstance(value, tuple):
        value = value[0] if value else None
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if number > 0 else None


def _text(value: Any) -> str:
    return value.strip("\0 ") if isinstance(value, str) else ""
