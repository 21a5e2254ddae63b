"""Frames on the camera's disk: stored once, whole or not there, and found again after a crash."""

import datetime as dt
import errno
import logging
import os
import shutil
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from edge.cameras import Exposure, Frame
from edge.metering import Metered
from edge.store import FrameRecord, Store
from products import jpeg
from products.exif import FrameTags, with_exif
from products.files import write_atomically
from products.folder import frame_at
from products.manifest import LiveFacts
from products.sun import Place, sun_altitude_deg

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame and what capture knows of it besides: its night, the sun's altitude, how bright its sky is.

    The altitudes of two moments give away the place as a sextant does: the public is told those of the public place.
    """

    frame: Frame
    night: str
    sun_altitude_deg: float
    public_sun_altitude_deg: float
    metered: Metered

    @property
    def live_facts(self) -> LiveFacts:
        """What the web page is told of it."""
        return LiveFacts(
            taken_utc=self.frame.taken_utc,
            night=self.night,
            exposure_us=self.frame.exposure_us,
            gain=self.frame.gain,
            sun_altitude_deg=round(self.public_sun_altitude_deg, 1),
        )

    def __str__(self) -> str:
        taken = f"{self.frame.taken_utc:%Y-%m-%d %H:%M:%S}Z"
        sky = f"background {self.metered.level:.0f}, sun {self.sun_altitude_deg:.1f}°"
        known = self.frame.exposure_known
        how = words(self.frame.exposure) if known else "exposure unknown"
        return f"{taken} {how}, {sky}"


def words(exposure: Exposure) -> str:
    """Return an exposure for people: ``20 s at gain 2.5``."""
    return f"{exposure.exposure_us / 1e6:.3g} s at gain {exposure.gain:.2g}"


def encoded(
    frame: Frame, model: str, quality: int, *, time_known: bool = True
) -> bytes:
    """Return the frame as a JPEG with EXIF: time in UTC, if that is known, exposure, gain, camera."""
    tags = FrameTags(
        taken=frame.taken_utc if time_known else None,
        exposure_us=frame.exposure_us,
        gain=frame.gain,
        model=model,
        software=_software(),
    )
    return with_exif(jpeg.encode(frame.rgb, quality), tags)


@lru_cache(maxsize=1)
def _software() -> str:
    """Return the name and version of this program, which are read from the disk once."""
    return f"allsky-network {version('allsky-network')}"


def store_frame(
    store: Store, shot: Shot, content: bytes, keep_free_mb: int = 0
) -> FrameRecord:
    """Write the JPEG of a frame to its place, then record it.

    Raises
    ------
    OSError
        The disk does not take it, or would have less than ``keep_free_mb`` (megabytes) left.
    """
    frame = shot.frame
    path = store.frame_path(shot.night, frame.taken_utc)
    write_frame(store, path, content, keep_free_mb)
    record = FrameRecord(
        path=str(path.relative_to(store.data)),
        night=shot.night,
        taken_utc=frame.taken_utc,
        width=frame.width,
        height=frame.height,
        bytes=len(content),
        exposure_us=frame.exposure_us,
        gain=frame.gain,
        sun_altitude_deg=shot.sun_altitude_deg,
        background=shot.metered.level,
        sensor_temperature_c=frame.sensor_temperature_c,
        highlight=shot.metered.highlight_level,
        saturated=shot.metered.saturated,
    )
    store.add_frame(record)
    return record


def write_frame(store: Store, path: Path, content: bytes, keep_free_mb: int) -> None:
    """Write the JPEG of a frame; raise OSError when the disk does not take it, or would have too little left."""
    if shutil.disk_usage(store.data).free - len(content) < keep_free_mb * 1e6:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    write_atomically(path, content)


@dataclass(frozen=True, slots=True)
class Adopted:
    """How many frames were recorded, and which files are none: name -> why, a sentence that begins with the name."""

    frames: int
    refused: dict[str, str]


def adopt_frames(store: Store, place: Place) -> int:
    """Record the frames on disk that have no row, because a crash came between, and return how many.

    Half-written files that a crash left behind are removed. What is no JPEG is left alone and named in the log.
    """
    folders = sorted((store.data / "frames").glob("????-??-??"))
    nights = [folder.name for folder in folders if _is_date(folder.name)]
    return sum(adopt_night(store, place, night).frames for night in nights)


def adopt_night(store: Store, place: Place, night: str) -> Adopted:
    """Do the same for one night."""
    folder = store.frames_folder(night)
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)
    known = {Path(frame.path).name for frame in store.frames(night)}
    unknown = sorted(path for path in folder.glob("*.jpg") if path.name not in known)
    refused: dict[str, str] = {}
    for path in unknown:
        try:
            store.add_frame(_described(store, place, path))
        except (OSError, jpeg.JpegError) as error:
            why = (
                f"cannot be read: {error.strerror}"
                if isinstance(error, OSError)
                else error
            )
            refused[path.name] = f"{path.name} {why}"
            log.warning("%s is not a frame of ours: it %s", path, why)
    return Adopted(len(unknown) - len(refused), refused)


def _is_date(name: str) -> bool:
    try:
        dt.date.fromisoformat(name)
    except ValueError:
        return False
    return True


def _described(store: Store, place: Place, path: Path) -> FrameRecord:
    """Return the record of a frame from the file itself; raise `JpegError` or OSError when it is no usable JPEG."""
    height, width = jpeg.size(path.read_bytes())
    found = frame_at(path)
    return FrameRecord(
        path=str(path.relative_to(store.data)),
        night=path.parent.name,
        taken_utc=found.taken_utc,
        width=width,
        height=height,
        bytes=path.stat().st_size,
        exposure_us=found.exposure_us,
        gain=found.gain,
        sun_altitude_deg=sun_altitude_deg(place, found.taken_utc),
    )
