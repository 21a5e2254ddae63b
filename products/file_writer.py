"""Pictures and JSON into a night's folder; each file appears whole and is described for night.json."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from products import jpeg
from products.files import write_atomically, written_atomically
from products.report import MadeFile
from products.scaling import Rgb, resized, shrink

WIDTHS = (960, 480)


class FileWriter:
    """Writes files into ``folder``, JPEGs at the given quality."""

    def __init__(self, folder: Path, jpeg_quality: int) -> None:
        self.folder, self._quality = folder, jpeg_quality

    def picture(self, name: str, rgb: Rgb, *, full_colour: bool = False) -> MadeFile:
        """Write a JPEG; ``full_colour`` keeps the colour of every pixel, for sharp edges between colours."""
        content = jpeg.encode(rgb, self._quality, full_colour=full_colour)
        write_atomically(self.folder / name, content)
        return MadeFile(
            path=name, type="image/jpeg", width=rgb.shape[1], height=rgb.shape[0]
        )

    def smaller(self, name: str, rgb: Rgb) -> dict[str, MadeFile]:
        """Write the versions of a picture that are narrower than it is, ``<name>-<width>.jpg``."""
        height, width = rgb.shape[:2]
        medium = shrink(rgb, 2 * max(WIDTHS))  # a large one is gone through only once
        return {
            str(narrow): self.picture(
                f"{name}-{narrow}.jpg",
                resized(medium, narrow, max(1, round(height * narrow / width))),
            )
            for narrow in WIDTHS
            if narrow < width
        }

    def lossless(self, name: str, rgb: Rgb) -> MadeFile:
        """Write a PNG."""
        with written_atomically(self.folder / name) as file:
            Image.fromarray(np.ascontiguousarray(rgb)).save(file, "PNG")
        return MadeFile(
            path=name, type="image/png", width=rgb.shape[1], height=rgb.shape[0]
        )

    def json(self, name: str, content: dict[str, Any]) -> MadeFile:
        """Write JSON without spaces."""
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
        write_atomically(self.folder / name, text.encode())
        return MadeFile(path=name, type="application/json")

    def remove(self, *patterns: str) -> None:
        """Remove the files whose names match."""
        for pattern in patterns:
            for path in self.folder.glob(pattern):
                path.unlink()
