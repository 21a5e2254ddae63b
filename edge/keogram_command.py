"""The command ``keogram``: the keogram of a night drawn again, other than the settings say if wanted."""

import contextlib
import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from edge.clock import SystemClock
from edge.night_products import axis_of, render_settings
from edge.programs import settings_in
from edge.render_options import crop_option, strip_option, zone_named
from edge.store import Store
from products import jpeg
from products.file_writer import FileWriter
from products.keogram_files import NightKeogram
from products.keogram_only import NoColumnsError, axis_and_settings, stored_keogram
from products.night import Night
from products.render_settings import RenderSettings
from products.sun import Interval


@click.command("keogram")
@click.option(
    "--night",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="A night of this camera, named by the date of its evening.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Instead: a folder that render wrote.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("keogram.jpg"),
    show_default=True,
    help="Where to write it: a JPEG, or with the ending .png a PNG.",
)
@click.option(
    "--width",
    type=click.IntRange(120, 8000),
    help="Pixels; default: about 1440, every column equally wide.",
)
@click.option("--bare", is_flag=True, help="The sky alone, without hours and dates.")
@click.option(
    "--zone",
    metavar="ZONE",
    callback=zone_named,
    help="Time zone of the hours; default: as it was.",
)
@crop_option
@strip_option
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_obj
def keogram(config: Path, /, **given: Any) -> None:
    """Draw the keogram of a night again from what its frames left; no frame is opened.

    Nothing of the night itself is changed. To publish a keogram with other settings, change them and call nightly
    with --night.

    Example: allsky-edge keogram --night 2026-01-31 --crop 0.1 0.1 --strip --out keogram.png
    """
    night, folder = given["night"], given["folder"]
    if (night is None) == (folder is None):
        raise click.UsageError("Name a night with --night, or a folder with --folder.")
    try:
        drawn = _drawn(config, night, folder, given)
        made = _write(drawn, given["out"], given["width"], bare=given["bare"])
    except NoColumnsError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(
            f"{given['out']} cannot be written: {error.strerror}."
        ) from None
    if given["as_json"]:
        click.echo(json.dumps(made))
    else:
        click.echo(f"Written to {made['path']}: {made['width']} x {made['height']}.")


def _drawn(
    config: Path, night: dt.datetime | None, folder: Path | None, given: dict[str, Any]
) -> NightKeogram:
    """Return the keogram as it was drawn, but for what was asked for otherwise."""
    if folder is not None:
        axis, settings = axis_and_settings(folder)
    else:
        assert night is not None, "one of the two is given"
        folder, axis, settings = _captured(config, f"{night:%Y-%m-%d}")
    zone: ZoneInfo | None = given["zone"]
    return stored_keogram(
        folder,
        axis,
        replace(
            settings,
            zone=zone.key if zone else settings.zone,
            keogram_crop=given["crop"] or settings.keogram_crop,
            keogram_strip=settings.keogram_strip
            if given["strip"] is None
            else given["strip"],
        ),
        SystemClock().now(),
    )


def _captured(config: Path, name: str) -> tuple[Path, Interval, RenderSettings]:
    """Return where the products of a night of this camera are, its axis, and how it is drawn."""
    settings = settings_in(config)
    night = Night.named(name, settings.site.tz)
    with contextlib.closing(Store(settings.data)) as store:
        folder = store.products_folder(name)
    return folder, axis_of(settings, night), render_settings(settings)


def _write(
    drawn: NightKeogram, out: Path, width: int | None, *, bare: bool
) -> dict[str, Any]:
    """Write the picture and return what a machine may want to know of it."""
    picture, sky, box = drawn.picture(width)
    shown = sky if bare else picture
    writer = FileWriter(out.parent, jpeg.QUALITY)
    if out.suffix.lower() == ".png":
        writer.lossless(out.name, shown)
    else:
        writer.picture(out.name, shown, full_colour=True)
    size = {"path": str(out), "width": shown.shape[1], "height": shown.shape[0]}
    facts = drawn.sidecar(box, ())
    del facts["video"]  # nobody looked at the video
    return size | facts
