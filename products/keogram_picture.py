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
from products.sun import Interval

RIBBON_WIDTH = 1440  # at least about this wide: each column is a whole number of pixels
RIBBON_HEIGHT = 480
_GROUND = (11, 14, 20)
_LINE = (35, 42, 56)
_INK = (232, 235, 242)
_INK_SOFT = (152, 162, 182)
_HATCH_GROUND, _HATCH_LINE = (18, 23, 34), (42, 50, 68)
_HATCH_PX = 12
_LABEL_ROOM = 1.8  # a label needs this many times its own width
# Minutes between labels, and between ticks.
_STEPS_MIN = (
    (5, 5),
    (10, 5),
    (15, 5),
    (30, 10),
    (60, 30),
    (120, 60),
    (180, 60),
    (360, 60),
    (720, 180),
)


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


def labelled(
    ribbon: Rgb, axis: TimeAxis, zone: ZoneInfo, strip: Rgb | None = None
) -> tuple[Rgb, Box]:
    """Return the ribbon with hours of local time and dates beneath it, and where the sky lies in the picture.

    A ``strip`` of the same width may stand between them.
    """
    height, width = ribbon.shape[:2]
    text_px = max(11, min(17, width // 60))
    foot = round(text_px * 3.6)
    top = height if strip is None else height + len(strip)
    picture = Image.new("RGB", (width, top + foot), _GROUND)
    picture.paste(Image.fromarray(ribbon), (0, 0))
    if strip is not None:
        picture.paste(Image.fromarray(strip), (0, height))
    _AxisPainter(picture, axis, zone, text_px, top).paint()
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
        self.draw.line([(0, self.top), (self.width, self.top)], fill=_LINE)
        labels, ticks = self._steps()
        for moment in round_times(self.axis, self.zone, ticks):
            self._tick(moment, 0.25)
        for moment in round_times(self.axis, self.zone, labels):
            self._tick(moment, 0.5)
            self._centred(self._x(moment), 1.35, moment.strftime("%H:%M"), _INK)
        self._dates()

    def _tick(self, moment: dt.datetime, length: float) -> None:
        x, end = round(self._x(moment)), self.top + round(self.text_px * length)
        self.draw.line([(x, self.top), (x, end)], fill=_INK_SOFT)

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
        """Write ``text`` centred at ``x``, or as near to it as the picture's edges allow."""
        font = font or self.font
        half = font.getlength(text) / 2 + self.text_px * 0.5
        x = min(max(x, half), self.width - half)
        y = self.top + round(self.text_px * lines_down)
        self.draw.text((x, y), text, fill=ink, font=font, anchor="mm")

    def _steps(self) -> tuple[int, int]:
        """Return every how many minutes a label fits, and a tick."""
        minute_px = self.width * 60 / (self.axis.count * self.axis.column_s)
        return steps_min(minute_px, self.font.getlength("00:00"))

    def _x(self, moment: dt.datetime) -> float:
        seconds = (moment - self.axis.start_utc).total_seconds()
        return seconds / (self.axis.count * self.axis.column_s) * self.width


def steps_min(minute_px: float, label_px: float) -> tuple[int, int]:
    """Return every how many minutes a label of this width fits, and a tick, where a minute is ``minute_px`` wide."""
    needed_px = label_px * _LABEL_ROOM
    return next(
        (steps for steps in _STEPS_MIN if steps[0] * minute_px >= needed_px),
        _STEPS_MIN[-1],
    )


def round_times(
    axis: TimeAxis | Interval, zone: ZoneInfo, step_min: int
) -> list[dt.datetime]:
    """Return the times on the axis, in the zone, that are whole multiples of ``step_min`` minutes after midnight.

    One that the clock shows twice in a night is there twice.
    """
    found = []
    minutes = dt.timedelta(minutes=5)  # zones differ from UTC by multiples of 5
    moment = axis.start_utc.replace(second=0, microsecond=0)
    moment -= dt.timedelta(minutes=moment.minute % 5)
    while moment <= axis.end_utc:
        local = moment.astimezone(zone)
        on_step = (local.hour * 60 + local.minute) % step_min == 0
        if moment >= axis.start_utc and on_step:
            found.append(local)
        moment += minutes
    return found
