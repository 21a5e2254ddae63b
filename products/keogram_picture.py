"""The keogram as a picture: the ribbon of the sky, gaps hatched, hours of local time beneath it.

The ribbon alone is a picture, too, for pages that draw their own axis.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from products.keogram import TimeAxis
from products.scaling import Rgb, resized

RIBBON_WIDTH = 1440  # at least about this wide: each column is a whole number of pixels
RIBBON_HEIGHT = 480
_GROUND = (11, 14, 20)
_LINE = (35, 42, 56)
_INK = (232, 235, 242)
_INK_SOFT = (152, 162, 182)
_HATCH_GROUND, _HATCH_LINE = (18, 23, 34), (42, 50, 68)
_HATCH_PX = 12
_LABEL_ROOM = 1.6  # an hour's label needs this many times its own width


@dataclass(frozen=True, slots=True)
class Box:
    """Where the sky lies within a picture: left, top, width, height in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The columns of a night ready to be drawn.

    ``sky`` is (samples, columns, 3) uint8, south at the bottom; ``empty`` (columns,) is true where there is no frame;
    columns from ``until`` on are still to come.
    """

    sky: Rgb
    empty: NDArray[np.bool_]
    until: int

    def drawn(self, width: int, height: int) -> Rgb:
        """Return the ribbon as (height, width, 3), gaps hatched, the time to come left dark."""
        samples, count = self.sky.shape[:2]
        picture = self.sky if samples == height else resized(self.sky, count, height)
        picture = (
            np.repeat(picture, width // count, axis=1)
            if width % count == 0
            else resized(picture, width, height)
        )
        column = np.arange(width) * count // width
        hidden = self.empty[column]
        painted = np.where(hidden[:, None], _hatch(width, height), picture)
        painted[:, hidden & (column >= self.until)] = _GROUND
        return painted


def ribbon_size(samples: int, count: int) -> tuple[int, int]:
    """Return (width, height) at which a ribbon of ``count`` columns is shown: every column equally wide."""
    return count * max(1, round(RIBBON_WIDTH / count)), min(samples, RIBBON_HEIGHT)


def _hatch(width: int, height: int) -> Rgb:
    """Return the pattern of a gap: quiet diagonal lines that no sky has."""
    x, y = np.arange(width), np.arange(height)[:, None]
    on_line = (x + y) % _HATCH_PX < 2
    return np.where(on_line[..., None], _HATCH_LINE, _HATCH_GROUND).astype(np.uint8)


def labelled(ribbon: Rgb, axis: TimeAxis, zone: ZoneInfo) -> tuple[Rgb, Box]:
    """Return the ribbon with hours of local time and dates beneath it, and where the sky lies in the picture."""
    height, width = ribbon.shape[:2]
    text_px = max(11, min(17, width // 60))
    foot = round(text_px * 3.6)
    picture = Image.new("RGB", (width, height + foot), _GROUND)
    picture.paste(Image.fromarray(ribbon), (0, 0))
    _AxisPainter(picture, axis, zone, text_px, height).paint()
    return np.asarray(picture), Box(0, 0, width, height)


class _AxisPainter:
    """Draws ticks, hours and dates into the foot of a picture."""

    def __init__(
        self,
        picture: Image.Image,
        axis: TimeAxis,
        zone: ZoneInfo,
        text_px: int,
        top: int,
    ) -> None:
        self.draw = ImageDraw.Draw(picture)
        self.width, self.top, self.text_px = picture.width, top, text_px
        self.axis, self.zone = axis, zone
        self.font = ImageFont.load_default(text_px)
        self.small = ImageFont.load_default(max(10, round(text_px * 0.85)))

    def paint(self) -> None:
        """Draw everything."""
        hours = list(_full_hours(self.axis, self.zone))
        step = self._label_step()
        self.draw.line([(0, self.top), (self.width, self.top)], fill=_LINE)
        labelled_hours = [local for local in hours if local.hour % step == 0]
        for local in hours:
            tick_px = self.text_px * (0.5 if local.hour % step == 0 else 0.25)
            x = self._x(local)
            self.draw.line(
                [(x, self.top), (x, self.top + round(tick_px))], fill=_INK_SOFT
            )
        for local in labelled_hours or hours[:1]:
            self._centred(self._x(local), 1.35, local.strftime("%H:%M"), _INK)
        self._dates()

    def _dates(self) -> None:
        """Write the date at the left, the next one under midnight, and the zone at the right."""
        start = self.axis.start_utc.astimezone(self.zone)
        end = self.axis.end_utc.astimezone(self.zone)
        baseline = self.top + round(self.text_px * 2.75)
        margin = round(self.text_px * 0.5)
        first = start.date().isoformat()
        self.draw.text(
            (margin, baseline), first, fill=_INK_SOFT, font=self.small, anchor="lm"
        )
        used_px = margin * 3 + self.small.getlength(first)
        name = self.zone.key
        zone_px = self.small.getlength(name)
        self.draw.text(
            (self.width - margin, baseline),
            name,
            fill=_INK_SOFT,
            font=self.small,
            anchor="rm",
        )
        midnight = dt.datetime.combine(end.date(), dt.time(0), self.zone)
        if start < midnight < end:
            label = end.date().isoformat()
            x, half = self._x(midnight), self.small.getlength(label) / 2
            if used_px < x - half and x + half < self.width - zone_px - 3 * margin:
                self._centred(x, 2.75, label, _INK_SOFT, self.small)

    def _centred(
        self,
        x: float,
        lines_down: float,
        text: str,
        ink: tuple[int, int, int],
        font: ImageFont.FreeTypeFont | ImageFont.ImageFont | None = None,
    ) -> None:
        """Write ``text`` centred at ``x``, unless it would leave the picture."""
        font = font or self.font
        half = font.getlength(text) / 2
        if half < x < self.width - half:
            y = self.top + round(self.text_px * lines_down)
            self.draw.text((x, y), text, fill=ink, font=font, anchor="mm")

    def _label_step(self) -> int:
        """Return every how many hours a label fits."""
        hour_px = self.width * 3600 / (self.axis.count * self.axis.column_s)
        needed_px = self.font.getlength("00:00") * _LABEL_ROOM
        return next(
            (step for step in (1, 2, 3, 6, 12) if step * hour_px >= needed_px), 24
        )

    def _x(self, moment: dt.datetime) -> float:
        seconds = (moment - self.axis.start_utc).total_seconds()
        return seconds / (self.axis.count * self.axis.column_s) * self.width


def _full_hours(axis: TimeAxis, zone: ZoneInfo) -> list[dt.datetime]:
    """Return the full hours of local time on the axis; one that the clock shows twice is there twice."""
    found = []
    quarter = dt.timedelta(minutes=15)  # some zones are off by 30 or 45 minutes
    moment = axis.start_utc.replace(second=0, microsecond=0)
    moment -= dt.timedelta(minutes=moment.minute % 15)
    while moment < axis.end_utc:
        local = moment.astimezone(zone)
        if moment >= axis.start_utc and local.minute == 0:
            found.append(local)
        moment += quarter
    return found
