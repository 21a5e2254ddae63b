"""The files of a finished or growing night: which there are, how they are named, and what is in them."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from products.columns import ColumnFile, FrameRecord
from products.file_writer import WIDTHS, FileWriter
from products.keogram import TimeAxis
from products.keogram_files import NightKeogram
from products.night_report import night_report, span
from products.render_settings import RenderSettings
from products.report import MadeProduct, NightReport, as_json
from products.scaling import Rgb
from products.startrails_rule import TrailRule
from products.sun import Interval

STARTRAILS, COMET = "startrails", "startrails-comet"


class NightFiles:
    """Writes the products of one night into ``folder``; each file appears whole."""

    def __init__(self, folder: Path, night: Interval, settings: RenderSettings) -> None:
        self._folder, self._settings = folder, settings
        self._axis = TimeAxis.over(night, settings.column_s)
        self._write = FileWriter(folder, settings.jpeg_quality)

    def keogram(
        self,
        frames: Sequence[FrameRecord],
        columns: ColumnFile,
        until: int | None,
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
            Columns from here on are still to come; None when the night is over.
        video
            The frames of the video in order, so that the sidecar can say where in it a column is.
        """
        keogram = NightKeogram(self._axis, frames, columns, self._settings, until)
        return keogram.write(self._write, video)

    def startrails(
        self,
        kind: str,
        pixels: Rgb | None,
        frames: Sequence[FrameRecord],
        rule: TrailRule,
    ) -> MadeProduct | None:
        """Write startrails or startrails-comet and the smaller versions, or remove them when there are none."""
        if pixels is None:
            self._write.remove(
                f"{kind}.jpg", f"{kind}.png", *(f"{kind}-{w}.jpg" for w in WIDTHS)
            )
            return None
        main = self._write.picture(f"{kind}.jpg", pixels)
        variants = self._write.smaller(kind, pixels)
        if self._settings.lossless:
            variants["lossless"] = self._write.lossless(f"{kind}.png", pixels)
        facts = {"used": len(frames), "left_out": rule.counts()}
        if kind == COMET:
            facts["half_life_min"] = self._settings.comet_half_life_min
        return MadeProduct(
            kind=kind,
            **asdict(main),
            **span(frames),
            variants=variants,
            facts=facts,
        )

    def night(
        self,
        frames: Sequence[FrameRecord],
        rule: TrailRule,
        made: Sequence[MadeProduct],
        meteors: int | None = None,
    ) -> NightReport:
        """Write night.json and return what it says."""
        report = night_report(self._axis, frames, rule)
        report = replace(report, meteors=meteors)
        itself = MadeProduct(
            kind="night",
            path="night.json",
            type="application/json",
            **span(frames),
            facts=report.facts(),
        )
        report = replace(report, files=[*made, itself])
        content = as_json(report)
        content["files"][-1]["facts"] = {}  # they are this very file
        self._write.json("night.json", content)
        return report
