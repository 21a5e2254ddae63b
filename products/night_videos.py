"""The videos of a night: the timelapse of its frames, and the trail growing."""

from collections.abc import Sequence
from pathlib import Path

from products.columns import FrameRecord
from products.ffmpeg import Turn
from products.night_report import span
from products.prepared import PreparedFrame
from products.render_settings import RenderSettings
from products.report import MadeProduct
from products.scaling import shrink
from products.startrails_rule import TrailRule
from products.sun import Interval
from products.timelapse import Timelapse
from products.trail_video import KIND as TRAIL_VIDEO
from products.trail_video import TrailVideo
from products.trails import NightTrails
from products.video_files import VideoFiles

TIMELAPSE = "timelapse"


class NightVideos:
    """The videos of one night, growing with its frames and with ``trails``, which somebody else feeds first."""

    def __init__(
        self,
        folder: Path,
        night: Interval,
        settings: RenderSettings,
        scratch: Path,
        trails: NightTrails,
    ) -> None:
        self._night, self._settings, self._trails = night, settings, trails
        self._files = VideoFiles(folder, settings)
        turn = Turn()
        self._timelapse = Timelapse(TIMELAPSE, folder, scratch, settings.video, turn)
        self._growing = None
        if settings.startrails_video_every:
            self._growing = TrailVideo(folder, scratch, settings, turn)
        self._seen = 0  # frames of the night, in the video or not
        self._chosen: list[str] = []

    @property
    def stems(self) -> list[str]:
        """The frames that are in the timelapse now or wait for their segment, in order."""
        return [stem for stem in self._chosen if self._timelapse.holds(stem)]

    def expect(self, frames: Sequence[FrameRecord], rule: TrailRule) -> None:
        """Learn of all frames of the night, in order."""
        inside = [one for one in frames if one.taken_utc in self._night]
        chosen = inside[:: self._settings.every]
        self._seen = len(inside)
        self._chosen = [one.stem for one in chosen]
        levels = [one.statistics.background for one in chosen]
        self._timelapse.expect(self._chosen, levels)
        if self._growing:
            self._growing.expect(frames, rule)

    def expect_next(self, frames: Sequence[FrameRecord], rule: TrailRule) -> None:
        """Learn of the last of ``frames``; the others are known."""
        frame = frames[-1]
        if frame.taken_utc in self._night:
            if self._seen % self._settings.every == 0:
                self._chosen.append(frame.stem)
                level = frame.statistics.background
                self._timelapse.expect_next(frame.stem, level)
            self._seen += 1
        if self._growing:
            self._growing.expect_next(frame, frames, rule)

    def lost(self) -> set[str]:
        """Return which frames the timelapse lacks."""
        return set(self._chosen) - self._timelapse.held

    def begin_trails_again(self) -> None:
        """Forget the startrails' maximum when a picture of its growing is lost that it is past."""
        if self._growing and self._growing.is_past(self._trails.stems):
            self._trails.discard()

    def add(
        self, frame: PreparedFrame, frames: Sequence[FrameRecord], rule: TrailRule
    ) -> None:
        """Take in the picture of a frame, and of the trail as it is now."""
        stem = frame.record.stem
        if frame.video is not None and self._timelapse.lacks(stem):
            self._timelapse.add(stem, frame.video)
        if self._growing:
            self._growing.see(
                self._trails.stems, lambda: self._trails.plain(frames, rule)[0]
            )

    def finish(
        self, frames: Sequence[FrameRecord], rule: TrailRule
    ) -> list[MadeProduct]:
        """Write the videos; as `LiveNight.finish`."""
        both = self._timelapse_made(frames, rule), self._growing_made(frames, rule)
        return [one for one in both if one is not None]

    def repair(self) -> None:
        """Drop what is damaged."""
        self._timelapse.repair()
        if self._growing:
            self._growing.repair()
            self.begin_trails_again()

    def discard(self) -> None:
        """Remove what is in memory; the segments stay."""
        self._timelapse.discard_spool()
        if self._growing:
            self._growing.discard()

    def close(self) -> None:
        """Stop encoding; everything stays for the next one who opens this night."""
        self._timelapse.close()
        if self._growing:
            self._growing.close()

    def _timelapse_made(
        self, frames: Sequence[FrameRecord], rule: TrailRule
    ) -> MadeProduct | None:
        inside = set(self._timelapse.finish(self._files.path(TIMELAPSE)))
        shown = [one for one in frames if one.stem in inside]
        if not shown:
            self._files.remove(TIMELAPSE)
            return None
        poster = self._timelapse.picture(poster_frame(shown, rule.used))
        return self._files.made(TIMELAPSE, poster, len(shown), span(shown))

    def _growing_made(
        self, frames: Sequence[FrameRecord], rule: TrailRule
    ) -> MadeProduct | None:
        if not self._growing:
            self._files.remove(TRAIL_VIDEO)
            return None
        trail, inside = self._trails.plain(frames, rule)
        path = self._files.path(TRAIL_VIDEO)
        pictures = self._growing.finish(path, {one.stem for one in inside}, trail)
        if trail is None or not pictures:
            self._files.remove(TRAIL_VIDEO)
            return None
        poster, every = (
            shrink(trail, self._settings.longest_side_px),
            self._settings.startrails_video_every,
        )
        return self._files.made(
            TRAIL_VIDEO, poster, pictures, span(inside), every=every
        )


def poster_frame(frames: Sequence[FrameRecord], used: set[str]) -> str:
    """Return the stem of the frame that stands for the video: in the middle of the dark ones, else of all."""
    dark = [one.stem for one in frames if one.stem in used]
    stems = dark or [one.stem for one in frames]
    return stems[len(stems) // 2]
