"""What a night leaves for the keograms of its month and year: the sky in 144 slots, the zenith's colour by minute.

A strip comes from the keogram's columns, and takes two small files in the night's folder, about 4 kB together:
``strip.jpg``, a picture with a column for every ten minutes from noon to noon, and ``zenith.png``, a line with a pixel
for every minute. Minutes without a frame are transparent in the line.
"""

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from products import jpeg
from products.columns import ColumnFile, FrameRecord
from products.files import write_atomically
from products.keogram import TimeAxis, slots
from products.night import Night
from products.scaling import Rgb, resized
from products.sun import Interval

MINUTE_S, SLOT_S = 60, 600
SLOT_MINUTES = SLOT_S // MINUTE_S
SKY_ROWS = 64
SKY_NAME, ZENITH_NAME = "strip.jpg", "zenith.png"
_QUALITY = 92
_ZENITH_PART = 32  # the middle 1/16 of the line: some 10 degrees under a fisheye


@dataclass(frozen=True, slots=True)
class NightStrip:
    """One night from noon to noon.

    ``sky`` is (SKY_ROWS, slots, 3) uint8, north at the top; ``zenith`` is (minutes, 3) uint8; ``seen`` (minutes,) is
    true where there is a frame. What is not seen has no meaning in the others.
    """

    sky: Rgb
    zenith: NDArray[np.uint8]
    seen: NDArray[np.bool_]

    @property
    def seen_slots(self) -> NDArray[np.bool_]:
        """Where a slot has a frame in any of its minutes, (slots,)."""
        padded = np.zeros(self.sky.shape[1] * SLOT_MINUTES, bool)
        padded[: len(self.seen)] = self.seen
        return np.asarray(padded.reshape(-1, SLOT_MINUTES).any(axis=1))


def strip_of(columns: ColumnFile, night: Night, axis: TimeAxis) -> NightStrip | None:
    """Return the strip of a night, or None when no frame was taken on its axis.

    Parameters
    ----------
    columns
        What the night's frames left.
    night
        Its noons are the ends of the strip; with 23 or 25 hours between them it is shorter or longer.
    axis
        The axis of the night's keogram: a minute shows what the keogram shows, gaps included.
    """
    frames = sorted(columns.records, key=lambda one: one.order)
    shown = slots(axis, frames)
    minutes = TimeAxis.over(Interval(night.start_utc, night.end_utc), MINUTE_S)
    stems = [
        _stem_at(minutes.time_of(one), axis, shown) for one in range(minutes.count)
    ]
    if columns.geometry is None or not any(stems):
        return None
    samples = columns.geometry.samples
    middle, reach = samples // 2, max(1, samples // _ZENITH_PART)
    sky = np.zeros((samples, -(-len(stems) // SLOT_MINUTES), 3), np.uint8)
    zenith = np.zeros((len(stems), 3), np.uint8)
    for slot in range(sky.shape[1]):
        first = slot * SLOT_MINUTES
        inside = range(first, min(first + SLOT_MINUTES, len(stems)))
        if some := [one for one in inside if stems[one]]:
            lines = columns.columns([stems[one] or "" for one in some])
            sky[:, slot] = np.rint(lines.mean(axis=0))
            patch = lines[:, max(0, middle - reach) : middle + reach]
            zenith[some] = np.rint(patch.mean(axis=1))
    seen = np.array([stem is not None for stem in stems])
    return NightStrip(resized(sky, sky.shape[1], SKY_ROWS), zenith, seen)


def _stem_at(
    moment: dt.datetime, axis: TimeAxis, shown: Sequence[FrameRecord | None]
) -> str | None:
    column = axis.column_at(moment)
    frame = None if column is None else shown[column]
    return frame.stem if frame else None


def write_strip(folder: Path, strip: NightStrip) -> None:
    """Write the two files of a strip into the night's folder; the same strip gives the same bytes."""
    opaque = np.full((len(strip.seen), 1), 255, np.uint8)
    line = np.hstack([strip.zenith, opaque]) * strip.seen[:, None]
    content = io.BytesIO()
    picture = Image.fromarray(line.astype(np.uint8)[None])
    picture.save(content, "PNG", optimize=True)
    write_atomically(folder / ZENITH_NAME, content.getvalue())
    sky = jpeg.encode(_without_edges(strip), _QUALITY, full_colour=True)
    write_atomically(folder / SKY_NAME, sky)


def remove_strip(folder: Path) -> None:
    """Remove the strip of a night that has no frames any more."""
    (folder / SKY_NAME).unlink(missing_ok=True)
    (folder / ZENITH_NAME).unlink(missing_ok=True)


def _without_edges(strip: NightStrip) -> Rgb:
    """Return the sky with its gaps filled by their neighbours, so that no edge blurs into what was seen."""
    filled = np.flatnonzero(strip.seen_slots)
    nearest = np.abs(np.arange(strip.sky.shape[1])[:, None] - filled).argmin(axis=1)
    return strip.sky[:, filled[nearest]]


def read_zenith(folder: Path) -> tuple[NDArray[np.uint8], NDArray[np.bool_]] | None:
    """Return ``zenith`` and ``seen`` of a strip, or None when its file is missing or damaged."""
    try:
        with Image.open(folder / ZENITH_NAME, formats=["PNG"]) as picture:
            line = np.asarray(picture.convert("RGBA"))[0]
    except (FileNotFoundError, UnidentifiedImageError, OSError, SyntaxError):
        return None
    return line[:, :3], line[:, 3] > 0


def read_strip(folder: Path) -> NightStrip | None:
    """Return the strip in a night's folder, or None when there is none or it is damaged."""
    line = read_zenith(folder)
    if line is None:
        return None
    try:
        sky = jpeg.decode((folder / SKY_NAME).read_bytes())
    except (FileNotFoundError, jpeg.JpegError):
        return None
    zenith, seen = line
    fits = len(sky) == SKY_ROWS and sky.shape[1] == -(-len(seen) // SLOT_MINUTES)
    return NightStrip(sky, zenith, seen) if fits else None
