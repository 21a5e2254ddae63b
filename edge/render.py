"""The command ``render``: all products of any folder of frames, in one pass."""

import datetime as dt
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from products.batch import Plan, Rendered, RenderError, plan_folder
from products.batch import render as render_plan
from products.ffmpeg import FfmpegError
from products.live import RenderSettings
from products.startrails_rule import SENTENCES, Decision
from products.sun import Place

_WORKERS_MAX = 4  # beyond it, the one thread that collects is the limit
_NAMED = 20  # skipped frames that are named one by one


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    frames: Path
    out: Path
    night: dt.datetime | None
    no_timelapse: bool
    workers: int
    startrails_limit: float | None
    lossless: bool
    zone: ZoneInfo
    latitude: float | None
    longitude: float | None
    rotation: float
    as_json: bool

    @property
    def place(self) -> Place | None:
        """The point on Earth, if it was given."""
        if self.latitude is None or self.longitude is None:
            return None
        return Place(self.latitude, self.longitude)

    @property
    def settings(self) -> RenderSettings:
        """How the products are to be made."""
        return RenderSettings(
            rotation_deg=self.rotation,
            timelapse=not self.no_timelapse,
            startrails_limit=self.startrails_limit,
            zone=self.zone.key,
            lossless=self.lossless,
        )


def _zone(context: click.Context, parameter: click.Parameter, name: str) -> ZoneInfo:
    """Return the time zone called ``name``."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter(
            f"{name!r} is no time zone; one is Europe/Berlin.", context, parameter
        ) from None


def _zone_here() -> str:
    """Return the name of this computer's time zone, or UTC where it has none."""
    _, found, name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
    return name if found else "UTC"


@click.command()
@click.option(
    "--frames",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of JPEG frames.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for the products; what is in it is replaced.",
)
@click.option(
    "--night",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The night, named by the date of its evening; default: the one with the most frames.",
)
@click.option("--no-timelapse", is_flag=True, help="Make no video.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=min(_WORKERS_MAX, os.cpu_count() or 1),
    show_default=True,
    help="Threads that decode frames; there are fewer at work on frames so large that memory would not do.",
)
@click.option(
    "--startrails-limit",
    type=click.FloatRange(0, 1),
    help="Choose the frames of the startrails by this limit alone: the largest mean of a channel, 0 to 1, inclusive.",
)
@click.option(
    "--lossless",
    is_flag=True,
    help="Also write keogram and startrails as PNG, every pixel exact.",
)
@click.option(
    "--zone",
    metavar="ZONE",
    callback=_zone,
    default=_zone_here,
    show_default="this computer's",
    help="Time zone of the camera, for names without one and for the hours of the keogram.",
)
@click.option("--latitude", type=click.FloatRange(-90, 90), help="Degrees north.")
@click.option("--longitude", type=click.FloatRange(-180, 180), help="Degrees east.")
@click.option(
    "--rotation",
    type=click.FloatRange(-180, 180),
    default=0.0,
    help="Where north is in the frame: degrees clockwise from up.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def render(**given: Any) -> None:
    """Make keogram, startrails, timelapse and thumbnails of a folder of frames.

    The time of a frame comes from EXIF, else from its name, else from the file. Give the coordinates, and the sun is
    taken into account: the keogram then spans sunset to sunrise, and twilight stays out of the startrails.

    Example: allsky-edge render --frames images/20260101 --out products --zone Europe/Berlin
    """
    options = Options(**given)
    if (options.latitude is None) != (options.longitude is None):
        raise click.UsageError("--latitude and --longitude belong together.")
    if options.frames.resolve() == options.out.resolve():
        raise click.UsageError("--out must be another folder than --frames.")
    night = options.night.date().isoformat() if options.night else None
    try:
        plan = plan_folder(options.frames, options.zone, night)
        rendered = _with_progress(plan, options)
    except (RenderError, FfmpegError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"The products cannot be written to {options.out}: {error.strerror}."
        ) from error
    if options.as_json:
        click.echo(json.dumps(_answer(rendered, options.out)))
    else:
        for line in _summary(rendered, options):
            click.echo(line)


def _with_progress(plan: Plan, options: Options) -> Rendered:
    """Render with a bar on stderr, where it does not mix with the answer."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task(f"Night {plan.night}", total=len(plan.frames))
        return render_plan(
            plan,
            options.out,
            options.settings,
            options.place,
            options.workers,
            lambda done: bar.update(task, completed=done),
        )


def _answer(rendered: Rendered, out: Path) -> dict[str, Any]:
    plan = rendered.plan
    return {
        "night": plan.night.name,
        "nights": plan.nights,
        "time_from": plan.sources,
        "out": str(out),
        "skipped": {one.name: one.reason for one in rendered.skipped},
        **rendered.report.facts(),
        "files": [one.model_dump(mode="json") for one in rendered.report.files],
    }


def _summary(rendered: Rendered, options: Options) -> list[str]:
    """Return what was made, in sentences."""
    plan, report = rendered.plan, rendered.report
    lines = [
        f"Night {plan.night}: {_frames(report.frames)}, time from {_listed(plan.sources)}; "
        f"time zone {options.zone.key}."
    ]
    if len(plan.nights) > 1:
        lines.append(
            f"The folder has {len(plan.nights)} nights ({_listed(plan.nights)}); choose with --night."
        )
    trails = report.startrails
    left_out = {
        SENTENCES[Decision(reason)]: count for reason, count in trails.left_out.items()
    }
    lines.append(trails.note or f"Startrails of {_frames(trails.used)}.")
    if left_out:
        lines.append(f"Left out of the startrails: {_listed(left_out)}.")
    lines += [f"Skipped: {one}." for one in rendered.skipped[:_NAMED]]
    if (more := len(rendered.skipped) - _NAMED) > 0:
        lines.append(f"Skipped: {more} more; --json names all.")
    names = ", ".join(one.path for one in report.files)
    return [*lines, f"Written to {options.out}: {names}."]


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.items())


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"
