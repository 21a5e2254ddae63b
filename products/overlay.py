"""Text and the points of the compass drawn on a copy of a frame; the frame itself stays clean."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from products.lettering import font, spelled
from products.manifest import Circle
from products.scaling import Rgb

Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]

_INK, _EDGE = (244, 242, 236), (8, 10, 14)
_SMALLEST_PX = 9  # smaller letters cannot be read
_LINE, _MARGIN, _OUTLINE = 1.32, 0.8, 0.09  # parts of the height of a letter
_RIM = 0.955  # part of the circle's radius at which the points of the compass stand
_LETTER = 1.15  # height of their letters, in parts of that of the text


@dataclass(frozen=True, slots=True)
class Compass:
    """The points of the compass at the rim of the sky.

    ``letters`` name north, east, south and west; north is ``rotation_deg`` clockwise from up. Looking up, east is left
    of north, unless the picture is ``mirrored``. Without a ``circle``, the sky is the largest one that fits.
    """

    letters: str
    rotation_deg: float
    mirrored: bool = False
    circle: Circle | None = None

    def places(self, width: int, height: int) -> list[tuple[str, float, float]]:
        """Return each letter with the x and y, in pixels, of its middle in a picture of this size."""
        circle = self.circle or Circle(
            x=0.5, y=height / width / 2, radius=min(width, height) / width / 2
        )
        radius = _RIM * circle.radius * width
        towards_east = 90.0 if self.mirrored else -90.0
        angles = (
            math.radians(self.rotation_deg + quarter * towards_east)
            for quarter in range(4)
        )
        return [
            (
                letter,
                circle.x * width + radius * math.sin(angle),
                circle.y * width - radius * math.cos(angle),
            )
            for letter, angle in zip(self.letters, angles, strict=False)
        ]


def drawn(
    rgb: Rgb,
    lines: list[str],
    corner: Corner,
    text_part: float,
    compass: Compass | None = None,
) -> Rgb:
    """Return a copy of ``rgb``, (H, W, 3) uint8, with ``lines`` in a corner and the compass at the rim.

    Letters are ``text_part`` of the picture's height, light with a dark outline, so that they can be read on any sky.
    Takes about 10 ms at 1440 x 1080 pixels.
    """
    height, width = rgb.shape[:2]
    size_px = max(_SMALLEST_PX, round(height * text_part))
    picture = Image.fromarray(np.array(rgb))
    draw = ImageDraw.Draw(picture)
    margin, line_px = round(_MARGIN * size_px), _LINE * size_px
    right = corner.endswith("right")
    top = float(margin)
    if corner.startswith("bottom"):
        top = height - margin - line_px * len(lines)
    for number, line in enumerate(lines):
        place = (width - margin if right else margin, top + number * line_px)
        _write(draw, place, line, size_px, "ra" if right else "la")
    letter_px = round(_LETTER * size_px)
    for letter, x, y in compass.places(width, height) if compass else []:
        half = 0.75 * letter_px  # so far from the edges, should the circle be cut off
        place = _between(x, half, width - half), _between(y, half, height - half)
        _write(draw, place, letter, letter_px, "mm")
    return np.asarray(picture)


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    size_px: int,
    anchor: str,
) -> None:
    chosen = font(size_px)
    draw.text(
        place,
        spelled(text, chosen),
        fill=_INK,
        font=chosen,
        anchor=anchor,
        stroke_width=max(1, round(_OUTLINE * size_px)),
        stroke_fill=_EDGE,
    )


def _between(value: float, lowest: float, highest: float) -> float:
    return min(max(value, lowest), highest)
