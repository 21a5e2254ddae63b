"""The video of a day: every n-th frame between two nights, encoded in segments while the day goes on."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from products.prepared import video_picture
from products.render_settings import RenderSettings
from products.report import MadeProduct
from products.scaled import Scaled
from products.timelapse import Timelapse
from products.video_files import VideoFiles

KIND = "timelapse-day"


class DayFrame(NamedTuple):
    """A stored frame: the name of its file without the ending, and when it was taken."""

    stem: str
    taken_utc: dt.datetime


class DayVideo:
    """The video of one day, growing in ``folder``; see `Timelapse` for ``folder`` and ``scratch``.

    Parameters
    ----------
    folder
        The folder of the products of the night that follows the day and bears its date.
    scratch
        A folder in memory for this day alone. If it is lost, only time is lost.
    settings
        How it is made.
    frames
        All frames of the day so far, in order, of one size.
    """

    def __init__(
        self,
        folder: Path,
        scratch: Path,
        settings: RenderSettings,
        frames: Sequence[DayFrame],
    ) -> None:
        self._settings, self._every = settings, settings.day_video_every
        self._files = VideoFiles(folder, settings)
        self._video = Timelapse(KIND, folder, scratch, settings.day_video)
        self._seen = len(frames)
        self._chosen = {one.stem: one for one in frames[:: self._every]}
        self._video.expect(list(self._chosen))

    @property
    def missing(self) -> list[str]:
        """The frames of the video that must be added (again), in order."""
        return [stem for stem in self._chosen if self._video.lacks(stem)]

    def expect_next(self, frame: DayFrame) -> bool:
        """Learn of one more frame, after all others, and say whether the video shows it."""
        shown = self._seen % self._every == 0
        self._seen += 1
        if shown:
            self._chosen[frame.stem] = frame
            self._video.expect_next(frame.stem)
        return shown

    def add(self, frame: Scaled, stem: str) -> None:
        """Take in the picture of a frame that is `missing`."""
        if self._video.lacks(stem):
            taken_utc = self._chosen[stem].taken_utc
            self._video.add(stem, video_picture(frame, taken_utc, self._settings))

    def finish(self) -> MadeProduct | None:
        """Write the video and say what it is; None, and no file, when no frame could be used.

        Raises
        ------
        FfmpegError
            The video could not be made; what was there before is untouched.
        OSError
            There is no room on the disk.
        """
        stems = self._video.finish(self._files.path(KIND))
        if not stems:
            self._files.remove(KIND)
            return None
        shown = [self._chosen[stem] for stem in stems]
        times = {
            "first_utc": shown[0].taken_utc,
            "last_utc": shown[-1].taken_utc,
            "frames": len(shown),
        }
        poster = self._video.picture(stems[len(stems) // 2])
        return self._files.made(KIND, poster, len(stems), times, every=self._every)

    def close(self) -> None:
        """Stop encoding; everything stays for the next one who opens this day."""
        self._video.close()
