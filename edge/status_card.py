"""The card that is shown when no frame comes: it says since when and why, instead of an old sky that looks like now."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
from PIL import Image, ImageDraw

from products.lettering import Font, font, spelled
from products.scaling import Rgb

WIDTH, HEIGHT = 960, 720
_MARGIN_PX = 72
_GROUND, _TITLE, _TEXT = (11, 14, 22), (236, 232, 220), (160, 168, 184)


def status_card(site: str, reason: str, since_utc: dt.datetime, zone: ZoneInfo) -> Rgb:
    """Return a picture, (720, 960, 3) uint8: the site, since when there is no picture, and the reason."""
    card = Image.new("RGB", (WIDTH, HEIGHT), _GROUND)
    draw = ImageDraw.Draw(card)
    since = since_utc.astimezone(zone)
    y = float(_MARGIN_PX)
    for text, size_px, colour in (
        (site, 34, _TEXT),
        (f"No picture since {since:%H:%M}", 64, _TITLE),
        (reason, 36, _TEXT),
        (f"{since:%Y-%m-%d}, {zone.key}", 26, _TEXT),
    ):
        letters = font(size_px)
        for line in _wrapped(spelled(text, letters), draw, letters):
            draw.text((_MARGIN_PX, y), line, font=letters, fill=colour)
            y += size_px * 1.35
        y += size_px * 0.7
    return np.asarray(card)


def _wrapped(text: str, draw: ImageDraw.ImageDraw, letters: Font) -> list[str]:
    """Return the text in lines that fit the card."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font=letters) > WIDTH - 2 * _MARGIN_PX and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
