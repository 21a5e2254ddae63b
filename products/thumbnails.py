"""Thumbnails: one small JPEG a frame, from pixels that are in memory anyway."""

from pathlib import Path

import numpy as np

from products import jpeg
from products.files import write_atomically
from products.scaling import Rgb, resized

WIDTH = 200
QUALITY = 80
_ROWS = (
    4  # of a large frame this many rows a pixel are enough, and cost a fraction of all
)


class Thumbnails:
    """The thumbnails of a night in ``folder``; ``stems`` says of which frames there are some."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # A power cut may leave an empty file: they are not waited for when they are written.
        self.stems = {one.stem for one in folder.glob("*.jpg") if one.stat().st_size}

    def add(self, stem: str, content: bytes) -> None:
        """Store the thumbnail of a frame, unless there is one."""
        if stem not in self.stems:
            write_atomically(self._path(stem), content, durable=False)
            self.stems.add(stem)

    def repair(self) -> None:
        """Forget those that cannot be read; all are opened."""
        for stem in list(self.stems):
            try:
                jpeg.decode(self._path(stem).read_bytes())
            except (OSError, jpeg.JpegError):
                self.stems.discard(stem)

    def _path(self, stem: str) -> Path:
        return self._folder / f"{stem}.jpg"


def thumbnail(rgb: Rgb, width: int = WIDTH) -> bytes:
    """Return a JPEG of ``rgb``, (H, W, 3) uint8, ``width`` pixels wide or as wide as the frame if that is narrower."""
    height, full = rgb.shape[:2]
    width = min(width, full)
    height = max(1, round(height * width / full))
    small = resized(_fewer_rows(rgb, full // width), width, height, quick=True)
    return jpeg.encode(small, QUALITY)


def _fewer_rows(rgb: Rgb, divisor: int) -> Rgb:
    """Return the means of every ``divisor`` rows, or of some of them where there are many."""
    height = len(rgb) // divisor
    if divisor < 2 or height == 0:
        return rgb
    step = max(1, divisor // _ROWS)
    taken = range(0, divisor, step)
    whole = rgb[: height * divisor]
    sums = whole[::divisor].astype(np.uint16)
    for row in taken[1:]:
        sums += whole[row::divisor]
    sums += len(taken) // 2
    sums //= len(taken)
    return sums.astype(np.uint8)
