"""The command line of the camera: one thin function a command, heavy imports only in the command that needs them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from edge.lazy_group import LazyGroup
from edge.programs import (
    log_to_stderr,
    run_program,
    service_settings_in,
    settings_in,
)

ELSEWHERE = {
    "calibrate": (
        "edge.picture.calibrate_command:calibrate",
        "Measure hot pixels, colours, sensors, once.",
    ),
    "demo": ("edge.demo:demo", "Simulate last night for three cameras and show it."),
    "doctor": (
        "edge.doctor.command:doctor_command",
        "Say what is wrong, and what to do.",
    ),
    "favourite": ("edge.favourite:favourite_command", "Keep a night for ever."),
    "focus": (
        "edge.focus_command:focus",
        "Turn the lens, and see whether it became sharper.",
    ),
    "join": ("edge.join:join_command", "Exchange a one-time code for the secret key."),
    "meteors": (
        "edge.meteors_command:meteors",
        "List the meteor candidates of a night.",
    ),
    "keogram": (
        "edge.keogram_command:keogram",
        "Draw the keogram of a night again, without its frames.",
    ),
    "nightly": (
        "edge.nightly_command:nightly",
        "Finish the products of each night when it is over.",
    ),
    "render": ("edge.render:render", "Make all products of a folder of frames."),
    "sensors": (
        "edge.sensors_command:sensors",
        "Read the sensors, watch them, or find what is connected.",
    ),
    "support": (
        "edge.doctor.command:support_command",
        "Pack a file for somebody who helps.",
    ),
    "simulate": (
        "edge.simulation:simulate_command",
        "Run all programs through a stretch of time.",
    ),
    "sync": (
        "edge.sync_command:sync",
        "Send live image, readings and products to the hub.",
    ),
    "withhold": (
        "edge.withhold:withhold_command",
        "Keep nights from being shown, in months and years too.",
    ),
}
as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


@click.group(
    cls=LazyGroup,
    elsewhere=ELSEWHERE,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="ALLSKY_CONFIG",
    default=Path("config.json"),
    show_default=True,
    show_envvar=True,
    help="The settings of the camera.",
)
@click.version_option(package_name="allsky-network")
@click.pass_context
def main(context: click.Context, config: Path) -> None:
    """Run and look after an all-sky camera.

    Example: allsky-edge --config /etc/allsky/config.json status
    """
    context.obj = config


@main.command()
@click.pass_obj
def capture(config: Path) -> None:
    """Take a frame every interval while the sun is low enough.

    Example: allsky-edge capture
    """
    from edge.capture import build_capture

    run_program(config, build_capture)


@main.command()
@click.pass_obj
def environment(config: Path) -> None:
    """Read the sensors, each at its own interval.

    Example: allsky-edge environment
    """
    from edge.environment import build_service

    run_program(config, build_service)


@main.command()
@click.pass_obj
def run(config: Path) -> None:
    """Run all programs in the foreground until Ctrl-C.

    Example: allsky-edge run
    """
    from edge.clock import SystemClock
    from edge.running import PROGRAMS, run_children
    from edge.service import stop_on_signals

    log_to_stderr()
    service_settings_in(config)
    this = [sys.executable, "-m", "edge.cli", "--config", str(config)]
    stop = stop_on_signals()
    run_children({name: [*this, name] for name in PROGRAMS}, SystemClock(stop), stop)


@main.command()
@as_json
@click.pass_obj
def status(config: Path, *, as_json: bool) -> None:
    """Say what each program is doing and why.

    Example: allsky-edge status --json
    """
    from rich.console import Console

    from edge.clock import SystemClock
    from edge.config import SettingsError
    from edge.settings_file import choose_settings
    from edge.status import gather, show

    try:
        chosen = choose_settings(config)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    facts = {
        "settings_trouble": chosen.trouble or None,
        **gather(chosen.settings, SystemClock().now()),
    }
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        show(facts, Console())


@main.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("frame.jpg"),
    show_default=True,
    help="Where to write the frame.",
)
@click.option(
    "--exposure-s",
    type=click.FloatRange(1e-5, 700),
    help="Exposure time; else by the sun.",
)
@click.option(
    "--gain", type=click.FloatRange(1, 64), default=1.0, help="Gain with --exposure-s."
)
@click.option(
    "--bare",
    is_flag=True,
    help="As it comes from the sensor, neither cut nor masked: to draw a mask on.",
)
@as_json
@click.pass_obj
def camera(
    config: Path,
    out: Path,
    exposure_s: float | None,
    gain: float,
    *,
    bare: bool,
    as_json: bool,
) -> None:
    """Open the camera, say what it can do, and take one frame.

    Example: allsky-edge camera --out frame.jpg --exposure-s 5
    """
    from edge.cameras import CameraError, Exposure
    from edge.clock import SystemClock
    from edge.hardware import camera_lines, take_frame

    wanted = Exposure(round(exposure_s * 1e6), gain) if exposure_s else None
    try:
        facts = take_frame(settings_in(config), SystemClock(), out, wanted, bare=bare)
    except (CameraError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(facts, indent=2) if as_json else camera_lines(facts))


if __name__ == "__main__":
    main()
