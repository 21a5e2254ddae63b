"""Pictures that stand for a page where its address is shared: 1200 x 630, the sky beside a few large words.

Discs and rings are drawn twice as large and reduced, because Pillow draws arcs without smoothing. The same input gives
the same bytes.
"""

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from hub.public.ring import Point, Ring
from products.lettering import Font, font, spelled
from products.manifest import Circle

WIDTH_PX, HEIGHT_PX = 1200, 630
_GROUND, _INK, _SOFT, _ACCENT = "#0b0e14", "#e8ebf2", "#98a2b6", "#f2c46d"
_LIGHTS = {"night": "#2b3b66", "twilight": "#4b4a7a", "day": "#9db7d8"}
_MARGIN_PX = 48
_DISC_PX, _SMALL_DISC_PX, _RIBBON_PX = 534, 272, 262
_FINE = 2
_INSIDE_THE_RING = 0.93
_TITLE_PX, _LINE_PX, _NETWORK_PX = 64, 30, 26
_SMALLEST_TITLE_PX = 30
_QUALITY = 86


@dataclass(frozen=True, slots=True)
class Words:
    """What a card says: its subject, the lines below it, and whose card it is."""

    title: str
    lines: tuple[str, ...]
    network: str


@dataclass(frozen=True, slots=True)
class Disc:
    """A picture of the whole sky, where the sky is in it, and the ring of its day with the tick of its moment."""

    picture: Path
    circle: Circle | None = None
    ring: Ring | None = None
    tick: tuple[Point, Point] | None = None


def draw_card(words: Words, disc: Disc | None, ribbon: Path | None = None) -> bytes:
    """Return the JPEG of a card: the disc at its left, or below a keogram that spans the card.

    Raises OSError when a picture cannot be read.
    """
    card = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), _GROUND)
    top = 0
    if ribbon:
        top = _RIBBON_PX
        card.paste(_opened(ribbon).resize((WIDTH_PX, _RIBBON_PX)))
    left = _MARGIN_PX
    if disc:
        size = _SMALL_DISC_PX if ribbon else _DISC_PX
        at = left, top + (HEIGHT_PX - top - size) // 2
        card.paste(_drawn_disc(disc, size), at)
        left += size + _MARGIN_PX
    _write(card, words, left, top)
    file = io.BytesIO()
    card.save(file, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return file.getvalue()


def _drawn_disc(disc: Disc, size: int) -> Image.Image:
    """Return the disc with its ring on the ground of the card."""
    large = size * _FINE
    canvas = Image.new("RGB", (large, large), _GROUND)
    across = round(large * (_INSIDE_THE_RING if disc.ring else 1))
    mask = Image.new("L", (across, across))
    ImageDraw.Draw(mask).ellipse((0, 0, across - 1, across - 1), fill=255)
    corner = (large - across) // 2
    canvas.paste(_sky(disc, across), (corner, corner), mask)
    if disc.ring:
        _draw_ring(ImageDraw.Draw(canvas), disc.ring, disc.tick, large)
    return canvas.reduce(_FINE)


def _sky(disc: Disc, across: int) -> Image.Image:
    """Return the square around the sky's circle; without a known circle, the middle of the picture."""
    picture = _opened(disc.picture)
    circle = disc.circle or Circle(
        x=0.5,
        y=picture.height / picture.width / 2,
        radius=min(picture.size) / picture.width / 2,
    )
    edges = (circle.x - circle.radius, circle.y - circle.radius,
             circle.x + circle.radius, circle.y + circle.radius)  # fmt: skip
    left, top, right, bottom = (round(edge * picture.width) for edge in edges)
    return picture.crop((left, top, right, bottom)).resize((across, across))


def _draw_ring(
    draw: ImageDraw.ImageDraw,
    ring: Ring,
    tick: tuple[Point, Point] | None,
    large: int,
) -> None:
    width = round(0.012 * large)
    for arc in ring.arcs:
        start, end = (90 + 360 * turn for turn in (arc.first_turn, arc.last_turn))
        box = (0, 0, large - 1, large - 1)
        draw.arc(box, start, end, fill=_LIGHTS[arc.light], width=width)
    if tick:
        scaled = [(large * (x + 100) / 200, large * (y + 100) / 200) for x, y in tick]
        draw.line(scaled, fill=_ACCENT, width=width)


def _write(card: Image.Image, words: Words, left: int, top: int) -> None:
    """Write the words at the right of ``left``: the title and its lines in the middle, the network at the bottom."""
    draw = ImageDraw.Draw(card)
    room = WIDTH_PX - left - _MARGIN_PX
    title = _fitting(words.title, room)
    line, small = font(_LINE_PX), font(_NETWORK_PX)
    bottom = HEIGHT_PX - _MARGIN_PX
    tall = _TITLE_PX + 1.5 * _LINE_PX * len(words.lines)
    y = top + max(_MARGIN_PX, (bottom - _NETWORK_PX - top - tall) / 2)
    draw.text((left, y), spelled(words.title, title), fill=_INK, font=title)
    y += 1.45 * _TITLE_PX
    for text in words.lines:
        draw.text((left, y), spelled(text, line), fill=_SOFT, font=line)
        y += 1.5 * _LINE_PX
    network = spelled(words.network, small)
    draw.text((left, bottom), network, fill=_ACCENT, font=small, anchor="ls")


def _fitting(text: str, room: int) -> Font:
    """Return the largest font in which a text fits into so many pixels; a very long one is cut off by the edge."""
    for size in range(_TITLE_PX, _SMALLEST_TITLE_PX, -2):
        if font(size).getlength(spelled(text, font(size))) <= room:
            return font(size)
    return font(_SMALLEST_TITLE_PX)


def _opened(path: Path) -> Image.Image:
    """Return a picture in RGB, decoded no larger than the card needs."""
    with Image.open(path) as picture:
        picture.draft("RGB", (WIDTH_PX, WIDTH_PX))
        return picture.convert("RGB")
