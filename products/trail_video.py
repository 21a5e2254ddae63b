"""The video of the trail growing: a picture of the startrails' maximum at every k-th frame that goes into it.

No frame is read for it. When the maximum holds exactly the first m frames of the trail, in the order of time, its
picture is the m-th state of the trail, whatever order or restart led there; every k-th state is a picture of the video,
and the last one is the startrails as they are. A picture is named after all frames that are in it, so that none of
another trail is ever taken for it.

When the rule starts the trail anew (the moon has set), the video begins with the frames that the new trail has already:
its earlier states were never seen. A frame that comes late, when the maximum is past its place, leaves out the pictures
that would have followed; whoever opens the night next begins the maximum again (`TrailVideo.is_past`).
"""

import zlib
from collections.abc import Callable, Sequence, Set
from pathlib import Path

from products import jpeg
from products.columns import FrameRecord
from products.ffmpeg import Turn
from products.render_settings import RenderSettings
from products.scaled import QUALITY
from products.scaling import Rgb, shrink
from products.startrails_rule import TrailRule, TrailStart
from products.timelapse import Timelapse

KIND = "startrails-timelapse"


class TrailVideo:
    """The video of one night's trail; see `Timelapse` for ``folder``, ``scratch`` and ``turn``."""

    def __init__(
        self, folder: Path, scratch: Path, settings: RenderSettings, turn: Turn
    ) -> None:
        self._every, self._side_px = (
            settings.startrails_video_every,
            settings.longest_side_px,
        )
        self._video = Timelapse(KIND, folder, scratch, settings.trail_video, turn)
        self._used: list[str] = []
        self._names: list[str] = []  # of the states of the trail, one for each frame
        self._start = TrailStart()

    def expect(self, frames: Sequence[FrameRecord], rule: TrailRule) -> None:
        """Learn from all frames of the night, in order, which pictures there are to be."""
        self._used = [one.stem for one in frames if one.stem in rule.used]
        self._names = _names(self._used)
        self._start = rule.start
        self._video.expect(self._due())

    def expect_next(
        self, frame: FrameRecord, frames: Sequence[FrameRecord], rule: TrailRule
    ) -> None:
        """Learn of one more frame, the last of ``frames``."""
        if rule.start != self._start:
            self.expect(frames, rule)
        elif frame.stem in rule.used:
            self._used.append(frame.stem)
            before = self._names[-1] if self._names else ""
            self._names.append(_name(before, len(self._used), frame.stem))
            if self._is_due(len(self._used)):
                self._video.expect_next(self._names[-1])

    def see(self, trail: Set[str], picture: Callable[[], Rgb | None]) -> None:
        """Take a picture if the maximum of the frames in ``trail`` is a state that the video shows."""
        count = len(trail)
        if not self._is_due(count) or count > len(self._used):
            return
        name = self._names[count - 1]
        if not self._video.holds(name) and trail == set(self._used[:count]):
            self._add(name, picture())

    def is_past(self, trail: Set[str]) -> bool:
        """Say whether a picture is missing that the maximum of the frames in ``trail`` will not give any more.

        It gives those of states to come, as long as it is a state of the trail itself.
        """
        lacking = (
            count
            for count, name in enumerate(self._names, 1)
            if self._is_due(count) and not self._video.holds(name)
        )
        first = next(lacking, None)
        if first is None:
            return False
        return first <= len(trail) or trail != set(self._used[: len(trail)])

    def finish(self, target: Path, trail: Set[str], final: Rgb | None) -> int:
        """Write the video, its last picture that of the maximum as it is, and return how many pictures it has.

        Without any frame in ``trail`` there is no video. The last picture gets a segment of its own, which is dropped
        when the trail goes on.

        Raises
        ------
        FfmpegError
            The video could not be made; ``target`` is as it was before.
        """
        inside = [stem for stem in self._used if stem in trail]
        due = self._due()
        self._video.expect(due)
        self._video.encode_all()
        if inside and final is not None:
            last = _names(inside)[-1]
            if last not in due:
                self._video.expect([*due, last])
            if not self._video.holds(last):
                self._add(last, final)
        return len(self._video.finish(target))

    def repair(self) -> None:
        """Drop the segments that are damaged."""
        self._video.repair()

    def discard(self) -> None:
        """Remove what is in memory."""
        self._video.discard_spool()

    def close(self) -> None:
        """Stop a running encoder."""
        self._video.close()

    def _is_due(self, count: int) -> bool:
        """Say whether the video shows the trail of its first ``count`` frames."""
        return count >= max(1, self._start.frames) and count % self._every == 0

    def _due(self) -> list[str]:
        """Return the names of all pictures so far, in order."""
        return [
            name for count, name in enumerate(self._names, 1) if self._is_due(count)
        ]

    def _add(self, name: str, trail: Rgb | None) -> None:
        if trail is not None:
            self._video.add(name, jpeg.encode(shrink(trail, self._side_px), QUALITY))


def _names(stems: Sequence[str]) -> list[str]:
    """Return the names of the states of a trail: each stands for all frames so far."""
    names: list[str] = []
    for count, stem in enumerate(stems, 1):
        names.append(_name(names[-1] if names else "", count, stem))
    return names


def _name(before: str, count: int, stem: str) -> str:
    """Return the name of a state from the one before and the frame that joins."""
    return f"{count:05d}-{zlib.crc32(f'{before} {stem}'.encode()):08x}"
