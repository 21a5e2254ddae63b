"""The newest frame for the web page: handed from capture to sync through one file in memory, whole or not there.

The file holds one line of JSON, the facts, and then the picture, so that a reader in another process never sees the
picture of one frame with the facts of another. Whoever sends it makes the narrower versions, only of what is sent:
the frame after it need not wait for them.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from products import jpeg
from products.manifest import LIVE_WIDTHS, LiveFacts
from products.scaled import Scaled
from products.scaling import Rgb, resized

LONGEST_SIDE_PX = 1440
QUALITY = 85
_WORTH_IT = 0.9  # a version that is hardly narrower than the picture is not made


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame as it is shown: what is known of it, and the picture, a JPEG."""

    facts: LiveFacts
    picture: bytes


class LiveImages:
    """The newest frame and its smaller versions in a scratch folder."""

    def __init__(self, scratch: Path) -> None:
        self._path = scratch / "newest.live"
        self._read: tuple[tuple[int, int], LiveFacts, dict[str, bytes]] | None = None

    def publish(
        self,
        jpeg_full: bytes,
        frame: Rgb | Scaled,
        facts: LiveFacts,
        draw: Callable[[Rgb], Rgb] | None = None,
    ) -> Shown:
        """Make a frame the newest one and return it as it is shown.

        Parameters
        ----------
        jpeg_full
            The frame as it was stored; shown as it is unless it is larger than `LONGEST_SIDE_PX`.
        frame
            Its pixels, shape (H, W, 3).
        facts
            What is known of it; width and height are set to those of the picture.
        draw
            Draws on a copy of what is shown.
        """
        scaled = Scaled.of(frame)
        shown = scaled.rgb
        if max(shown.shape[:2]) > LONGEST_SIDE_PX:
            shown = scaled.within(LONGEST_SIDE_PX)
            jpeg_full = scaled.jpeg_within(LONGEST_SIDE_PX)
        if draw:
            jpeg_full = jpeg.encode(draw(shown), QUALITY)
        height, width = shown.shape[:2]
        facts = facts.model_copy(update={"width": width, "height": height})
        self._write(facts, jpeg_full)
        return Shown(facts, jpeg_full)

    def newest(self) -> tuple[LiveFacts, dict[str, bytes]] | None:
        """Return the facts and the pictures ('image', '960', '480') of the newest frame, or None before the first."""
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                version = status.st_ino, status.st_mtime_ns
                if self._read is None or self._read[0] != version:
                    facts = LiveFacts.model_validate_json(file.readline())
                    self._read = version, facts, with_narrower(file.read())
        except FileNotFoundError:
            return None
        return self._read[1], self._read[2]

    def _write(self, facts: LiveFacts, picture: bytes) -> None:
        """Replace the file in one step; it is in memory, so there is nothing to flush."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        try:
            part.write_bytes(b"\n".join([facts.model_dump_json().encode(), picture]))
            part.replace(self._path)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def with_narrower(
    picture: bytes, widths: Sequence[int] = LIVE_WIDTHS
) -> dict[str, bytes]:
    """Return a JPEG as 'image', and narrower versions of it by their width, the widest first."""
    pictures = {"image": picture}
    _, width = jpeg.size(picture)
    wanted = [narrower for narrower in widths if narrower < _WORTH_IT * width]
    if wanted:
        small = jpeg.decode(picture)
        height = len(small)
    for narrower in wanted:
        small = resized(small, narrower, max(1, round(height * narrower / width)))
        pictures[str(narrower)] = jpeg.encode(small, QUALITY)
    return pictures
