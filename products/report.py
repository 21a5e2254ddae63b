"""What a night came to: the summary that night.json holds, and the list of files that were made."""

import datetime as dt
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

FORMAT = 1


class Report(BaseModel):
    """A part of night.json."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class MadeFile(Report):
    """A file that was made: its path relative to the night's folder, its media type, pixels where it has any."""

    path: str
    type: str
    width: int | None = None
    height: int | None = None


class MadeProduct(MadeFile):
    """A product with its smaller variants (keys as in the wire format) and its sidecar."""

    kind: str = Field(description="keogram, startrails, timelapse or night.")
    first_utc: AwareDatetime | None = None
    last_utc: AwareDatetime | None = None
    frames: int = 0
    variants: dict[str, MadeFile] = Field(default_factory=dict)
    sidecar: MadeFile | None = None
    facts: dict[str, Any] = Field(default_factory=dict)


class TrailsReport(Report):
    """How many frames are in the startrails, and how many were left out, by reason."""

    used: int
    first_utc: AwareDatetime | None
    last_utc: AwareDatetime | None
    left_out: dict[str, int]
    note: str = Field("", description="Why there are no startrails, if there are none.")


class GapReport(Report):
    """A stretch of time without frames."""

    start_utc: AwareDatetime
    end_utc: AwareDatetime


class SkyReport(Report):
    """The sky of the frames with the sun low enough for startrails: levels 0-255, sharp points in a million pixels."""

    background_median: float
    background_darkest: float
    sharp_points_median: float
    sharp_points_most: float


class FrameTable(Report):
    """Every frame in compact columns; ``decision`` is the verdict on it for the startrails."""

    stem: list[str]
    taken_utc: list[AwareDatetime]
    decision: list[str]
    channel_mean: list[float] = Field(description="What a fixed limit is held to.")
    background: list[float]
    sharp_points: list[int]
    stars: list[int | None]
    sun_altitude_deg: list[float | None]


class NightReport(Report):
    """A finished night. `facts` is the part that fits into a manifest."""

    format: int = FORMAT
    start_utc: AwareDatetime = Field(description="Where the keogram's axis begins.")
    end_utc: AwareDatetime = Field(description="Where it ends.")
    frames: int
    first_utc: AwareDatetime | None
    last_utc: AwareDatetime | None
    gaps: list[GapReport]
    startrails: TrailsReport
    sky: SkyReport | None
    meteors: int | None = Field(
        None, description="How many candidates there are; null where nobody looked."
    )
    files: list[MadeProduct] = Field(default_factory=list)
    table: FrameTable

    @property
    def observed_s(self) -> float:
        """Seconds of the axis that frames cover."""
        whole = (self.end_utc - self.start_utc).total_seconds()
        missing = (gap.end_utc - gap.start_utc for gap in self.gaps)
        return whole - sum(missing, dt.timedelta()).total_seconds()

    def product(self, kind: str) -> MadeProduct | None:
        """Return the product of this kind, or None when it was not made."""
        return next((one for one in self.files if one.kind == kind), None)

    def facts(self) -> dict[str, Any]:
        """Return the summary as JSON values, without the files and the table of frames."""
        summary = self.model_dump(mode="json", exclude={"files", "table"})
        trails = self.startrails
        return summary | {
            "observed_s": self.observed_s,
            "used": trails.used,
            "left_out": trails.left_out,
        }
