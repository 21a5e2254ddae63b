"""The timelapse: encoded in segments while the night goes on, joined in a second when it is over.

Each frame leaves a scaled JPEG in a spool in memory; 25 of them make one segment in the night's folder, by one ffmpeg
at a time, in the background and at the lowest priority. A segment holds consecutive frames and says which, so that
after a kill, a reboot or a late frame it can be computed which few frames are needed again.
"""

import math
import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image

from products.deflicker import AHEAD, brightened, gain_at
from products.encoder import DECODER, Encoder, encoding
from products.ffmpeg import (
    Ffmpeg,
    FfmpegError,
    HardwareEncoderError,
    Turn,
    pictures_in,
    run_ffmpeg,
)
from products.files import sync
from products.scaling import Rgb
from products.segments import Segments, stem_of
from products.video_settings import VideoSettings, refusal, segments_folder

SEGMENT_FRAMES = 25
_SPOOL_MAX = 4 * SEGMENT_FRAMES  # beyond it, adding waits for the encoder
_DAMAGED = (
    "A segment of the video is damaged; it is made again from its frames the next time."
)


class Timelapse:
    """One video of a night, of the kind that the hub knows it by.

    ``folder``, the night's, keeps the segments, and ``scratch`` (in memory) the frames that wait for one. `expect` says
    which frames there are, in order; `add` brings their pictures, in any order. Videos that grow together share a
    ``turn``.
    """

    def __init__(
        self,
        kind: str,
        folder: Path,
        scratch: Path,
        settings: VideoSettings,
        turn: Turn | None = None,
    ) -> None:
        self._turn = turn or Turn()
        self._refusal = refusal(folder, settings)
        if self._refusal.exists():
            settings = replace(settings, encoder=Encoder.X264)
        self._settings = settings
        self._segments = Segments(segments_folder(folder, kind, settings))
        self._spool = scratch / f"{kind}.{settings.name}"
        self._order: list[str] = []
        self._expected: set[str] = set()
        self._levels: list[float] = []
        self._waiting = {path.stem for path in self._spool.glob("*.jpg")}
        self._encoder: Ffmpeg | None = None
        self._encoding: list[str] = []
        self._pause = 0  # frames to wait before trying again after a failure

    @property
    def held(self) -> set[str]:
        """The frames that are in a segment or in the spool; all others must be added (again)."""
        return self._segments.stems | self._waiting

    def holds(self, stem: str) -> bool:
        """Say whether this frame is `held`, in the same time on a long night as on a short one."""
        return stem in self._waiting or stem in self._segments.stems

    def lacks(self, stem: str) -> bool:
        """Say whether this frame is one of the video and not `held`."""
        return stem in self._expected and not self.holds(stem)

    def expect(self, stems: Sequence[str], levels: Sequence[float] = ()) -> None:
        """Name all frames of the video in order. A segment that no longer is a stretch of it is dropped.

        ``levels`` are the backgrounds of the frames, 0-255; without them there is no deflickering.
        """
        self._order, self._expected = list(stems), set(stems)
        self._levels = list(levels) or [math.nan] * len(stems)
        self._segments.keep_stretches_of(self._listed(self._order))
        self._forget(list(self._waiting - self._expected))

    def expect_next(self, stem: str, level: float = math.nan) -> None:
        """Name one more frame, after all others."""
        self._order.append(stem)
        self._expected.add(stem)
        self._levels.append(level)

    def add(self, stem: str, frame: bytes) -> None:
        """Take in a scaled frame as a JPEG (even sides); when 25 are together, encode them in the background.

        A failing encoder is tried again later; frames that find no room meanwhile are no longer `held`.
        """
        self._spool.mkdir(parents=True, exist_ok=True)
        part = self._spool / "part"
        part.write_bytes(frame)
        part.replace(self._picture(stem))
        self._waiting.add(stem)
        self._pause = max(0, self._pause - 1)
        self._go_on()

    def finish(self, target: Path) -> list[str]:
        """Write the video of all frames that are there and return them in order; without a frame, no video.

        Raises
        ------
        FfmpegError
            The video could not be made, for example because the disk is full; ``target`` is as it was before.
        """
        self.encode_all()
        frames = [one for one in self._order if one in self._segments.stems]
        if not frames:
            target.unlink(missing_ok=True)
            return []
        self._join(target, len(frames))
        self._segments.remove_others()
        return frames

    def encode_all(self) -> None:
        """Encode what is there, also into segments of fewer frames; raise `FfmpegError` when that fails."""
        self._collect()
        for run in self._runs(self._order):
            for first in range(0, len(run), SEGMENT_FRAMES):
                self._begin(run[first : first + SEGMENT_FRAMES])
                self._collect()

    def repair(self) -> None:
        """Drop the segments that are damaged; all are decoded."""
        self._spool.mkdir(parents=True, exist_ok=True)
        self._segments.keep_whole(self._log)

    def picture(self, stem: str) -> Rgb:
        """Return a frame as the video shows it; raise `FfmpegError` when it is in no segment."""
        segment, number = self._segments.find(stem)
        self._spool.mkdir(parents=True, exist_ok=True)
        picture = self._spool / "picture.ppm"
        one = ("-vf", f"select=eq(n\\,{number})", "-frames:v", "1", "-update", "1")
        run_ffmpeg(("-i", segment, *one, "-c:v", "ppm", picture), self._log)
        with Image.open(picture) as opened:
            return np.asarray(opened.convert("RGB"))

    def close(self) -> None:
        """Stop a running encoder; its frames are still in the spool."""
        if self._encoder is not None:
            self._encoder.kill()
            self._encoder, self._encoding = None, []

    def discard_spool(self) -> None:
        """Remove what is in memory; the segments stay."""
        self.close()
        shutil.rmtree(self._spool, ignore_errors=True)
        self._waiting.clear()

    @property
    def _log(self) -> Path:
        return self._spool / "ffmpeg.log"

    def _picture(self, stem: str) -> Path:
        return self._spool / f"{stem}.jpg"

    def _go_on(self) -> None:
        """Do what can be done now: take in a finished segment, begin the next, wait only when the spool is full."""
        full = len(self._waiting) > _SPOOL_MAX
        if self._encoder is not None and not full and not self._encoder.done():
            return
        try:
            self._collect()
            if self._pause or len(self._waiting) < SEGMENT_FRAMES:
                return
            settled = len(self._order) - (AHEAD if self._settings.deflicker else 0)
            runs = self._runs(self._order[: max(0, settled)])
            ready = [run for run in runs if len(run) >= SEGMENT_FRAMES]
            if ready and (full or self._turn.free):
                self._begin(ready[0][:SEGMENT_FRAMES])
        except HardwareEncoderError:
            raise
        except (FfmpegError, OSError):
            self._pause = SEGMENT_FRAMES
            if full:
                self._forget(sorted(self._waiting)[:SEGMENT_FRAMES])

    def _runs(self, order: Sequence[str]) -> list[list[str]]:
        """Return the stretches of frames in the spool that follow each other in ``order``."""
        segmented = self._segments.stems
        stretches = groupby(
            order,
            key=lambda stem: stem in self._waiting and stem not in segmented,
        )
        return [list(stems) for waiting, stems in stretches if waiting]

    def _begin(self, stems: list[str]) -> None:
        """Start an encoder for one segment."""
        stream, listed = self._spool / "segment.mjpeg", self._listed(stems)
        with stream.open("wb") as file:
            for frame in listed:
                file.write(self._as_shown(frame))
        chosen = self._settings
        rate = ("-framerate", str(chosen.fps))
        frames = (*DECODER, "-f", "mjpeg", *rate, "-i", stream)
        encoder = encoding(chosen.encoder, chosen.crf)
        segment = ("-f", "mp4", self._segments.begin())
        self._encoding = listed
        self._encoder = self._turn.start((*frames, *encoder, *segment), self._log)

    def _collect(self) -> None:
        """Wait for the running encoder, if any, and take in its segment."""
        if self._encoder is None:
            return
        encoder, self._encoder = self._encoder, None
        try:
            encoder.wait()
        except FfmpegError as error:
            if self._settings.encoder is Encoder.X264:
                raise
            self._refusal.parent.mkdir(parents=True, exist_ok=True)
            self._refusal.write_text(f"{error}\n", encoding="utf-8")
            raise HardwareEncoderError(
                f"{self._settings.encoder} failed; x264 makes the video anew. {error}"
            ) from error
        self._segments.accept(self._encoding)
        self._forget([stem_of(frame) for frame in self._encoding])

    def _listed(self, stems: Sequence[str]) -> list[str]:
        """Return how frames that follow each other are listed: with what their brightness is multiplied by."""
        if not self._settings.deflicker or not stems:
            return list(stems)
        first = self._order.index(stems[0])
        gains = (
            gain_at(self._levels, index) for index in range(first, first + len(stems))
        )
        pairs = zip(stems, gains, strict=True)
        return [stem if gain == 1 else f"{stem}/{gain}" for stem, gain in pairs]

    def _as_shown(self, frame: str) -> bytes:
        """Return the picture of a frame as it is listed."""
        stem, _, gain = frame.partition("/")
        content = self._picture(stem).read_bytes()
        return brightened(content, float(gain)) if gain else content

    def _forget(self, stems: list[str]) -> None:
        for stem in stems:
            self._picture(stem).unlink(missing_ok=True)
            self._waiting.discard(stem)

    def _join(self, target: Path, frames: int) -> None:
        self._spool.mkdir(parents=True, exist_ok=True)
        listing = self._segments.write_listing(self._order, self._spool)
        part = target.with_name(f".{target.name}.part")
        part.unlink(
            missing_ok=True
        )  # another's that was killed may still be written to
        concat = ("-f", "concat", "-safe", "0", "-i", listing, "-c", "copy")
        try:
            run_ffmpeg(
                (*concat, "-movflags", "+faststart", "-f", "mp4", part), self._log
            )
            if pictures_in(part, self._log, decoded=False) != frames:
                self.repair()
                raise FfmpegError(_DAMAGED)
            sync(part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
