"""All products of a folder of frames in one pass: which frames, in which settings, and what became of them."""

import datetime as dt
import logging
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from products.ffmpeg import HardwareEncoderError
from products.folder import FolderFrame, frames_in
from products.frame_memory import refuse_too_large
from products.keogram import COLUMN_S, night_axis, whole_minutes
from products.live import LiveNight, NightReport
from products.night import Night
from products.pipeline import Skipped, feed, usual_size
from products.render_settings import RenderSettings
from products.scratch import scratch_folder
from products.sun import Interval, Place

log = logging.getLogger(__name__)

_CADENCE_GRACE = 1.25  # frames this many columns apart still fit columns of a minute


class RenderError(Exception):
    """Nothing can be rendered; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The frames of one night of a folder, all nights found there with their numbers of frames, and the cadence."""

    night: Night
    frames: list[FolderFrame]
    nights: dict[str, int]
    cadence_s: float | None

    @property
    def sources(self) -> dict[str, int]:
        """How the times of the frames are known, and of how many."""
        return dict(Counter(str(frame.source) for frame in self.frames).most_common())


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of a plan."""

    plan: Plan
    report: NightReport
    skipped: list[Skipped]


def plan_folder(folder: Path, zone: ZoneInfo, night: str | None = None) -> Plan:
    """Return the frames of the night called ``night``, or of the one with the most frames.

    Raises
    ------
    RenderError
        There is no such folder, no frame in it, or none of this night.
    """
    try:
        found = frames_in(folder, zone)
    except OSError as error:
        raise RenderError(f"{folder} cannot be read: {error.strerror}.") from error
    if not found:
        raise RenderError(f"There are no JPEG files in {folder}.")
    nights = Counter(Night.at(frame.taken_utc, zone).name for frame in found)
    name = night or max(sorted(nights), key=lambda one: nights[one])
    if name not in nights:
        there = ", ".join(sorted(nights))
        raise RenderError(
            f"No frame in {folder} is of the night {name}; there are: {there}."
        )
    chosen = Night.named(name, zone)
    frames = [frame for frame in found if frame.taken_utc in chosen]
    return Plan(chosen, frames, dict(sorted(nights.items())), _cadence_s(frames))


def render(
    plan: Plan,
    out: Path,
    settings: RenderSettings,
    place: Place | None = None,
    workers: int = 4,
    progress: Callable[[int], None] = lambda done: None,
) -> Rendered:
    """Render the frames of ``plan`` into ``out`` and return what became of them.

    Parameters
    ----------
    plan
        From `plan_folder`.
    out
        The folder of the products; products in it are replaced.
    settings
        How they are made; ``column_s`` grows to the time between two frames where that is longer.
    place
        Where the camera stands. Without it the sun is unknown: the keogram goes from the first frame to the last, and
        the startrails are chosen by brightness alone.
    workers
        Threads that decode; frames so large that memory would not do occupy fewer.
    progress
        Called with the number of frames that are done.

    Raises
    ------
    RenderError
        No frame can be used.
    TooLargeError
        The frames do not fit into memory.
    FfmpegError, OSError
        As `LiveNight.finish`.
    """
    axis, out = (
        _axis(plan, place),
        out.absolute(),
    )  # ffmpeg would read "-a" as an option
    if not any(frame.taken_utc in axis for frame in plan.frames):
        raise RenderError(
            f"None of the frames of the night {plan.night} was taken between sunset and sunrise at these coordinates."
        )
    settings = replace(settings, column_s=_column_s(plan.cadence_s))
    refuse_too_large(*usual_size(plan.frames))
    _clear(out, plan)
    with scratch_folder() as scratch:

        def made() -> Rendered:
            live = LiveNight(out, axis, settings, scratch)
            try:
                skipped = feed(live, plan.frames, settings, place, workers, progress)
                _refuse_nothing(plan, skipped)
                again = _wanted_again(live, plan, skipped)
                feed(live, again, settings, place, workers, lambda done: None)
                return Rendered(plan, live.finish(), skipped)
            finally:
                live.close()

        try:
            rendered = made()
        except HardwareEncoderError as error:
            log.warning("%s", error)
            rendered = made()  # with x264
    shutil.rmtree(out / "segments", ignore_errors=True)
    return rendered


def _wanted_again(
    live: LiveNight, plan: Plan, skipped: list[Skipped]
) -> list[FolderFrame]:
    """Return the frames that the startrails left out in their turn and use after all: hardly ever any."""
    bad = {one.name for one in skipped}
    fed = [frame for frame in plan.frames if frame.path.name not in bad]
    missing = set(live.missing([frame.stem for frame in fed]))
    return [frame for frame in fed if frame.stem in missing]


def _refuse_nothing(plan: Plan, skipped: list[Skipped]) -> None:
    if len(skipped) == len(plan.frames):
        raise RenderError(
            f"None of the {len(skipped)} frames can be used: {skipped[0]}."
        )


def _cadence_s(frames: list[FolderFrame]) -> float | None:
    """Return the usual time from one frame to the next in seconds, or None for a single one."""
    times = [frame.taken_utc for frame in frames]
    steps = [
        (after - before).total_seconds()
        for before, after in pairwise(times)
        if after > before
    ]
    return median(steps) if steps else None


def _column_s(cadence_s: float | None) -> float:
    fits = cadence_s is None or cadence_s <= COLUMN_S * _CADENCE_GRACE
    return COLUMN_S if fits or cadence_s is None else cadence_s


def _axis(plan: Plan, place: Place | None) -> Interval:
    if place is not None:
        return night_axis(place, plan.night)
    last_s = COLUMN_S if plan.cadence_s is None else plan.cadence_s
    end = plan.frames[-1].taken_utc + dt.timedelta(seconds=last_s)
    return whole_minutes(plan.frames[0].taken_utc, end)


def _clear(out: Path, plan: Plan) -> None:
    """Remove what an earlier run left that would be continued."""
    (out / "keogram.columns").unlink(missing_ok=True)
    shutil.rmtree(out / "segments", ignore_errors=True)
    for frame in plan.frames:
        (out / "thumbnails" / f"{frame.stem}.jpg").unlink(missing_ok=True)
