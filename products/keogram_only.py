"""The keogram of a night drawn again from its column file alone: no frame is opened, even if they are gone by now."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from products.columns import ColumnFile
from products.keogram import TimeAxis
from products.keogram_files import NightKeogram
from products.render_settings import RenderSettings
from products.sun import Interval

COLUMNS, SIDECAR, NIGHT = "keogram.columns", "keogram.json", "night.json"


class NoColumnsError(Exception):
    """A night left nothing to draw a keogram from; the message says what is missing."""


class _Sidecar(BaseModel):
    """What keogram.json says of how it was drawn."""

    column_s: float = Field(gt=0)
    zone: str
    crop: tuple[float, float] = (0.0, 0.0)
    strip: bool = False


class _Span(BaseModel):
    """What night.json says of the keogram's axis."""

    start_utc: AwareDatetime
    end_utc: AwareDatetime


def stored_keogram(
    folder: Path,
    axis: Interval,
    settings: RenderSettings,
    now: dt.datetime | None = None,
) -> NightKeogram:
    """Return the keogram of a night from the columns that its frames left.

    Parameters
    ----------
    folder
        The night's folder of products, with ``keogram.columns``. Nothing in it is changed.
    axis
        The stretch of time to show; it may be another one than before.
    settings
        How it is drawn. The angle is that at which the columns were taken.
    now
        What comes after this moment is no gap but still to come; None: the night is over.

    Raises
    ------
    NoColumnsError
        There are no columns.
    """
    columns = ColumnFile(folder / COLUMNS, only_read=True)
    if columns.geometry is None or not columns.records:
        raise NoColumnsError(f"{folder} has no {COLUMNS}: no night was made there.")
    frames = sorted(columns.records, key=lambda one: one.order)
    settings = replace(settings, rotation_deg=columns.geometry.rotation_deg)
    time = TimeAxis.over(axis, settings.column_s)
    newest = None if now is None else time.column_at(now)
    until = None if newest is None else newest + 1
    return NightKeogram(time, frames, columns, settings, until)


def axis_and_settings(folder: Path) -> tuple[Interval, RenderSettings]:
    """Return how the keogram in a finished night's folder was drawn; raise `NoColumnsError` when nothing says so."""
    try:
        drawn = _Sidecar.model_validate_json((folder / SIDECAR).read_bytes())
        night = _Span.model_validate_json((folder / NIGHT).read_bytes())
    except FileNotFoundError as error:
        raise NoColumnsError(f"There is no {error.filename}.") from None
    except (ValidationError, OSError) as error:
        raise NoColumnsError(
            f"{folder / SIDECAR} and {folder / NIGHT} do not say how the keogram was drawn: {error}"
        ) from None
    settings = RenderSettings(
        column_s=drawn.column_s,
        zone=drawn.zone,
        keogram_crop=drawn.crop,
        keogram_strip=drawn.strip,
    )
    return Interval(night.start_utc, night.end_utc), settings
