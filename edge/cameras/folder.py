"""A camera that shows the frames of a folder again, in the order of their time."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.cameras import (
    CameraError,
    Exposure,
    ExposureLimits,
    Frame,
    NoMoreFramesError,
    SensorMode,
)
from products import jpeg
from products.folder import FolderFrame, frames_in


class FolderCamera:
    """Replays the JPEG frames of ``folder``; times that do not say their zone are in ``zone``.

    It shows the frames that were there when it was opened, each once; `reopen` goes on behind the last one shown.
    A frame that cannot be read is a `CameraError` and is not tried again.
    """

    model = "frames of another program"
    limits = ExposureLimits(1, 3_600_000_000, 1.0, 1000.0)

    def __init__(self, folder: Path, zone: ZoneInfo) -> None:
        """Look which frames there are; raise `CameraError` when there is no such folder or nothing in it."""
        try:
            self._frames = frames_in(folder, zone)
        except OSError as error:
            raise CameraError(
                f"the folder {folder} cannot be read: {error.strerror}"
            ) from None
        if not self._frames:
            raise CameraError(f"there are no JPEG frames in {folder}")
        self._next: Iterator[FolderFrame] = iter(self._frames)

    def capture(self, wanted: Exposure) -> Frame:
        """Return the next frame; ``wanted`` stands in where the frame does not say how it was exposed."""
        found = next(self._next, None)
        if found is None:
            raise NoMoreFramesError(
                f"all {len(self._frames)} frames of the folder were shown"
            )
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

    def modes(self) -> list[SensorMode]:
        """Return nothing: there is no sensor to be read out."""
        return []

    def reopen(self) -> None:
        """Go on: a frame that could not be read has already been passed."""

    def close(self) -> None:
        """Do nothing: no file is held open."""
