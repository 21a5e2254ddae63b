"""How a video is made, and where its segments are."""

from dataclasses import dataclass
from pathlib import Path

from products.encoder import FORMAT, Encoder


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """How a video is made.

    ``fps`` are frames per second, ``crf`` is the quality (smaller is better and larger). ``deflicker`` evens out the
    brightness of single frames; ``stamp_zone`` is the time zone of the time that is burnt in, None without it.
    """

    fps: int = 25
    longest_side_px: int = 1440
    crf: int = 27
    encoder: Encoder = Encoder.X264
    deflicker: bool = False
    stamp_zone: str | None = None

    @property
    def name(self) -> str:
        """What tells segments and frames in the making of these settings from those of others."""
        chosen = [self.longest_side_px, self.fps, self.crf, self.encoder, FORMAT]
        if self.deflicker:
            chosen.append("deflicker")
        if self.stamp_zone:
            chosen.append(self.stamp_zone.replace("/", "_"))
        return "-".join(map(str, chosen))


def segments_folder(folder: Path, kind: str, settings: VideoSettings) -> Path:
    """Return where the segments of a video are, in the ``folder`` of the night's products."""
    return folder / "segments" / f"{kind}.{settings.name}"


def refusal(folder: Path, settings: VideoSettings) -> Path:
    """Return the note that an encoder in hardware failed at this night; where it lies, x264 encodes instead."""
    return folder / "segments" / f"{settings.encoder}.refused"
