"""A thin band under the keogram: how bright the sky was, on a logarithmic scale, so that dusk and stars both show.

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
_STEPS = (2, 10, 100, 1000, 10_000)  # factors between two lines of the scale
_MOST_LINES = 3
_FOOT, _HEAD = (
    0.10,
    0.90,
)  # where the darkest and the brightest column lie, in parts of the height
_SMALLEST_SPAN = math.log10(2)  # a night that hardly changes is a flat line
_FILL, _STROKE = 70, 235  # opacities


def strip_height(ribbon_height: int) -> int:
    """Return how high the band under a ribbon is."""
    return max(32, round(ribbon_height * 0.15))


def brightness_strip(light: ColumnLight, width: int, height: int) -> Rgb:
    """Return the band, (height, width, 3) uint8; the lines of its scale are factors of the darkest column."""
    known = light.exposure_known
    values = light.light if known else [_linear(level) for level in light.mean]
    picture = Image.new("RGB", (width, height), _GROUND)
    heights = [math.log10(one) if one else None for one in values]
    seen = [one for one in heights if one is not None]
    if seen:
        scale = _Scale(min(seen), max(max(seen) - min(seen), _SMALLEST_SPAN), height)
        scale.draw_lines(picture)
        ink = _OF_LIGHT if known else _OF_LEVEL
        mask = _curve([scale.y(one) for one in heights], width, height)
        picture.paste(ink, (0, 0), mask)
        scale.draw_labels(picture)
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
    """Where a logarithm lies in the band: ``low`` near its foot, ``low + span`` near its head."""

    def __init__(self, low: float, span: float, height: int) -> None:
        self._low, self._span, self._height = low, span, height
        factor = next(
            (one for one in _STEPS if span / math.log10(one) < _MOST_LINES + 1),
            _STEPS[-1],
        )
        count = int(span / math.log10(factor) + 1e-9)
        self._factors = [factor**power for power in range(count + 1)]

    def y(self, value: float | None) -> float | None:
        """Return pixels from the top, None for what is not known."""
        if value is None:
            return None
        part = (value - self._low) / self._span
        return self._height * (1 - _FOOT - part * (_HEAD - _FOOT))

    def draw_lines(self, picture: Image.Image) -> None:
        """Draw a line for each factor of the darkest."""
        draw = ImageDraw.Draw(picture)
        for y in self._ys():
            draw.line([(0, y), (picture.width, y)], fill=_LINE)

    def draw_labels(self, picture: Image.Image) -> None:
        """Write the factors at the right, above their lines."""
        draw = ImageDraw.Draw(picture)
        text_px = max(10, min(13, self._height // 5))
        font = ImageFont.load_default(text_px)
        for factor, y in zip(self._factors[1:], self._ys()[1:], strict=True):
            at = picture.width - 5, max(y - 1, text_px)
            words = f"×{factor}"  # noqa: RUF001 -- it is what a factor is written with
            draw.text(
                at,
                words,
                fill=_INK,
                font=font,
                anchor="rs",
                stroke_width=2,
                stroke_fill=_GROUND,
            )

    def _ys(self) -> list[int]:
        found = [self.y(self._low + math.log10(one)) for one in self._factors]
        return [round(one) for one in found if one is not None]
