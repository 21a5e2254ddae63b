"""The frames of any folder, whichever program made them: which files, and when each was taken.

The time comes from EXIF if that says its offset, else from the name in the forms below, else from EXIF as it is, else
from the file's own time, and it is said which. A name without ``Z`` or an offset is local time, as the existing
programs write it; EXIF without an offset is local time with some of them and UTC with others, so the name goes before
it. In the hour that comes twice in autumn, the file's own time says which of the two is meant.

========================================  =======================================
``20260101T201530Z.jpg``                  ours, UTC
``image-20260101201530.jpg``              AllskyTeam allsky, local time
``ccd1_20260101_201530.jpg``              indi-allsky, local time
``2026-01-01_20-15-30.jpg`` and the like  many scripts, local time
========================================  =======================================
"""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from products.exif import FrameTags, read_exif

SUFFIXES = (".jpg", ".jpeg")
_HEADER_BYTES = 1 << 16
_WRITTEN_WITHIN = dt.timedelta(minutes=30)  # after it was taken, with a long exposure
_YEARS = range(1900, 2100)  # as in names; other years are damaged EXIF
_NAME_TIME = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)[-_.]?(?P<month>\d\d)[-_.]?(?P<day>\d\d)"
    r"[-_.T ]*(?P<hour>\d\d)[-_.:h]?(?P<minute>\d\d)[-_.:m]?(?P<second>\d\d)"
    r"(?P<part>[.,]\d{1,6})?s?(?P<offset>Z|[+-]\d\d:?\d\d)?(?!\d)"
)


class TimeSource(StrEnum):
    """Where the time of a frame was found."""

    EXIF = "EXIF"
    NAME = "file name"
    FILE = "file time"


@dataclass(frozen=True, slots=True)
class FolderFrame:
    """One frame of a folder: the file, when it was taken (aware, UTC), how that is known, and what EXIF says else."""

    path: Path
    taken_utc: dt.datetime
    source: TimeSource
    exposure_us: int | None = None
    gain: float | None = None

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return self.path.stem


def frames_in(folder: Path, zone: ZoneInfo | dt.timezone = dt.UTC) -> list[FolderFrame]:
    """Return the JPEG files directly in ``folder`` in the order of their time; equal times in the order of names.

    Parameters
    ----------
    folder
        Looked at without its sub-folders. Hidden files are left alone: they are being written.
    zone
        The zone of times that do not say theirs.

    Raises
    ------
    OSError
        There is no such folder, or it cannot be read.
    """
    files = (
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    )
    frames = [frame_at(path, zone) for path in files if path.is_file()]
    return sorted(frames, key=lambda frame: (frame.taken_utc, frame.path.name))


def frame_at(path: Path, zone: ZoneInfo | dt.timezone = dt.UTC) -> FolderFrame:
    """Return what is known of one file, without decoding it; one that cannot be opened still has a name and a time."""
    try:
        with path.open("rb") as file:
            tags = read_exif(file.read(_HEADER_BYTES))
    except OSError:
        tags = FrameTags()
    taken, source = _time(path, tags)
    if taken.tzinfo is None:
        taken = _local(taken.replace(tzinfo=zone), path)
    return FolderFrame(
        path, taken.astimezone(dt.UTC), source, tags.exposure_us, tags.gain
    )


def _time(path: Path, tags: FrameTags) -> tuple[dt.datetime, TimeSource]:
    taken = tags.taken if tags.taken and tags.taken.year in _YEARS else None
    if taken is not None and taken.tzinfo is not None:
        return taken, TimeSource.EXIF
    if (named := time_in_name(path.stem)) is not None:
        return named, TimeSource.NAME
    if taken is not None:
        return taken, TimeSource.EXIF
    modified = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    return modified, TimeSource.FILE


def _local(taken: dt.datetime, path: Path) -> dt.datetime:
    """Return ``taken``, in the second of two hours of the same name if the file was written in that one."""
    second = taken.replace(fold=1)
    if second.utcoffset() == taken.utcoffset():
        return taken
    written = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    late = written - second.astimezone(dt.UTC)
    return second if abs(late) < _WRITTEN_WITHIN else taken


def time_in_name(stem: str) -> dt.datetime | None:
    """Return the date and time in a file name, aware where the name says ``Z`` or an offset, else naive; or None."""
    for found in _NAME_TIME.finditer(stem):
        part = (found["part"] or "").replace(",", ".")
        digits = "".join(
            found[name] for name in ("year", "month", "day", "hour", "minute", "second")
        )
        try:
            taken = dt.datetime.strptime(digits, "%Y%m%d%H%M%S")  # noqa: DTZ007  # naive unless the name says its offset
        except ValueError:  # digits that are no date, such as a counter
            continue
        taken += dt.timedelta(seconds=float(f"0{part}")) if part else dt.timedelta()
        offset = found["offset"]
        return taken.replace(tzinfo=_offset(offset)) if offset else taken
    return None


def _offset(text: str) -> dt.timezone:
    if text == "Z":
        return dt.UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    size = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-size if text[0] == "-" else size)
