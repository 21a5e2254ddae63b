"""What a night came to: the summary that night.json holds, and the list of files that were made."""

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeFile:
    """A file that was made: its path relative to the night's folder, its media type, pixels where it has any."""

    path: str
    type: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeProduct(MadeFile):
    """A product (``kind``: keogram, startrails, timelapse, night and so on) with its smaller variants and its sidecar.

    The variants have the keys of the wire format.
    """

    kind: str
    first_utc: dt.datetime | None = None
    last_utc: dt.datetime | None = None
    frames: int = 0
    variants: dict[str, MadeFile] = field(default_factory=dict)
    sidecar: MadeFile | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrailsReport:
    """How many frames are in the startrails, how many were left out, by reason, and why there are none if so."""

    used: int
    first_utc: dt.datetime | None
    last_utc: dt.datetime | None
    left_out: dict[str, int]
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class GapReport:
    """A stretch of time without frames."""

    start_utc: dt.datetime
    end_utc: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SkyReport:
    """The sky of the frames with the sun low enough for startrails: levels 0-255, sharp points in a million pixels."""

    background_median: float
    background_darkest: float
    sharp_points_median: float
    sharp_points_most: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameTable:
    """Every frame in compact columns.

    ``decision`` is the verdict on it for the startrails, ``channel_mean`` what a fixed limit is held to. The altitude
    of the sun is not in it: with the times it would give away the place, as a sextant does.
    """

    stem: list[str]
    taken_utc: list[dt.datetime]
    decision: list[str]
    channel_mean: list[float]
    background: list[float]
    sharp_points: list[int]
    stars: list[int | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class NightReport:
    """A finished night, from where the keogram's axis begins to where it ends.

    ``meteors`` is how many candidates there are, None where nobody looked. `facts` is the part that fits into a
    manifest.
    """

    format: int = FORMAT
    start_utc: dt.datetime
    end_utc: dt.datetime
    frames: int
    first_utc: dt.datetime | None
    last_utc: dt.datetime | None
    gaps: list[GapReport]
    startrails: TrailsReport
    sky: SkyReport | None
    meteors: int | None = None
    files: list[MadeProduct] = field(default_factory=list)
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
        summary = as_json(self)
        del summary["files"], summary["table"]
        trails = self.startrails
        return summary | {
            "observed_s": self.observed_s,
            "used": trails.used,
            "left_out": trails.left_out,
        }


def as_json(made: NightReport | MadeProduct) -> dict[str, Any]:
    """Return a report or a part of one as JSON values; times are in ISO 8601 and end with ``Z``."""
    return {name: _json_value(value) for name, value in asdict(made).items()}


def _json_value(value: Any) -> Any:
    match value:
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
        case dict():
            return {name: _json_value(one) for name, one in value.items()}
        case list() | tuple():
            return [_json_value(one) for one in value]
        case _:
            return value
