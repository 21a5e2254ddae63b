"""The command ``render``: all products of any folder of frames, in one pass."""

import json
from pathlib import Path
from typing import Any

import click

from edge.programs import interruptible
from edge.progress import shown
from edge.render_options import Options, render_options
from edge.trouble import sentence
from products.batch import Plan, Rendered, RenderError, plan_folder
from products.batch import render as render_plan
from products.ffmpeg import FfmpegError
from products.frame_memory import TooLargeError, give_memory_back_at_once
from products.report import as_json
from products.scratch import ScratchFullError
from products.sky_mask import SkyMaskError
from products.startrails_rule import SENTENCES, Decision

RENDER_ERRORS = (
    RenderError,
    TooLargeError,
    ScratchFullError,
    SkyMaskError,
    FfmpegError,
)
_NAMED = 20  # skipped frames that are named one by one


@click.command()
@render_options
def render(**given: Any) -> None:
    """Make keogram, startrails, timelapse and thumbnails of a folder of frames.

    The time of a frame comes from EXIF with an offset, else from its name, else from the file. Give the coordinates,
    and the sun is taken into account: the keogram then spans sunset to sunrise, and twilight stays out of
    the startrails.

    Example: allsky-edge render --frames images/20260101 --out products --zone Europe/Berlin
    """
    options = Options(**given)
    if (options.latitude is None) != (options.longitude is None):
        raise click.UsageError("--latitude and --longitude belong together.")
    if options.frames.resolve() == options.out.resolve():
        raise click.UsageError("--out must be another folder than --frames.")
    night = options.night.date().isoformat() if options.night else None
    give_memory_back_at_once()
    try:
        plan = plan_folder(options.frames, options.zone, night)
        rendered = _with_progress(plan, options)
    except RENDER_ERRORS as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        what = f"the products in {options.out}"
        raise click.ClickException(sentence(error, what)) from error
    if options.as_json:
        click.echo(json.dumps(_answer(rendered, options.out)))
    else:
        for line in _summary(rendered, options):
            click.echo(line)


def _with_progress(plan: Plan, options: Options) -> Rendered:
    """Render with a bar on stderr, where it does not mix with the answer."""
    again = f"What is in {options.out} is not complete; call it again."
    with interruptible(again), shown() as progress:
        bar = progress.add(f"Night {plan.night}", len(plan.frames))
        return render_plan(
            plan,
            options.out,
            options.settings,
            options.place,
            options.workers,
            bar.update,
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
        "files": [as_json(one) for one in rendered.report.files],
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
