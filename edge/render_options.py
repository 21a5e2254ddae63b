"""The options of ``render``, in groups of one subject each."""

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from products.comet import HALF_LIFE_MAX, HALF_LIFE_MIN
from products.encoder import Encoder, usable
from products.live import RenderSettings
from products.sky_mask import SkyMask, SkyMaskError
from products.sun import Place

_DEFAULTS = RenderSettings()
_WORKERS_MAX = 4  # beyond it, the one thread that collects is the limit


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    frames: Path
    out: Path
    night: dt.datetime | None
    crop: tuple[float, float] | None
    strip: bool | None
    stars: bool
    mask: SkyMask | None
    comet: float | None
    no_timelapse: bool
    fps: int
    crf: int
    longest_side: int
    every: int
    encoder: str
    deflicker: bool
    time_stamp: bool
    startrails_video_every: int
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
    def _encoder(self) -> Encoder:
        """The encoder that was asked for, or the one that works instead; why is said on stderr."""
        found = usable(Encoder(self.encoder))
        if found.note:
            click.echo(found.note, err=True)
        return found.encoder

    @property
    def settings(self) -> RenderSettings:
        """How the products are to be made."""
        return RenderSettings(
            rotation_deg=self.rotation,
            keogram_crop=self.crop or (0.0, 0.0),
            keogram_strip=bool(self.strip),
            measure_stars=self.stars,
            startrails_mask=self.mask,
            comet_half_life_min=self.comet,
            timelapse=not self.no_timelapse,
            fps=self.fps,
            crf=self.crf,
            longest_side_px=self.longest_side,
            every=self.every,
            encoder=self._encoder,
            deflicker=self.deflicker,
            time_stamp=self.time_stamp,
            startrails_video_every=self.startrails_video_every,
            startrails_limit=self.startrails_limit,
            zone=self.zone.key,
            lossless=self.lossless,
        )


def zone_named(
    context: click.Context, parameter: click.Parameter, name: str | None
) -> ZoneInfo | None:
    """Return the time zone called ``name``."""
    if name is None:
        return None
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


def _mask(
    context: click.Context, parameter: click.Parameter, path: Path | None
) -> SkyMask | None:
    """Return the mask in a file."""
    try:
        return SkyMask.load(path) if path else None
    except SkyMaskError as error:
        raise click.BadParameter(str(error), context, parameter) from None


FRAMES = (
    click.option(
        "--frames",
        required=True,
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="The folder of JPEG frames.",
    ),
    click.option(
        "--out",
        required=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="The folder for the products; what is in it is replaced.",
    ),
    click.option(
        "--night",
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="DATE",
        help="The night, named by the date of its evening; default: the one with the most frames.",
    ),
    click.option(
        "--zone",
        metavar="ZONE",
        callback=zone_named,
        default=_zone_here,
        show_default="this computer's",
        help="Time zone of the camera, for names without one and for the hours of the keogram.",
    ),
    click.option("--latitude", type=click.FloatRange(-90, 90), help="Degrees north."),
    click.option("--longitude", type=click.FloatRange(-180, 180), help="Degrees east."),
    click.option(
        "--rotation",
        type=click.FloatRange(-180, 180),
        default=0.0,
        help="Where north is in the frame: degrees clockwise from up.",
    ),
)
crop_option = click.option(
    "--crop",
    type=(click.FloatRange(0, 0.45), click.FloatRange(0, 0.45)),
    metavar="TOP BOTTOM",
    help="Parts of the keogram's line to cut off, 0 to 0.45 each: what lies outside the circle of the sky.",
)
strip_option = click.option(
    "--strip/--no-strip",
    default=None,
    help="Draw how bright the sky was under the keogram.",
)
KEOGRAM = (crop_option, strip_option)
STARS = (
    click.option(
        "--stars",
        is_flag=True,
        help="Count the stars of every night frame for keogram.json; takes three times as long.",
    ),
)
STARTRAILS = (
    click.option(
        "--mask",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=_mask,
        metavar="FILE",
        help="A picture, black where there is no sky: there, startrails show one frame, and no star is counted.",
    ),
    click.option(
        "--comet",
        type=click.FloatRange(HALF_LIFE_MIN, HALF_LIFE_MAX),
        metavar="MINUTES",
        help="Also make startrails that fade behind the stars, to half in so many minutes, 10 to 600.",
    ),
    click.option(
        "--startrails-limit",
        type=click.FloatRange(0, 1),
        help="Choose the frames of the startrails by this limit alone: the largest mean of a channel, 0-1, inclusive.",
    ),
)
VIDEO = (
    click.option("--no-timelapse", is_flag=True, help="Make no video."),
    click.option(
        "--fps",
        type=click.IntRange(1, 60),
        default=_DEFAULTS.fps,
        show_default=True,
        help="Frames of the video per second.",
    ),
    click.option(
        "--crf",
        type=click.IntRange(0, 40),
        default=_DEFAULTS.crf,
        show_default=True,
        help="Quality of the video: smaller is better and larger.",
    ),
    click.option(
        "--longest-side",
        type=click.IntRange(240, 2560),
        default=_DEFAULTS.longest_side_px,
        show_default=True,
        help="Longest side of the video in pixels; larger frames are scaled down.",
    ),
    click.option(
        "--every",
        type=click.IntRange(1, 1000),
        default=1,
        show_default=True,
        help="Take every n-th frame only into the video.",
    ),
    click.option(
        "--encoder",
        type=click.Choice([one.value for one in Encoder]),
        default=Encoder.X264.value,
        show_default=True,
        help="What encodes; auto is the hardware where it works. IMAGEIO_FFMPEG_EXE names another ffmpeg.",
    ),
    click.option(
        "--deflicker",
        is_flag=True,
        help="Draw the brightness of single frames towards that of their neighbours.",
    ),
    click.option(
        "--time-stamp", is_flag=True, help="Burn the local time into the video."
    ),
    click.option(
        "--startrails-video-every",
        type=click.IntRange(0, 1000),
        default=0,
        show_default=True,
        help="Also make a video of the startrails growing, of every n-th frame in them; 0 makes none.",
    ),
)
RUN = (
    click.option(
        "--lossless",
        is_flag=True,
        help="Also write keogram and startrails as PNG, every pixel exact.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(1, 64),
        default=min(_WORKERS_MAX, os.cpu_count() or 1),
        show_default=True,
        help="Threads that decode frames; there are fewer at work on frames so large that memory would not do.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Answer in JSON."),
)


def render_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all options of ``render``, in the order of its help."""
    for option in reversed((*FRAMES, *KEOGRAM, *STARS, *STARTRAILS, *VIDEO, *RUN)):
        command = option(command)
    return command
