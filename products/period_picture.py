"""Paper for the keograms of months and years: calm by day, hatched where a night was missed, dark before and after."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from products.keogram_picture import Box
from products.scaling import Rgb

Colour = tuple[int, int, int]
GROUND: Colour = (11, 14, 20)
LINE: Colour = (35, 42, 56)
INK: Colour = (232, 235, 242)
INK_SOFT: Colour = (152, 162, 182)
DAY: Colour = (27, 34, 48)
_HATCH_GROUND, _HATCH_LINE = (15, 19, 28), (72, 84, 112)
_HATCH_PX = 8


@dataclass(frozen=True, slots=True)
class Margins:
    """Room around the sky, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


def paint_hidden(
    picture: Rgb, gap: NDArray[np.bool_], unknown: NDArray[np.bool_]
) -> Rgb:
    """Return (H, W, 3) ``picture`` with its gaps hatched and what lies before or after all nights left dark.

    Both masks have the shape (H, W), or (W,) for whole columns.
    """
    height, width = picture.shape[:2]
    x, y = np.arange(width), np.arange(height)[:, None]
    on_line = ((x + y) % _HATCH_PX < 2)[..., None]
    hatch = np.where(on_line, _HATCH_LINE, _HATCH_GROUND).astype(np.uint8)
    painted = picture.copy()
    for paint, mask in ((hatch, gap), (np.array(GROUND, np.uint8), unknown)):
        shaped = np.broadcast_to(mask, (height, width))[..., None]
        np.copyto(painted, paint, where=shaped)
    return painted


class Sheet:
    """A picture of the sky with room for words around it."""

    def __init__(self, sky: Rgb, margins: Margins, text_px: int) -> None:
        height, width = sky.shape[:2]
        self.box = Box(margins.left, margins.top, width, height)
        size = (
            margins.left + width + margins.right,
            margins.top + height + margins.bottom,
        )
        self._picture = Image.new("RGB", size, GROUND)
        self._picture.paste(Image.fromarray(sky), (margins.left, margins.top))
        self._draw = ImageDraw.Draw(self._picture)
        self.text_px = text_px
        self._fonts = {
            INK: ImageFont.load_default(text_px),
            INK_SOFT: ImageFont.load_default(max(10, round(text_px * 0.85))),
        }

    @property
    def pixels(self) -> Rgb:
        """The picture, (H, W, 3)."""
        return np.asarray(self._picture)

    @property
    def bottom(self) -> int:
        """Where the sky ends."""
        return self.box.y + self.box.height

    def width_of(self, words: str, ink: Colour = INK) -> float:
        """Return how wide words are, in pixels."""
        return self._fonts[ink].getlength(words)

    def write(
        self, x: float, y: float, words: str, ink: Colour = INK, anchor: str = "mm"
    ) -> None:
        """Write words; ``INK`` is for what is read first, ``INK_SOFT`` is smaller."""
        self._draw.text((x, y), words, fill=ink, font=self._fonts[ink], anchor=anchor)

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw a tick."""
        self._draw.line([(round(x0), round(y0)), (round(x1), round(y1))], fill=INK_SOFT)
