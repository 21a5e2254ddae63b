"""The newest frame for the web page: handed from capture to sync through one file in memory, whole or not there.

The file holds one line of JSON (the facts, and the size of each picture in bytes) and then the pictures, so that a
reader in another process never sees the picture of one frame with the facts of another.
"""

import itertools
import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from products import jpeg
from products.manifest import LIVE_WIDTHS, LiveFacts
from products.scaling import resized, shrink

LONGEST_SIDE_PX = 1440
QUALITY = 85
_WORTH_IT = 0.9  # a version that is hardly narrower than the picture is not made


class LiveImages:
    """The newest frame and its smaller versions in a scratch folder."""

    def __init__(self, scratch: Path) -> None:
        self._path = scratch / "newest.live"

    def publish(
        self, jpeg_full: bytes, rgb: NDArray[np.uint8], facts: LiveFacts
    ) -> None:
        """Make a frame the newest one.

        Parameters
        ----------
        jpeg_full
            The frame as it was stored; shown as it is unless it is larger than `LONGEST_SIDE_PX`.
        rgb
            Its pixels, shape (H, W, 3).
        facts
            What is known of it; width and height are set to those of the picture.
        """
        small = rgb
        if max(rgb.shape[:2]) > LONGEST_SIDE_PX:
            small = shrink(rgb, LONGEST_SIDE_PX)
            jpeg_full = jpeg.encode(small, QUALITY)
        height, width = small.shape[:2]
        pictures = {"image": jpeg_full}
        for narrower in LIVE_WIDTHS:
            if narrower < _WORTH_IT * width:
                small = resized(
                    small, narrower, max(1, round(height * narrower / width))
                )
                pictures[str(narrower)] = jpeg.encode(small, QUALITY)
        facts = facts.model_copy(update={"width": width, "height": height})
        self._write(facts, pictures)

    def newest(self) -> tuple[LiveFacts, dict[str, bytes]] | None:
        """Return the facts and the pictures ('image', '960', '480') of the newest frame, or None before the first."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        head, _, body = content.partition(b"\n")
        described = json.loads(head)
        sizes: dict[str, int] = described["sizes"]
        ends = itertools.accumulate(sizes.values())
        pictures = {
            name: body[end - size : end]
            for (name, size), end in zip(sizes.items(), ends, strict=True)
        }
        return LiveFacts.model_validate(described["facts"]), pictures

    def _write(self, facts: LiveFacts, pictures: dict[str, bytes]) -> None:
        """Replace the file in one step; it is in memory, so there is nothing to flush."""
        head = {
            "facts": facts.model_dump(mode="json"),
            "sizes": {name: len(picture) for name, picture in pictures.items()},
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        try:
            part.write_bytes(
                b"\n".join([json.dumps(head).encode(), b"".join(pictures.values())])
            )
            part.replace(self._path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
