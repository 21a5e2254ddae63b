"""The command ``calibrate``: what is measured once of a camera, step by step, and kept beside the settings."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from edge.calibration.commands import clouds, sky_brightness
from edge.programs import interruptible, settings_in

AFTERWARDS = "Nothing was changed. Start capture again, or the same command."
as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
write_option = click.option(
    "--write",
    is_flag=True,
    help="Set it in config.json; a copy of the old file stays beside it.",
)


@click.group("calibrate")
def calibrate() -> None:
    """Measure what is particular to this camera: its hot pixels, its colours, its sensors.

    Example: allsky-edge calibrate hot-pixels --write
    """


calibrate.add_command(sky_brightness)
calibrate.add_command(clouds)


@calibrate.command("hot-pixels")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the map; else hot-pixels.json beside the settings.",
)
@click.option(
    "--exposure-s",
    type=click.FloatRange(0.001, 600),
    help="Longest exposure; else the longest of the settings.",
)
@click.option("--frames", type=click.IntRange(3, 50), default=5, show_default=True)
@click.option("--covered", is_flag=True, help="The lens is covered: do not ask.")
@write_option
@as_json
@click.pass_obj
def hot_pixels(
    config: Path,
    /,
    out: Path | None,
    exposure_s: float | None,
    frames: int,
    **answer: Any,
) -> None:
    """Find hot pixels with the lens covered, so that capture removes them from every frame.

    Do it on a warm evening, when the camera is as warm as it gets: what shows then is also known on colder nights.

    Example: allsky-edge calibrate hot-pixels --write
    """
    from edge.clock import SystemClock
    from edge.picture.dark_frames import DarkPlan, measure_hot_pixels
    from edge.progress import shown

    settings, clock = settings_in(config), SystemClock()
    longest_s = exposure_s or settings.exposure.longest_s
    plan = DarkPlan(longest_s, settings.exposure.highest_gain, frames)
    home = config.resolve().parent
    target = out.resolve() if out else home / "hot-pixels.json"
    name = target.name if target.parent == home else str(target)
    lasts_s = sum(one.exposure_us for one in plan.exposures()) / 1e6
    if not answer["covered"]:
        _ask(
            "Put the cap on the lens, or a box and a thick cloth over the dome.",
            f"The frames take {lasts_s:.0f} s. Begin?",
        )
    with _taking_frames(config), _open(config) as camera, shown() as progress:
        bar = progress.add("Dark frames", len(plan.exposures()))
        found = measure_hot_pixels(camera, plan, clock.now(), bar)
        found.write(target)
    kept = _store(config, {"hot_pixels": name}) if answer["write"] else None
    facts = {
        "map": str(target),
        "hot_pixels": {kind: len(one.x) for kind, one in found.pixels.items()},
        "temperature_c": found.temperature_c,
        "exposure_s": found.exposure_s,
        "gain": found.gain,
        "in_settings": answer["write"],
        "old_settings": kept and str(kept),
    }
    _say(facts, _hot_pixel_lines(facts), as_json=answer["as_json"])


@calibrate.command("colours")
@click.option("--frames", type=click.IntRange(1, 50), default=5, show_default=True)
@click.option(
    "--ready", is_flag=True, help="Something grey fills the middle: do not ask."
)
@write_option
@as_json
@click.pass_obj
def colours(config: Path, /, frames: int, **answer: Any) -> None:
    """Measure by what red and blue must be multiplied so that grey is grey.

    A grey or white sheet in daylight, or an evenly overcast sky by day, must fill the middle of the frame. It is
    measured on the sensor's own pixels, whatever gains are set now.

    Example: allsky-edge calibrate colours --write
    """
    from edge.picture.colours import measure_gains
    from edge.progress import shown

    if not answer["ready"]:
        _ask(
            "Hold a grey or white sheet over the dome, so that daylight shines on it"
            " evenly, or wait for an overcast sky.",
            "It fills the middle of the frame. Begin?",
        )
    crop = settings_in(config).camera.crop
    with _taking_frames(config), _open(config, raw="on") as camera, shown() as progress:
        found = measure_gains(camera, crop, frames, progress.add("Frames", frames))
    gains = {"red": round(found.red, 3), "blue": round(found.blue, 3)}
    kept = _store(config, {"colour_gains": gains}) if answer["write"] else None
    facts = {
        "colour_gains": gains,
        "spread": round(found.spread, 4),
        "exposure_s": found.exposure_us / 1e6,
        "frames": found.frames,
        "in_settings": answer["write"],
        "old_settings": kept and str(kept),
    }
    _say(facts, _colour_lines(facts), as_json=answer["as_json"])


def _colour_lines(facts: dict[str, Any]) -> str:
    gains = facts["colour_gains"]
    then = "Restart capture: its frames have these colours from now on."
    if not facts["in_settings"]:
        then = f"To use them, set camera.colour_gains to {json.dumps(gains)}."
    return (
        f"Red {gains['red']:.3f}, blue {gains['blue']:.3f} (green is 1),"
        f" alike to {facts['spread']:.1%} in {facts['frames']} frames.\n{then}"
    )


def _hot_pixel_lines(facts: dict[str, Any]) -> str:
    temperature, counts = facts["temperature_c"], facts["hot_pixels"]
    at = "" if temperature is None else f", sensor at {temperature:.1f} °C"
    how = f"{facts['exposure_s']:g} s at gain {facts['gain']:.3g}{at}"
    then = "Restart capture: it removes them from now on."
    if not facts["in_settings"]:
        then = f"To use it, set camera.hot_pixels to {json.dumps(facts['map'])}."
    return f"{counts['picture']} hot pixels ({how}), in {facts['map']}.\n{then}"


@contextlib.contextmanager
def _taking_frames(config: Path) -> Iterator[None]:
    """Have the camera alone, and say in one sentence what goes wrong."""
    from edge.cameras import CameraError
    from edge.config import SettingsError
    from edge.picture.colours import NotGreyError
    from edge.picture.dark_frames import NotDarkError
    from edge.service import AlreadyRunningError, only_one

    try:
        with (
            interruptible(AFTERWARDS),
            only_one(settings_in(config).data, "capture"),
        ):
            yield
    except (CameraError, NotDarkError, NotGreyError, SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from None
    except AlreadyRunningError:
        raise click.ClickException(
            "Capture has the camera: stop it first (sudo systemctl stop allsky-edge-capture)."
        ) from None


@contextlib.contextmanager
def _open(config: Path, **camera: Any) -> Iterator[Any]:
    """Give the camera of the settings, its frames as the sensor gives them; ``camera`` are other settings for it."""
    from edge.cameras.opening import open_bare_camera
    from edge.clock import SystemClock

    settings = settings_in(config)
    wanted = settings.camera.model_copy(update=camera)
    opened = open_bare_camera(
        settings.model_copy(update={"camera": wanted}), SystemClock()
    )
    with contextlib.closing(opened):
        yield opened


def _store(config: Path, camera: dict[str, Any]) -> Path | None:
    """Set values of the section ``camera`` in config.json, and return the copy of the old file."""
    from edge.clock import SystemClock
    from edge.config import SettingsError
    from edge.wizard.config_file import read, write

    try:
        content = read(config)
        content["camera"] = content.get("camera", {}) | camera
        return write(config, content, SystemClock().now())
    except (SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from None


def _ask(what_to_do: str, question: str) -> None:
    """Say what to do, beside the answer, and end the command unless it is done."""
    click.echo(what_to_do, err=True)
    click.confirm(question, abort=True, err=True)


def _say(facts: dict[str, Any], lines: str, *, as_json: bool) -> None:
    click.echo(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else lines)
