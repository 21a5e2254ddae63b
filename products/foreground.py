"""The foreground of the startrails: what the mask says is no sky, from one frame alone.

In a maximum, every lamp that was lit once and every branch that the wind moved is there for good. One frame shows a
house as a house. It is the one whose name comes first: the same one, whatever the order in which frames arrive.
"""

from collections.abc import Set
from pathlib import Path

import numpy as np

from products.files import write_atomically
from products.scaling import Rgb
from products.sky_mask import SkyMask


class Foreground:
    """The masked pixels of one frame, in a file in ``folder``, which should be in memory.

    Frames of another shape than the mask have no foreground.
    """

    def __init__(self, folder: Path, mask: SkyMask) -> None:
        self._folder, self._mask = folder, mask
        self._fits = True  # until a frame says otherwise
        self._stem = self._read()[0]

    def offer(self, rgb: Rgb, stem: str, others: Set[str]) -> None:
        """Take the masked pixels of a frame if its name comes before those of all ``others``."""
        height, width = rgb.shape[:2]
        self._fits = self._mask.fits(height, width)
        if stem == self._stem or not self._fits or any(one < stem for one in others):
            return
        hidden = rgb[~self._mask.at(height, width)]
        content = f"{stem}\n".encode() + hidden.tobytes()
        write_atomically(self._path, content, durable=False)
        self._stem = stem

    def lost(self, stems: Set[str]) -> set[str]:
        """Return the frame whose pixels are needed (again) for a picture of these frames; none when they are here."""
        first = min(stems, default="")
        return set() if first == self._stem or not self._fits else {first}

    def under(self, rgb: Rgb) -> Rgb:
        """Return a copy of a picture, (H, W, 3) uint8, with the foreground in it; the picture itself without one."""
        _, hidden = self._read()
        height, width = rgb.shape[:2]
        if not hidden or not self._mask.fits(height, width):
            return rgb
        picture = np.array(rgb)
        pixels = np.frombuffer(hidden, np.uint8).reshape(-1, 3)
        picture[~self._mask.at(height, width)] = pixels
        return picture

    def discard(self) -> None:
        """Forget the frame and remove the file."""
        self._path.unlink(missing_ok=True)
        self._stem = ""

    @property
    def _path(self) -> Path:
        return self._folder / f"foreground-{self._mask.digest}"

    def _read(self) -> tuple[str, bytes]:
        """Return the name of the frame and its pixels; both are empty when there is none."""
        if not self._path.exists():
            return "", b""
        stem, _, hidden = self._path.read_bytes().partition(b"\n")
        return stem.decode(), hidden
