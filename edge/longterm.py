"""Months, seasons and years on the camera: what a finished night leaves for them, and what has to be made of that.

A night leaves a strip (`products.night_strip`) for the keograms and a clip (`products.clips`) for the videos. Here is
the list of what is to be looked at; whether anything has to be made is decided by `edge.longterm_products`.
"""

from collections import deque
from dataclasses import dataclass

from edge.clock import Clock
from edge.config import Settings
from edge.longterm_clips import clip_is_due, leave_clip
from edge.longterm_products import LongTermProducts, nights_shown, nights_with
from edge.night_products import axis_of, render_settings
from edge.service import locked
from edge.store import Store
from products.clips import NOTE_NAME, Clip
from products.columns import ColumnFile
from products.keogram import TimeAxis
from products.night import Night
from products.night_strip import SKY_NAME, remove_strip, strip_of, write_strip
from products.period import Length, Period


@dataclass(frozen=True, slots=True)
class _Work:
    """What is still to be looked at, in this order: keograms first, because they are small and soon made."""

    strips: deque[Night]
    keograms: deque[Period]
    clips: deque[Night]
    videos: deque[Period]

    def touch(self, night: Night) -> None:
        """Look at the products of a night's month, season and year.

        And at those of the night before, because a month that has just ended may have waited for this.
        """
        for one in (night, night.previous):
            for length in Length:
                period = Period.of(one, length)
                if length is not Length.SEASON and period not in self.keograms:
                    self.keograms.append(period)
                if period not in self.videos:
                    self.videos.append(period)


class LongTerm:
    """Keeps the products of months, seasons and years up to date, one of them a step."""

    def __init__(self, settings: Settings, clock: Clock, store: Store) -> None:
        self._settings, self._store = settings, store
        self._products = LongTermProducts(settings, clock, store)
        self._work: _Work | None = None  # not looked yet
        self._withheld = self._products.withheld()

    def leave_strip(self, night: Night) -> None:
        """Write the strip of a finished night; its clip is made in a later step, then its month, season and year."""
        folder = self._store.products_folder(night.name)
        column_s = render_settings(self._settings).column_s
        axis = TimeAxis.over(axis_of(self._settings, night), column_s)
        columns = ColumnFile(folder / "keogram.columns")
        strip = strip_of(columns, night, axis)
        if strip is None:
            remove_strip(folder)
        else:
            write_strip(folder, strip)
        clip_is_due(folder)
        if self._work:
            self._work.touch(night)
            if night not in self._work.clips:
                self._work.clips.append(night)

    def step(self) -> bool:
        """Do one piece of work, and say whether there was any.

        Raises
        ------
        AlreadyRunningError
            Another program is at it.
        FfmpegError, OSError
            There is no encoder, or no room on the disk.
        """
        work = self._work = self._work or self._look()
        self._notice_withheld(work)
        if not any((work.strips, work.keograms, work.clips, work.videos)):
            return False
        with locked(
            self._store.scratch / "longterm.lock",
            "Another program is at work on the products of months and years.",
        ):
            self._do(work)
        return True

    def _do(self, work: _Work) -> None:
        """Do what is first in the list; it leaves the list when it is done."""
        if work.strips:
            self.leave_strip(work.strips[0])
            work.strips.popleft()
        elif work.keograms:
            self._products.make_keogram(work.keograms[0])
            work.keograms.popleft()
        elif work.clips:
            leave_clip(self._store, self._settings, work.clips[0])
            work.clips.popleft()
        elif self._products.make_video(work.videos[0]):
            work.videos.popleft()

    def _notice_withheld(self, work: _Work) -> None:
        """Look at the periods of nights that were withheld or released since the last step."""
        now = self._products.withheld()
        for file, before in self._withheld.items():
            for name in before ^ now[file]:
                work.touch(Night.named(name, self._settings.site.tz))
        self._withheld = now

    def _look(self) -> _Work:
        """Return all periods, and the finished nights that lack a strip or a clip, as an earlier version left them.

        Among the periods are those that show nights which are no longer there.
        """
        unfinished = set(self._store.unfinished_nights())
        with_strip, with_columns = (
            nights_with(self._store, name) for name in (SKY_NAME, "keogram.columns")
        )
        clips = {
            name: Clip.read(folder)
            for name, folder in with_columns.items()
            if name not in unfinished
        }
        lacking = [name for name in clips if name not in with_strip]
        due = [name for name, clip in clips.items() if clip is None or clip.due]
        known = with_strip.keys() | nights_with(self._store, NOTE_NAME).keys()
        zone = self._settings.site.tz
        work = _Work(
            strips=deque(Night.named(name, zone) for name in lacking),
            keograms=deque(),
            clips=deque(Night.named(name, zone) for name in due),
            videos=deque(),
        )
        for name in sorted(known | set(due) | nights_shown(self._store)):
            work.touch(Night.named(name, zone))
        return work
