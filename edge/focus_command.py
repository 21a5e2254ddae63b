"""``allsky-edge focus``: turn the lens, and see at once whether it became sharper."""

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live

from edge.cameras import Camera, CameraError, Exposure
from edge.cameras.opening import open_camera
from edge.clock import Clock, SystemClock
from edge.config import Settings
from edge.exposure import Moment, allowed, next_exposure
from edge.focus_loop import FocusHistory, FocusLoop
from edge.focus_page import FocusPage, served
from edge.focus_view import focus_line, focus_view
from edge.programs import settings_in
from edge.service import is_running, stop_on_signals
from products.sun import sun_altitude_deg

_LONGEST_S = 2.0  # whoever turns a lens will not wait longer
_EVERY_FRAME_S = 1.5  # on top of its exposure, until the page asks for the next
Show = Callable[[FocusHistory], None]


@click.command()
@click.option(
    "--exposure-s",
    type=click.FloatRange(1e-5, 60),
    help="Exposure time; else by the sun, at most 2 s.",
)
@click.option(
    "--gain", type=click.FloatRange(1, 64), default=1.0, help="Gain with --exposure-s."
)
@click.option(
    "--frames", type=click.IntRange(1), help="End after so many; else with Ctrl-C."
)
@click.option(
    "--page", is_flag=True, help="Show it on a page on the local network, too."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each frame.")
@click.pass_obj
def focus(
    config: Path,
    /,
    *,
    exposure_s: float | None,
    gain: float,
    frames: int | None,
    as_json: bool,
    **page: Any,
) -> None:
    """Measure how sharp the frames are, one after the other, while the lens is turned.

    Example: allsky-edge focus --exposure-s 1 --gain 8 --page
    """
    settings = settings_in(config)
    _refuse(settings)
    stop = stop_on_signals()
    clock = SystemClock(stop)
    wanted = Exposure(round(exposure_s * 1e6), gain) if exposure_s else None
    try:
        with contextlib.closing(open_camera(settings, clock)) as camera:
            wanted = wanted or by_the_sun(settings, camera, clock)
            click.echo(
                f"Exposing for {wanted.exposure_us / 1e6:.3g} s at gain {wanted.gain:.2g}.",
                err=True,
            )
            loop = FocusLoop(camera, wanted)
            with _shown(as_json=as_json) as show, _on_page(wanted, **page) as shown:
                while not stop.is_set() and (frames is None or loop.taken < frames):
                    _, rgb = loop.step()
                    show(loop.history)
                    if shown:
                        shown.show(loop.history, rgb)
    except CameraError as error:
        raise click.ClickException(str(error)) from None


def by_the_sun(settings: Settings, camera: Camera, clock: Clock) -> Exposure:
    """Return an exposure for the sky of now that is short enough to turn a lens by, with as much gain as that needs."""
    quick = settings.exposure.model_copy(
        update={
            "longest_s": min(settings.exposure.longest_s, _LONGEST_S),
            "highest_gain": camera.limits.highest_gain,
        }
    )
    now = clock.now()
    moment = Moment(now, sun_altitude_deg(settings.site.place, now))
    limits = allowed(camera.limits, quick, settings.capture.interval_s)
    return next_exposure(None, moment, quick, limits)


def _refuse(settings: Settings) -> None:
    if settings.camera.driver == "folder":
        raise click.ClickException(
            "Another program takes the frames (camera.driver is folder): focus with that one."
        )
    if is_running(settings.data, "capture"):
        raise click.ClickException(
            "Capture is using the camera: stop it first (sudo systemctl stop allsky-edge-capture), "
            "and start it again afterwards."
        )


@contextlib.contextmanager
def _shown(*, as_json: bool) -> Iterator[Show]:
    """Give what shows the history: JSON lines, a picture that is drawn anew, or lines where there is no terminal."""
    console = Console()
    if as_json:
        yield lambda history: click.echo(json.dumps(history.frames[-1].facts))
    elif not console.is_terminal:
        yield lambda history: click.echo(focus_line(history))
    else:
        with Live(console=console, auto_refresh=False) as live:
            yield lambda history: live.update(focus_view(history), refresh=True)


@contextlib.contextmanager
def _on_page(wanted: Exposure, *, page: bool, port: int) -> Iterator[FocusPage | None]:
    if not page:
        yield None
        return
    shown = FocusPage(wanted.exposure_us / 1e6 + _EVERY_FRAME_S)
    try:
        with served(shown, port) as opened:
            click.echo(
                f"Open http://{_address()}:{opened}/ and give the code {shown.code}; it holds for one browser.",
                err=True,
            )
            yield shown
    except OSError as error:
        raise click.ClickException(
            f"The page cannot be served at port {port}: {error.strerror}. Choose another with --port."
        ) from None


def _address() -> str:
    """Return this computer's address on the local network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation (RFC 5737)
            return str(probe.getsockname()[0])
        except OSError:  # no network
            return socket.gethostname()
