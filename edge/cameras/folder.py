"""The frames of another program as they come: its live folder is followed, and nothing in it is touched.

A frame is taken up within one look of its being finished, which is when the file ends as a JPEG ends. A file that does
not, and has stopped growing, is damaged. Frames that were taken while nobody looked are taken up first, in the order of
their time, as far back as the settings say.
"""

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.cameras import (
    CameraError,
    Exposure,
    ExposureLimits,
    Frame,
    NoNewFrameError,
    SensorMode,
)
from edge.cameras.followed_folder import FollowedFolder
from edge.clock import Clock
from edge.settings.camera import FolderSettings
from products import jpeg
from products.folder import FolderFrame, frame_at, time_in_name

_END_OF_IMAGE = b"\xff\xd9"
_TAIL_BYTES = 64  # some cameras pad behind the end
_GIVEN_UP_AFTER_S = 20.0  # without growing
_FOLDER_OF_DAY = dt.timedelta(days=2)  # by which its name may lie before its frames


@dataclass(slots=True)
class _Unfinished:
    """A file that does not end as a JPEG: how long it was, and since when (monotonic seconds)."""

    size: int
    since_s: float


class FolderCamera:
    """Follows a folder; times that do not say their zone are in ``zone``, and stored frames are not shown again.

    A frame that cannot be read is a `CameraError` and is not tried again; no frame yet is a `NoNewFrameError`.
    """

    model = "frames of another program"
    limits = ExposureLimits(1, 3_600_000_000, 1.0, 1000.0)

    def __init__(
        self,
        folder: FolderSettings,
        zone: ZoneInfo,
        clock: Clock,
        is_stored: Callable[[dt.datetime], bool],
    ) -> None:
        """Look which frames there are; raise `CameraError` when the folder cannot be read."""
        self._path, self._zone, self._clock = folder.path, zone, clock
        self._reach = dt.timedelta(days=folder.days_back)
        self._is_stored = is_stored
        self._folder = FollowedFolder(folder.path)
        self._unfinished: dict[Path, _Unfinished] = {}
        self._waiting: list[FolderFrame] = []  # the next one last
        self._newest_utc: dt.datetime | None = None
        self._look()

    def capture(self, wanted: Exposure) -> Frame:
        """Return the next frame; ``wanted`` stands in where the frame does not say how it was exposed."""
        self._look()
        while self._waiting:
            found = self._waiting.pop()
            if not found.path.exists():  # removed by the other program
                continue
            newest = self._newest_utc or found.taken_utc
            self._newest_utc = max(newest, found.taken_utc)
            if not self._is_stored(found.taken_utc):
                return _read(found, wanted)
        raise NoNewFrameError(self._nothing())

    def modes(self) -> list[SensorMode]:
        """Return nothing: there is no sensor to be read out."""
        return []

    def reopen(self) -> None:
        """Look whether the folder can be read; a frame that could not has already been passed."""
        self._look()

    def close(self) -> None:
        """Do nothing: no file is held open."""

    def _look(self) -> None:
        """Take up the files that have come and those that were finished."""
        begin = self._clock.now() - self._reach
        try:
            files = self._folder.new_files((begin - _FOLDER_OF_DAY).date())
        except OSError as error:
            raise CameraError(
                f"the folder {self._path} cannot be read: {error.strerror}"
            ) from None
        now_s = self._clock.monotonic()
        for path in files:
            if not self._is_before(path, begin):
                self._unfinished[path] = _Unfinished(-1, now_s)
        finished = [path for path in self._unfinished if self._is_finished(path)]
        frames = [self._taken_up(path) for path in finished]
        due = [frame for frame in frames if frame and frame.taken_utc >= begin]
        if due:
            self._waiting += due
            self._waiting.sort(
                key=lambda frame: (frame.taken_utc, frame.path.name), reverse=True
            )

    def _is_before(self, path: Path, begin: dt.datetime) -> bool:
        """Say whether the name tells that a frame is too old, without opening it."""
        named = time_in_name(path.stem)
        if named is None:
            return False
        named = named if named.tzinfo else named.replace(tzinfo=self._zone)
        return named < begin - _FOLDER_OF_DAY

    def _is_finished(self, path: Path) -> bool:
        """Say whether a file is a whole JPEG, or will not become one."""
        state, now_s = self._unfinished[path], self._clock.monotonic()
        try:
            with path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL_BYTES))
                tail = file.read()
        except OSError:  # gone, or for now unreadable
            size, tail = 0, b""
        if _END_OF_IMAGE in tail:
            return True
        if size != state.size:
            self._unfinished[path] = _Unfinished(size, now_s)
            return False
        return now_s - state.since_s >= _GIVEN_UP_AFTER_S

    def _taken_up(self, path: Path) -> FolderFrame | None:
        del self._unfinished[path]
        try:
            return frame_at(path, self._zone)
        except FileNotFoundError:  # removed by the other program
            return None

    def _nothing(self) -> str:
        if self._newest_utc is None:
            return f"none has come into {self._path} yet"
        return f"the last one in {self._path} is of {self._newest_utc:%Y-%m-%d %H:%M:%S} UTC"


def _read(found: FolderFrame, wanted: Exposure) -> Frame:
    try:
        rgb = jpeg.decode(found.path.read_bytes())
    except OSError as error:
        raise CameraError(
            f"{found.path.name} cannot be read: {error.strerror}"
        ) from None
    except jpeg.JpegError as error:
        raise CameraError(f"{found.path.name} {error}") from None
    exposure, known = wanted, False
    if found.exposure_us and found.gain:
        exposure, known = Exposure(found.exposure_us, found.gain), True
    return Frame(
        rgb=rgb,
        taken_utc=found.taken_utc,
        exposure=exposure,
        exposure_known=known,
        facts={"time_from": found.source.value},
    )
