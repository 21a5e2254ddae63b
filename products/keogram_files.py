"""The keogram of a night as files: the labelled picture, the bare ribbon, smaller versions and the sidecar."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from products.brightness_strip import brightness_strip, strip_height
from products.column_light import ColumnLight
from products.columns import ColumnFile, FrameRecord
from products.file_writer import WIDTHS, FileWriter
from products.keogram import TimeAxis, gaps, kept, slots
from products.keogram_picture import Box, Ribbon, labelled, ribbon_size
from products.night_report import span
from products.render_settings import RenderSettings
from products.report import MadeProduct
from products.scaling import Rgb
from products.utc import utc_text


class NightKeogram:
    """The keogram of a night of ``frames``, in order, whose columns are in a file.

    Columns from ``until`` on are still to come; None: the night is over.
    """

    def __init__(
        self,
        axis: TimeAxis,
        frames: Sequence[FrameRecord],
        columns: ColumnFile,
        settings: RenderSettings,
        until: int | None = None,
    ) -> None:
        self._axis, self._settings = axis, settings
        self._frames = [
            one for one in frames if axis.column_at(one.taken_utc) is not None
        ]
        self._until = axis.count if until is None else until
        self._shown = slots(axis, frames)
        self._ribbon = _ribbon(self._shown, columns, settings, self._until)
        self._light = ColumnLight.of(self._ribbon.sky, self._shown)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the ribbon in the largest picture."""
        samples, count = self._ribbon.sky.shape[:2]
        return ribbon_size(samples, count)

    def picture(self, width: int | None = None) -> tuple[Rgb, Rgb, Box]:
        """Return the labelled picture, the bare ribbon in it, and where in the picture it lies."""
        full_width, full_height = self.size
        width = width or full_width
        height = max(1, round(full_height * width / full_width))
        bare = self._ribbon.drawn(width, height)
        strip = None
        if self._settings.keogram_strip:
            strip = brightness_strip(self._light, width, strip_height(height))
        picture, box = labelled(bare, self._axis, ZoneInfo(self._settings.zone), strip)
        return picture, bare, box

    def write(self, writer: FileWriter, video: Sequence[str]) -> MadeProduct:
        """Write all files; ``video`` names the frames of the video in order, so that the sidecar leads to them."""
        picture, bare, box = self.picture()
        main = writer.picture("keogram.jpg", picture, full_colour=True)
        variants = {
            "ribbon": writer.picture("keogram-ribbon.jpg", bare, full_colour=True)
        }
        for width in WIDTHS:
            small, small_bare, _ = self.picture(width)
            for name, rgb in ((str(width), small), (f"ribbon-{width}", small_bare)):
                variants[name] = writer.picture(
                    f"keogram-{name}.jpg", rgb, full_colour=True
                )
        if self._settings.lossless:
            samples, count = self._ribbon.sky.shape[:2]
            exact = self._ribbon.drawn(count, samples)
            variants["lossless"] = writer.lossless("keogram.png", exact)
        sidecar = self.sidecar(box, video)
        return MadeProduct(
            kind="keogram",
            **asdict(main),
            **span(self._frames),
            variants=variants,
            sidecar=writer.json("keogram.json", sidecar),
            facts={
                name: sidecar[name] for name in ("start_utc", "column_s", "columns")
            },
        )

    def sidecar(self, box: Box, video: Sequence[str]) -> dict[str, Any]:
        """Return what stands beside the picture: the time, the frame and the numbers of each column."""
        number = {stem: index for index, stem in enumerate(video)}
        stems = [one.stem if one else None for one in self._shown]
        axis, settings = self._axis, self._settings
        return {
            "format": 1,
            "start_utc": utc_text(axis.start_utc),
            "column_s": axis.column_s,
            "columns": axis.count,
            "until_column": self._until,
            "zone": settings.zone,
            "rotation_deg": settings.rotation_deg,
            "crop": list(settings.keogram_crop),
            "strip": settings.keogram_strip,
            "sky": {"x": box.x, "y": box.y, "width": box.width, "height": box.height},
            "gaps": [
                {"start_utc": utc_text(gap.start_utc), "end_utc": utc_text(gap.end_utc)}
                for gap in gaps(axis, self._shown, self._until)
            ],
            "stems": stems,
            "mean": self._light.mean,
            "light": self._light.light,
            "stars": [one.stars if one else None for one in self._shown],
            "video": {
                "fps": settings.fps,
                "frames": [number.get(stem) if stem else None for stem in stems],
            },
        }


def _ribbon(
    shown: Sequence[FrameRecord | None],
    columns: ColumnFile,
    settings: RenderSettings,
    until: int,
) -> Ribbon:
    """Return the columns of the axis, black where there is no frame."""
    assert columns.geometry is not None, "there is a frame"
    rows = kept(columns.geometry.samples, settings.keogram_crop)
    sky = np.zeros((len(shown), rows.stop - rows.start, 3), np.uint8)
    filled = [index for index, one in enumerate(shown) if one is not None]
    stems = [one.stem for one in shown if one is not None]
    if stems:
        sky[filled] = columns.columns(stems)[:, rows]
    empty = np.array([one is None for one in shown])
    return Ribbon(np.ascontiguousarray(sky.transpose(1, 0, 2)), empty, until)
