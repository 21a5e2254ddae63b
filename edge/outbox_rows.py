"""What the rows of the queue mean: products that wait, and in which lane each kind waits."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from products.manifest import FRAME_KIND, PERIOD_KINDS, ProductManifest
from products.utc import parse_utc

BACKFILL = "backfill"
FRAMES = "frames"
LANES = ("keogram", "startrails", "timelapse", FRAMES, BACKFILL)
"""The lanes of products, the most urgent first: what is small and wanted first, then what is large."""

# The lane of each kind, and within a lane the order; what is not named here goes with the timelapse, last.
_KINDS = {
    "night": "keogram",
    "keogram": "keogram",
    "sqm": "keogram",
    "month-keogram": "keogram",
    "year-keogram": "keogram",
    "startrails": "startrails",
    "startrails-comet": "startrails",
    "timelapse": "timelapse",
    "startrails-timelapse": "timelapse",
    "timelapse-day": "timelapse",
    "month-video": "timelapse",
    "season-video": "timelapse",
    "year-video": "timelapse",
    FRAME_KIND: FRAMES,
}
_ORDER = tuple(_KINDS)
OF_PERIODS = ", ".join(f"'{kind}'" for kind in PERIOD_KINDS)


def lane_of(kind: str) -> str:
    """Return the lane in which products of a kind wait."""
    return _KINDS.get(kind, "timelapse")


def priority_of(kind: str) -> int:
    """Return the place of a kind within its lane: the smallest goes first."""
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


@dataclass(frozen=True, slots=True)
class QueuedProduct:
    """A product that waits for the hub; ``files`` maps the SHA-256 of each file to its absolute path.

    One that is ``withdrawn`` waits for being taken back there.
    """

    key: str
    night: str
    kind: str
    part: str
    manifest: ProductManifest
    files: Mapping[str, Path]
    attempts: int
    last_error: str
    lane: str
    queued_utc: dt.datetime | None
    withdrawn: bool = False

    @property
    def rev(self) -> int:
        """The revision that waits."""
        return self.manifest.rev


def stored_files(data: Path, files: Mapping[str, Path]) -> str:
    """Return paths by SHA-256 as JSON, relative to the data folder where they are inside: the folder may move."""
    whole = {sha256: path.resolve() for sha256, path in files.items()}
    return json.dumps(
        {
            sha256: str(path.relative_to(data) if path.is_relative_to(data) else path)
            for sha256, path in whole.items()
        }
    )


def queued_product(data: Path, row: Mapping[str, Any]) -> QueuedProduct:
    """Return the product of a row of the queue."""
    return QueuedProduct(
        key=row["key"],
        night=row["night"],
        kind=row["kind"],
        part=row["part"],
        manifest=ProductManifest.model_validate_json(row["manifest"]),
        files=_files(data, row["files"]),
        attempts=row["attempts"],
        last_error=row["last_error"],
        lane=row["lane"],
        queued_utc=parse_utc(row["queued_utc"]) if row["queued_utc"] else None,
        withdrawn=bool(row["withdrawn"]),
    )


def _files(data: Path, stored: str) -> dict[str, Path]:
    return {sha256: data / path for sha256, path in json.loads(stored).items()}
