"""Frames taken before the time was known: held, and moved to their nights when it is.

A held frame is ``frames/undated/<boot>/<milliseconds since the boot>.jpg``, so its name is all that is needed to date
it; what was measured in it is in `edge.db`. Its true name follows from these, too: whatever is cut short is done again
to the same end. A frame that would not have been taken had the time been known, because the sun was too high, goes.
"""

import contextlib
import datetime as dt
import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from edge.cadence import is_day
from edge.cameras import Frame
from edge.clock import Clock
from edge.config import Settings
from edge.days import NOTE_NAME
from edge.frames import write_frame
from edge.metering import Metered
from edge.night_products import axis_of
from edge.service import AlreadyRunningError, locked
from edge.store import FRAME_TIME, FrameRecord, Store
from edge.store_clock import (
    BootTime,
    date_frame,
    facts_of_held_frame,
    forget_boot,
    forget_held_frame,
    hold_frame,
    time_of_boot,
    time_unknown,
)
from products import jpeg
from products.exif import read_exif, with_time
from products.files import write_atomically
from products.night import Night
from products.sun import sun_altitude_deg

log = logging.getLogger(__name__)


class HeldFrames:
    """The frames of one camera that have no time yet, and their way to their nights."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._folder = store.frames_folder("undated")

    def hold(
        self, frame: Frame, taken_s: float, metered: Metered, content: bytes
    ) -> None:
        """Keep a frame that began at ``taken_s`` (monotonic seconds); ``content`` is its JPEG.

        Raises OSError when the disk does not take it.
        """
        boot_id = self._clock.boot_id()
        assert boot_id is not None  # without a name of the boot every time is believed
        path = self._folder / boot_id / f"{round(taken_s * 1000)}.jpg"
        write_frame(self._store, path, content, self._settings.capture.keep_free_mb)
        facts = {
            "exposure_us": frame.exposure_us,
            "gain": frame.gain,
            "background": metered.level,
            "sensor_temperature_c": frame.sensor_temperature_c,
            "highlight": metered.highlight_level,
            "saturated": metered.saturated,
        }
        name = str(path.relative_to(self._store.data))
        hold_frame(self._store, boot_id, taken_s, name, json.dumps(facts))

    def date_one(self) -> bool:
        """Move one frame to its night, if the time of its boot is known, and say whether there was one.

        Another program that does the same now is left to it. Raises OSError when the disk does not take it.
        """
        if not self.any_to_date():
            return False
        lock = locked(self._store.scratch / "undated.lock", "")
        with contextlib.suppress(AlreadyRunningError), lock:
            for path, boot in self._to_date():
                self._date(path, boot)
                return True
        return False

    def any_to_date(self) -> bool:
        """Say whether frames are held whose time is known by now."""
        return next(self._to_date(), None) is not None

    def forget_one(self) -> bool:
        """Remove what is held of a boot that never had a time, when it is too old; say whether there was one."""
        now, chosen = self._clock.now(), self._settings.disk
        days = chosen.frames_days or chosen.readings_days
        for boot in time_unknown(self._store):
            if days and boot.before_utc < now - dt.timedelta(days=days):
                _remove(self._folder / boot.boot_id)
                forget_boot(self._store, boot.boot_id)
                log.info("removed frames and readings of an unknown time")
                return True
        return False

    def _to_date(self) -> Iterator[tuple[Path, BootTime]]:
        """Yield of each boot whose time is known the first frame; the folder of an earlier boot without any goes."""
        folders = sorted(self._folder.iterdir()) if self._folder.exists() else []
        for folder in folders:
            if boot := time_of_boot(self._store, folder.name):
                if path := _first(folder):
                    yield path, boot
                elif folder.name != self._clock.boot_id():
                    _remove(folder)

    def _date(self, path: Path, boot: BootTime) -> None:
        """Give one held frame its time, its name, its night and its record."""
        taken_utc = boot.at(int(path.stem) / 1000)
        held = str(path.relative_to(self._store.data))
        try:
            record = self._record(path, held, taken_utc)
        except jpeg.JpegError as error:
            log.warning("%s is left out: it %s", path, error)
            record = None
        if record is None:
            forget_held_frame(self._store, held)
        elif self._is_dated(held, record):
            log.info("%s was dated before", path)
        else:
            target = self._store.data / record.path
            write_atomically(target, with_time(path.read_bytes(), taken_utc))
            self._reopen_day(taken_utc)
            date_frame(self._store, held, replace(record, bytes=target.stat().st_size))
        path.unlink()

    def _is_dated(self, held: str, record: FrameRecord) -> bool:
        """Say whether only the file is left, because a crash came before it was removed."""
        no_longer_held = facts_of_held_frame(self._store, held) is None
        return no_longer_held and self._store.has_frame(record.taken_utc)

    def _record(
        self, path: Path, held: str, taken_utc: dt.datetime
    ) -> FrameRecord | None:
        """Return the record under its time; None for a frame that nobody wanted at that time."""
        site, wanted = self._settings.site, self._settings.capture
        altitude_deg = sun_altitude_deg(site.place, taken_utc)
        if altitude_deg >= wanted.sun_below_deg and wanted.sun_below_deg < 90:
            return None
        if not wanted.keep_day_frames and is_day(self._settings, taken_utc):
            return None
        content = path.read_bytes()
        height, width = jpeg.size(content)
        tags = read_exif(content)
        facts = {"exposure_us": tags.exposure_us, "gain": tags.gain}
        if kept := facts_of_held_frame(self._store, held):
            facts = json.loads(kept)
        night = Night.at(taken_utc, site.tz).name
        # Always with milliseconds: no other frame has this name, whenever it is given.
        name = (
            f"{taken_utc.strftime(FRAME_TIME)}.{taken_utc.microsecond // 1000:03d}Z.jpg"
        )
        target = self._store.frames_folder(night) / name
        bare = FrameRecord(
            path=str(target.relative_to(self._store.data)),
            night=night,
            taken_utc=taken_utc,
            width=width,
            height=height,
            bytes=len(content),
            sun_altitude_deg=altitude_deg,
        )
        return FrameRecord(**asdict(bare) | facts)

    def _reopen_day(self, taken_utc: dt.datetime) -> None:
        """Let the video of the day be made again when a frame of the day has come."""
        night = Night.at(taken_utc, self._settings.site.tz)
        if taken_utc not in axis_of(self._settings, night):
            for after in (night, night.next):
                folder = self._store.products_folder(after.name)
                (folder / NOTE_NAME).unlink(missing_ok=True)


def _first(folder: Path) -> Path | None:
    """Return the frame of a folder that was taken first, or None."""
    frames = (path for path in folder.glob("*.jpg") if path.stem.isdecimal())
    return min(frames, key=lambda path: int(path.stem), default=None)


def _remove(folder: Path) -> None:
    """Remove a folder of held frames, with what a crash left half-written."""
    shutil.rmtree(folder, ignore_errors=True)
