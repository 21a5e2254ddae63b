"""A thin band under the keogram: how bright the sky was, in magnitudes, so that dusk and starlight both show.

Where exposure and gain are known it shows light at equal exposure: then a dark hour stays dark although the camera
exposed longer. Otherwise it shows the light of the stored pictures, which says less, and is grey.
"""

import math
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from products.chart_canvas import Strokes
from products.column_light import ColumnLight
from products.scaling import Rgb
from products.startrails_rule import linear

_GROUND, _LINE, _INK = (11, 14, 20), (35, 42, 56), (152, 162, 182)
_OF_LIGHT, _OF_LEVEL = (242, 190, 92), (152, 162, 182)
_STEPS_MAG = (1, 2, 5, 10)  # between two lines of the scale
_MOST_LINES = 3
# Where the darkest and the brightest column lie, in parts of the height.
_FOOT, _HEAD = 0.10, 0.84
_SMALLEST_SPAN_MAG = 1.0  # a night that hardly changes is a flat line
# Dusk is a thousand times brighter than the night: it runs out of the band, so that clouds and the moon show.
_LARGEST_SPAN_MAG = 5.0
_FILL, _STROKE = 70, 235  # opacities


def strip_height(ribbon_height: int) -> int:
    """Return how high the band under a ribbon is."""
    return max(36, round(ribbon_height * 0.15))


def brightness_strip(light: ColumnLight, width: int, height: int) -> Rgb:
    """Return the band, (height, width, 3) uint8; its scale counts magnitudes from the darkest column upwards."""
    known = light.exposure_known
    values = light.light if known else [_linear(level) for level in light.mean]
    picture = Image.new("RGB", (width, height), _GROUND)
    magnitudes = [2.5 * math.log10(one) if one else None for one in values]
    seen = [one for one in magnitudes if one is not None]
    if seen:
        scale = _Scale(min(seen), max(seen), height)
        scale.draw_lines(picture)
        ink = _OF_LIGHT if known else _OF_LEVEL
        mask = _curve([scale.y(one) for one in magnitudes], width, height)
        picture.paste(ink, (0, 0), mask)
        scale.draw_labels(picture)
    picture.paste(_GROUND, (0, 0, width, max(2, height // 24)))  # apart from the sky
    return np.asarray(picture)


def _linear(level: float | None) -> float | None:
    return None if level is None else linear(level)


def _curve(ys: Sequence[float | None], width: int, height: int) -> Image.Image:
    """Return the opacities of a filled curve with a point in the middle of each column, interrupted by gaps."""
    strokes = Strokes((0, 0, width, height))
    column_px = width / len(ys)
    points = [((column + 0.5) * column_px, y) for column, y in enumerate(ys)]
    for there, run in groupby(points, key=lambda point: point[1] is not None):
        if there:
            line = [(x, y) for x, y in run if y is not None]
            left, right = line[0][0] - column_px / 2, line[-1][0] + column_px / 2
            line = [(left, line[0][1]), *line, (right, line[-1][1])]
            strokes.area([(left, height), *line, (right, height)], _FILL)
            strokes.line(line, max(1.0, height / 48), _STROKE)
    return strokes.mask.reduce(strokes.mask.width // width)


class _Scale:
    """Where a magnitude (larger is brighter here) lies in the band, and the lines that say so."""

    def __init__(self, darkest: float, brightest: float, height: int) -> None:
        self._darkest, self._height = darkest, height
        span = brightest - darkest
        self._span = min(max(span, _SMALLEST_SPAN_MAG), _LARGEST_SPAN_MAG)
        self._text_px = max(10, min(13, height // 5))
        room = min(_MOST_LINES, height * (_HEAD - _FOOT) // (1.3 * self._text_px))
        step = next(
            (one for one in _STEPS_MAG if self._span // one <= room), _STEPS_MAG[-1]
        )
        self._lines = range(0, int(self._span) + 1, step)

    def y(self, magnitude: float | None) -> float | None:
        """Return pixels from the top, None for what is not known."""
        return None if magnitude is None else self._y(magnitude - self._darkest)

    def draw_lines(self, picture: Image.Image) -> None:
        """Draw the lines of the scale."""
        draw = ImageDraw.Draw(picture)
        for line in self._lines:
            y = round(self._y(line))
            draw.line([(0, y), (picture.width, y)], fill=_LINE)

    def draw_labels(self, picture: Image.Image) -> None:
        """Write at the right how many magnitudes a line lies above the darkest column."""
        draw = ImageDraw.Draw(picture)
        font = ImageFont.load_default(self._text_px)
        for line in self._lines[1:]:
            draw.text(
                (picture.width - 5, self._y(line)),
                f"{line} mag",
                fill=_INK,
                font=font,
                anchor="rm",
                stroke_width=2,
                stroke_fill=_GROUND,
            )

    def _y(self, above_darkest: float) -> float:
        part = _FOOT + above_darkest / self._span * (_HEAD - _FOOT)
        return self._height * (1 - part)
