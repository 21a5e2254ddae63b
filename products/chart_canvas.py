"""Paper for charts over the hours of a night: a dark ground, local time beneath, smooth strokes clipped to the plot.

Pillow draws lines without smoothing, so strokes are drawn three times as large on a mask and reduced; text is set at
its final size. The same strokes always give the same bytes.
"""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw, ImageFont

from products.keogram_picture import round_times, steps_min
from products.sun import Interval

Colour = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[int, int, int, int]  # left, top, right, bottom
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

WIDTH, HEIGHT = 1200, 500
LEFT, TOP, RIGHT, BOTTOM = 64, 112, 1144, 440
PLOT: Box = (LEFT, TOP, RIGHT, BOTTOM)
GROUND: Colour = (11, 14, 20)
LINE: Colour = (35, 42, 56)
INK: Colour = (232, 235, 242)
INK_SOFT: Colour = (152, 162, 182)
_FINE = 3


class Canvas:
    """A chart on the time axis of a night; what is drawn later lies in front."""

    def __init__(self, axis: Interval, zone: ZoneInfo) -> None:
        self.axis, self.zone = axis, zone
        self.picture = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
        self.draw = ImageDraw.Draw(self.picture)
        self.large, self.font, self.small = (
            ImageFont.load_default(size) for size in (20, 14, 12)
        )

    def x(self, moment: dt.datetime) -> float:
        """Return where a moment lies, in pixels from the left edge of the picture."""
        part: float = (moment - self.axis.start_utc) / self.axis.length
        return LEFT + part * (RIGHT - LEFT)

    def write(
        self,
        at: Point,
        words: str,
        ink: Colour = INK,
        font: Font | None = None,
        anchor: str = "lm",
    ) -> float:
        """Write words at a point and return how wide they are."""
        font = font or self.font
        self.draw.text(at, words, fill=ink, font=font, anchor=anchor)
        return font.getlength(words)

    @contextmanager
    def strokes(self, ink: Colour, box: Box = PLOT) -> Iterator["Strokes"]:
        """Give strokes to draw with; what they drew within the box is in the picture when the block ends."""
        drawn = Strokes(box)
        yield drawn
        self.picture.paste(ink, box[:2], drawn.mask.reduce(_FINE))

    def hours(self) -> None:
        """Draw hours of local time, the dates and the zone beneath the plot."""
        minute_px = (RIGHT - LEFT) * 60 / self.axis.length.total_seconds()
        labels, ticks = steps_min(minute_px, self.font.getlength("00:00"))
        for step, length in ((ticks, 4), (labels, 8)):
            for moment in round_times(self.axis, self.zone, step):
                x = round(self.x(moment))
                self.draw.line([(x, BOTTOM), (x, BOTTOM + length)], fill=INK_SOFT)
        for moment in round_times(self.axis, self.zone, labels):
            at = self.x(moment), BOTTOM + 20
            self.write(at, f"{moment:%H:%M}", anchor="mm")
        self._dates()

    def _dates(self) -> None:
        """Write the date at the left, the zone at the right, and the next date under midnight where it fits."""
        start = self.axis.start_utc.astimezone(self.zone)
        end = self.axis.end_utc.astimezone(self.zone)
        y = BOTTOM + 42
        first = self.write((LEFT, y), start.date().isoformat(), INK_SOFT, self.small)
        zone = self.write((RIGHT, y), self.zone.key, INK_SOFT, self.small, "rm")
        midnight = dt.datetime.combine(end.date(), dt.time(0), self.zone)
        x, room = self.x(midnight), first  # both dates are equally wide
        if start < midnight and LEFT + 2 * room < x < RIGHT - zone - room:
            self.write((x, y), end.date().isoformat(), INK_SOFT, self.small, "mm")

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        content = io.BytesIO()
        self.picture.save(content, "PNG")
        return content.getvalue()


class Strokes:
    """Smooth strokes of one colour within a box; opacities go from 0 to 255."""

    def __init__(self, box: Box) -> None:
        self._left, self._top, right, bottom = box
        size = (right - self._left) * _FINE, (bottom - self._top) * _FINE
        self.mask = Image.new("L", size)
        self._draw = ImageDraw.Draw(self.mask)

    def line(self, points: Sequence[Point], width: float, opacity: int = 255) -> None:
        """Draw a line with round ends; of one point, a dot twice as wide."""
        enlarged = self._enlarged(points)
        wide = round(width * _FINE)
        if len(points) > 1:
            self._draw.line(enlarged, fill=opacity, width=wide, joint="curve")
        radius = wide / 2 if len(points) > 1 else wide
        for x, y in (enlarged[0], enlarged[-1]):
            corners = (x - radius, y - radius, x + radius, y + radius)
            self._draw.ellipse(corners, fill=opacity)

    def area(self, outline: Sequence[Point], opacity: int) -> None:
        """Fill an area."""
        self._draw.polygon(self._enlarged(outline), fill=opacity)

    def _enlarged(self, points: Sequence[Point]) -> list[Point]:
        """Return points of the picture as points of the mask."""
        return [((x - self._left) * _FINE, (y - self._top) * _FINE) for x, y in points]
