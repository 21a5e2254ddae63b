"""The files of a finished or growing night: which there are, how they are named, and what is in them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from PIL import Image

from products import jpeg
from products.columns import ColumnFile, FrameRecord
from products.files import write_atomically, written_atomically
from products.keogram import TimeAxis, gaps, slots
from products.keogram_picture import Box, Ribbon, labelled, ribbon_size
from products.manifest import utc_text
from products.night_report import night_report, span
from products.render_settings import RenderSettings
from products.report import MadeFile, MadeProduct, NightReport
from products.scaling import Rgb, resized, shrink
from products.startrails_rule import TrailRule
from products.sun import Interval

WIDTHS = (960, 480)
STARTRAILS, COMET = "startrails", "startrails-comet"


class NightFiles:
    """Writes the products of one night into ``folder``; each file appears whole."""

    def __init__(self, folder: Path, night: Interval, settings: RenderSettings) -> None:
        self._folder, self._settings = folder, settings
        self._axis = TimeAxis.over(night, settings.column_s)
        self._zone = ZoneInfo(settings.zone)

    @property
    def video_path(self) -> Path:
        """Where the video belongs."""
        return self._folder / "timelapse.mp4"

    def keogram(
        self,
        frames: Sequence[FrameRecord],
        columns: ColumnFile,
        until: int,
        video: Sequence[str],
    ) -> MadeProduct:
        """Write keogram.jpg, its ribbon, its smaller versions and its sidecar.

        Parameters
        ----------
        frames
            All frames of the night in order.
        columns
            Where their columns are.
        until
            Columns from here on are still to come.
        video
            The frames of the video in order, so that the sidecar can say where in it a column is.
        """
        shown = slots(self._axis, frames)
        ribbon = _ribbon(shown, columns, until)
        samples, count = ribbon.sky.shape[:2]
        size = ribbon_size(samples, count)
        strip = ribbon.drawn(*size)
        picture, box = labelled(strip, self._axis, self._zone)
        main = self._picture("keogram.jpg", picture, full_colour=True)
        variants = {
            "ribbon": self._picture("keogram-ribbon.jpg", strip, full_colour=True)
        }
        for width in WIDTHS:
            height = max(1, round(size[1] * width / size[0]))
            bare = ribbon.drawn(width, height)
            small, _ = labelled(bare, self._axis, self._zone)
            variants[str(width)] = self._picture(
                f"keogram-{width}.jpg", small, full_colour=True
            )
            variants[f"ribbon-{width}"] = self._picture(
                f"keogram-ribbon-{width}.jpg", bare, full_colour=True
            )
        if self._settings.lossless:
            exact = ribbon.drawn(count, samples)
            variants["lossless"] = self._lossless("keogram.png", exact)
        inside = [
            one for one in frames if self._axis.column_at(one.taken_utc) is not None
        ]
        sidecar = self._keogram_sidecar(shown, until, box, video)
        return MadeProduct(
            kind="keogram",
            **main.model_dump(),
            **span(inside),
            variants=variants,
            sidecar=self._json("keogram.json", sidecar),
            facts={
                name: sidecar[name] for name in ("start_utc", "column_s", "columns")
            },
        )

    def startrails(
        self,
        kind: str,
        pixels: Rgb | None,
        frames: Sequence[FrameRecord],
        rule: TrailRule,
    ) -> MadeProduct | None:
        """Write startrails or startrails-comet and the smaller versions, or remove them when there are none."""
        if pixels is None:
            self._remove(
                f"{kind}.jpg", f"{kind}.png", *(f"{kind}-{w}.jpg" for w in WIDTHS)
            )
            return None
        main = self._picture(f"{kind}.jpg", pixels)
        variants = self._smaller(kind, pixels)
        if self._settings.lossless:
            variants["lossless"] = self._lossless(f"{kind}.png", pixels)
        facts = {"used": len(frames), "left_out": rule.counts()}
        if kind == COMET:
            facts["half_life_min"] = self._settings.comet_half_life_min
        return MadeProduct(
            kind=kind,
            **main.model_dump(),
            **span(frames),
            variants=variants,
            facts=facts,
        )

    def timelapse(self, frames: Sequence[FrameRecord], poster: Rgb) -> MadeProduct:
        """Describe the video that is in place, and write its poster and smaller ones."""
        height, width = poster.shape[:2]
        fps = self._settings.fps
        first = self._picture("timelapse.jpg", poster)
        return MadeProduct(
            kind="timelapse",
            path=self.video_path.name,
            type="video/mp4",
            width=width,
            height=height,
            **span(frames),
            variants={"poster": first} | self._smaller("timelapse", poster),
            facts={"fps": fps, "duration_s": len(frames) / fps},
        )

    def remove_poster(self) -> None:
        """Remove the poster of an earlier video; there is none now."""
        self._remove("timelapse.jpg", "timelapse-*.jpg")

    def night(
        self,
        frames: Sequence[FrameRecord],
        rule: TrailRule,
        made: Sequence[MadeProduct],
        meteors: int | None = None,
    ) -> NightReport:
        """Write night.json and return what it says."""
        report = night_report(self._axis, frames, rule)
        report = report.model_copy(update={"meteors": meteors})
        itself = MadeProduct(
            kind="night",
            path="night.json",
            type="application/json",
            **span(frames),
            facts=report.facts(),
        )
        report = report.model_copy(update={"files": [*made, itself]})
        content = report.model_dump(mode="json")
        content["files"][-1]["facts"] = {}  # they are this very file
        self._json("night.json", content)
        return report

    def _keogram_sidecar(
        self,
        shown: Sequence[FrameRecord | None],
        until: int,
        box: Box,
        video: Sequence[str],
    ) -> dict[str, Any]:
        number = {stem: index for index, stem in enumerate(video)}
        stems = [one.stem if one else None for one in shown]
        return {
            "format": 1,
            "start_utc": utc_text(self._axis.start_utc),
            "column_s": self._axis.column_s,
            "columns": self._axis.count,
            "until_column": until,
            "zone": self._settings.zone,
            "rotation_deg": self._settings.rotation_deg,
            "sky": {"x": box.x, "y": box.y, "width": box.width, "height": box.height},
            "gaps": [
                {"start_utc": utc_text(gap.start_utc), "end_utc": utc_text(gap.end_utc)}
                for gap in gaps(self._axis, shown, until)
            ],
            "stems": stems,
            "video": {
                "fps": self._settings.fps,
                "frames": [number.get(stem) if stem else None for stem in stems],
            },
        }

    def _smaller(self, name: str, rgb: Rgb) -> dict[str, MadeFile]:
        """Write the versions of a picture that are narrower than it is."""
        height, width = rgb.shape[:2]
        medium = shrink(rgb, 2 * max(WIDTHS))  # a large one is gone through only once
        return {
            str(narrow): self._picture(
                f"{name}-{narrow}.jpg",
                resized(medium, narrow, max(1, round(height * narrow / width))),
            )
            for narrow in WIDTHS
            if narrow < width
        }

    def _picture(self, name: str, rgb: Rgb, *, full_colour: bool = False) -> MadeFile:
        quality = self._settings.jpeg_quality
        content = jpeg.encode(rgb, quality, full_colour=full_colour)
        write_atomically(self._folder / name, content)
        return MadeFile(
            path=name, type="image/jpeg", width=rgb.shape[1], height=rgb.shape[0]
        )

    def _lossless(self, name: str, rgb: Rgb) -> MadeFile:
        with written_atomically(self._folder / name) as file:
            Image.fromarray(np.ascontiguousarray(rgb)).save(file, "PNG")
        return MadeFile(
            path=name, type="image/png", width=rgb.shape[1], height=rgb.shape[0]
        )

    def _json(self, name: str, content: dict[str, Any]) -> MadeFile:
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
        write_atomically(self._folder / name, text.encode())
        return MadeFile(path=name, type="application/json")

    def _remove(self, *patterns: str) -> None:
        for pattern in patterns:
            for path in self._folder.glob(pattern):
                path.unlink()


def _ribbon(
    shown: Sequence[FrameRecord | None], columns: ColumnFile, until: int
) -> Ribbon:
    """Return the columns of the axis, black where there is no frame."""
    assert columns.geometry is not None, "there is a frame"
    sky = np.zeros((len(shown), columns.geometry.samples, 3), np.uint8)
    filled = [index for index, one in enumerate(shown) if one is not None]
    stems = [one.stem for one in shown if one is not None]
    if stems:
        sky[filled] = columns.columns(stems)
    empty = np.array([one is None for one in shown])
    return Ribbon(np.ascontiguousarray(sky.transpose(1, 0, 2)), empty, until)
