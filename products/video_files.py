"""The files of a video: itself, its poster, and smaller ones of that."""

from pathlib import Path
from typing import Any

from products.file_writer import WIDTHS, FileWriter
from products.render_settings import RenderSettings
from products.report import MadeProduct
from products.scaling import Rgb


class VideoFiles:
    """Names and describes the videos in ``folder``; the kind of a video, as the hub knows it, is its name."""

    def __init__(self, folder: Path, settings: RenderSettings) -> None:
        self._folder, self._fps = folder, settings.fps
        self._write = FileWriter(folder, settings.jpeg_quality)

    def path(self, kind: str) -> Path:
        """Return where the video belongs."""
        return self._folder / f"{kind}.mp4"

    def made(
        self,
        kind: str,
        poster: Rgb,
        pictures: int,
        times: dict[str, Any],
        **facts: Any,
    ) -> MadeProduct:
        """Describe a video of so many ``pictures`` that is in place, and write its poster and smaller ones.

        ``times`` are those of its first and last frame and how many there are, as `night_report.span` says them.
        """
        height, width = poster.shape[:2]
        first = self._write.picture(f"{kind}.jpg", poster)
        return MadeProduct(
            kind=kind,
            path=self.path(kind).name,
            type="video/mp4",
            width=width,
            height=height,
            **times,
            variants={"poster": first} | self._write.smaller(kind, poster),
            facts={"fps": self._fps, "duration_s": pictures / self._fps, **facts},
        )

    def remove(self, kind: str) -> None:
        """Remove a video and its posters; there is none now."""
        posters = (f"{kind}.jpg", *(f"{kind}-{width}.jpg" for width in WIDTHS))
        self._write.remove(self.path(kind).name, *posters)
