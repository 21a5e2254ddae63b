"""Thumbnails: one small JPEG a frame, from pixels that are in memory anyway."""

from pathlib import Path

from products import jpeg
from products.files import write_atomically
from products.scaling import Rgb, resized

WIDTH = 200
QUALITY = 80


def thumbnail(rgb: Rgb, width: int = WIDTH) -> bytes:
    """Return a JPEG of ``rgb``, (H, W, 3) uint8, ``width`` pixels wide or as wide as the frame if that is narrower."""
    height, full = rgb.shape[:2]
    width = min(width, full)
    small = resized(rgb, width, max(1, round(height * width / full)))
    return jpeg.encode(small, QUALITY)


def write_thumbnail(rgb: Rgb, path: Path) -> None:
    """Write the thumbnail of a frame; the folder is made when it is missing."""
    write_atomically(path, thumbnail(rgb))
