"""A night at work: keogram, startrails and timelapse grow with every frame and are final seconds after the last one.

Everything that grows is on disk or in memory-backed files at any moment, so that a kill costs at most the frame being
added. What is there is only a cache of what the stored frames say: `LiveNight.missing` computes which of them are
needed again, whatever was lost, and the same frames give the same products, in whatever portions they come.
"""

from bisect import insort
from collections.abc import Sequence
from pathlib import Path

from products.columns import ColumnFile, FrameRecord, Geometry
from products.keogram import TimeAxis, night_axis
from products.night_files import COMET, STARTRAILS, NightFiles
from products.night_videos import NightVideos
from products.prepared import FrameFacts, PreparedFrame, prepare
from products.render_settings import RenderSettings
from products.report import MadeProduct, NightReport
from products.scaled import Scaled
from products.scaling import Rgb
from products.startrails_rule import TrailRule, TrailSettings
from products.statistics import FrameStatistics
from products.sun import Interval
from products.thumbnail_folder import Thumbnails
from products.trails import NightTrails

__all__ = [
    "FrameFacts",
    "LiveNight",
    "NightReport",
    "PreparedFrame",
    "RenderSettings",
    "night_axis",
    "prepare",
]


class LiveNight:
    """The products of one night, growing in ``folder``.

    Parameters
    ----------
    folder
        The night's folder of products; it is made when the first frame comes.
    axis
        The stretch of time that the products cover (`night_axis`). Frames outside it leave a thumbnail and a line in
        night.json, nothing else.
    settings
        How the products are made. Other settings than last time begin the keogram's columns anew.
    scratch
        A folder in memory for this night alone. If it is lost, only time is lost.

    Notes
    -----
    Pixels straight from the camera differ from those of its stored JPEG by the rounding of that JPEG. Startrails that
    were rebuilt after a reboot are therefore equal to the eye, and to the bit where all frames came from files.
    """

    def __init__(
        self, folder: Path, axis: Interval, settings: RenderSettings, scratch: Path
    ) -> None:
        self._folder, self._night, self._settings = folder, axis, settings
        self._files = NightFiles(folder, axis, settings)
        self._columns = ColumnFile(folder / "keogram.columns")
        known = self._columns.geometry
        if known and known.rotation_deg != settings.rotation_deg:
            self._columns.forget()
        self._frames = sorted(self._columns.records, key=lambda one: one.order)
        self._thumbnails = Thumbnails(folder / "thumbnails")
        self._trails = NightTrails(scratch, axis, settings)
        self._videos = None
        if settings.timelapse:
            self._videos = NightVideos(folder, axis, settings, scratch, self._trails)
        self._judge_all()
        if self._videos:
            self._videos.begin_trails_again()

    def missing(self, stems: Sequence[str]) -> list[str]:
        """Return which of these stored frames must be added (again) before `finish`, in the given order."""
        lost = self._trails.lost(self._rule) | (set(stems) - self._thumbnails.stems)
        if self._videos:
            lost |= self._videos.lost()
        return [one for one in stems if one not in self._columns or one in lost]

    def repair(self) -> None:
        """Read what is on disk and drop what is damaged: its frames are then `missing`."""
        self._thumbnails.repair()
        if self._videos:
            self._videos.repair()

    def add(self, frame: Rgb | Scaled, facts: FrameFacts) -> FrameStatistics:
        """Take in one frame, (H, W, 3) uint8, and return its numbers; what is already there of it stays as it is.

        The video takes its picture from the smaller versions of a `Scaled` frame, which others can then use, too.

        Raises
        ------
        ValueError
            The frame has another size than the first one of the night, or an impossible name.
        OSError
            There is no room on the disk or in memory. The frame is then still `missing`.
        """
        scaled = Scaled.of(frame)
        prepared = prepare(scaled, facts, self._settings)
        self.add_prepared(scaled.rgb, prepared)
        return prepared.record.statistics

    def add_prepared(self, rgb: Rgb, frame: PreparedFrame) -> None:
        """Take in a frame that `prepare` has seen, perhaps in another thread; otherwise as `add`."""
        self._fit(frame.geometry)
        record = frame.record
        if record.stem not in self._columns:
            self._columns.append(record, frame.column)
            self._take_in(record)
        self._thumbnails.add(record.stem, frame.thumbnail)
        self._trails.add(rgb, frame.comet, record, self._rule)
        if self._videos:
            self._videos.add(frame, self._frames, self._rule)

    @property
    def held_bytes(self) -> int:
        """How much memory its startrails take: up to two pictures of the size of a frame, and what fading ones need."""
        return self._trails.held_bytes

    def write_live(self) -> list[MadeProduct]:
        """Write keogram and startrails of the night so far and return what was written; no video yet."""
        if not self._frames:
            return []
        axis = TimeAxis.over(self._night, self._settings.column_s)
        newest = axis.column_at(self._frames[-1].taken_utc)
        made = [self._keogram(axis.count if newest is None else newest + 1)]
        return made + self._startrails()

    def finish(self, meteors: int | None = None) -> NightReport:
        """Write all products and night.json and say what they are. It may be called again after more frames.

        ``meteors`` is how many candidates somebody found in the frames, for night.json.

        Raises
        ------
        FfmpegError
            The video could not be made; keogram and startrails are written, night.json is not.
        OSError
            There is no room on the disk.
        """
        made = self._startrails()
        if self._frames:
            axis = TimeAxis.over(self._night, self._settings.column_s)
            made.insert(0, self._keogram(axis.count))
        if self._videos:
            made += self._videos.finish(self._frames, self._rule)
        return self._files.night(self._frames, self._rule, made, meteors)

    def close(self) -> None:
        """Let go of memory and encoder; everything stays for the next one who opens this night."""
        if self._videos:
            self._videos.close()
        self._trails.close()

    def _fit(self, geometry: Geometry) -> None:
        known = self._columns.geometry
        if known is None:
            self._trails.discard()  # of another size, or sampled for a file that is lost
            if self._videos:
                self._videos.discard()
            self._columns.begin(geometry)
        elif known != geometry:
            raise ValueError(
                f"has {geometry.width} x {geometry.height} pixels, "
                f"but the night's frames have {known.width} x {known.height}"
            )

    def _take_in(self, record: FrameRecord) -> None:
        """Judge a new frame; one that comes late changes the order, so all are judged again."""
        if self._frames and record.order < self._frames[-1].order:
            insort(self._frames, record, key=lambda one: one.order)
            self._judge_all()
            return
        self._frames.append(record)
        self._rule.judge(record)
        if self._videos:
            self._videos.expect_next(self._frames, self._rule)

    def _judge_all(self) -> None:
        chosen = self._settings
        trails = TrailSettings(chosen.trails_sun_below_deg, chosen.startrails_limit)
        self._rule = TrailRule(trails, self._night)
        for frame in self._frames:
            self._rule.judge(frame)
        if self._videos:
            self._videos.expect(self._frames, self._rule)

    def _keogram(self, until: int) -> MadeProduct:
        video = self._videos.stems if self._videos else []
        return self._files.keogram(self._frames, self._columns, until, video)

    def _startrails(self) -> list[MadeProduct]:
        both = {STARTRAILS: self._trails.plain, COMET: self._trails.comet}
        made = [
            self._files.startrails(kind, *trails(self._frames, self._rule), self._rule)
            for kind, trails in both.items()
        ]
        return [one for one in made if one is not None]
