"""Thumbnails: one small JPEG a frame, from pixels that are in memory anyway."""

from pathlib import Path

from products import jpeg
from products.files import write_atomically
from products.scaling import Rgb, resized

WIDTH = 200
QUALITY = 80
_ROWS = (
    5  # of a large frame this many rows a pixel are enough, and cost a fraction of all
)


def thumbnail(rgb: Rgb, width: int = WIDTH) -> bytes:
    """Return a JPEG of ``rgb``, (H, W, 3) uint8, ``width`` pixels wide or as wide as the frame if that is narrower."""
    height, full = rgb.shape[:2]
    width = min(width, full)
    step = max(1, full // width // _ROWS)
    height = max(1, round(height * width / full))
    small = resized(rgb[::step], width, height, quick=True)
    return jpeg.encode(small, QUALITY)


def write_thumbnail(rgb: Rgb, path: Path) -> None:
    """Write the thumbnail of a frame; the folder is made when it is missing."""
    write_atomically(path, thumbnail(rgb))
