"""The local time in a corner of a picture: burnt into frames of a video, never into stored frames."""

import datetime as dt
import functools
from zoneinfo import ZoneInfo

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from products.scaling import Rgb

_TEXT_PART, _TEXT_MIN_PX = 1 / 36, 12  # of the picture's height; less cannot be read
_INK, _EDGE = (235, 235, 235), (0, 0, 0)
_SMALLEST_PX = 240  # a smaller picture is all text


def stamped(rgb: Rgb, moment: dt.datetime, zone: ZoneInfo) -> Rgb:
    """Return a copy of ``rgb``, (H, W, 3) uint8, with the local time of ``moment`` in its lower left corner.

    Date and time are in the order of ISO 8601, with the zone's abbreviation, so that the hour that comes twice in
    autumn can be told apart. A picture of less than 240 pixels in height is left as it is.
    """
    height = len(rgb)
    if height < _SMALLEST_PX:
        return rgb
    text_px = max(_TEXT_MIN_PX, round(height * _TEXT_PART))
    picture = Image.fromarray(np.array(rgb))
    ImageDraw.Draw(picture).text(
        (text_px // 2, height - text_px // 2),
        f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}",
        fill=_INK,
        font=_font(text_px),
        anchor="ld",
        stroke_width=max(1, text_px // 14),
        stroke_fill=_EDGE,
    )
    return np.asarray(picture)


@functools.lru_cache(maxsize=4)
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)
