"""The clocks of cameras: how far each was off at its last heartbeat. For operators; nothing depends on it."""

import datetime as dt
from dataclasses import dataclass

from sqlite_utils import Database

from hub.db import writing
from products.manifest import CameraClock
from products.utc import parse_utc, utc_text


@dataclass(frozen=True, slots=True)
class SeenClock:
    """A camera's clock: what the camera says of it, and by how many seconds it was ahead of the hub's."""

    quality: str
    skew_s: float
    seen_utc: dt.datetime


WRONG_BEYOND_S = 300.0  # from there on the hub refuses readings of the future


def in_words(clock: SeenClock | None) -> str:
    """Return what is wrong with a clock, for the end of a line; nothing when nothing is."""
    if clock is None or abs(clock.skew_s) <= WRONG_BEYOND_S:
        return ""
    where = "ahead" if clock.skew_s > 0 else "behind"
    off = dt.timedelta(seconds=round(abs(clock.skew_s)))
    return f"  (its clock, {clock.quality}, is {off} {where})"


def set_clock(
    db: Database, camera_id: str, clock: CameraClock, now: dt.datetime
) -> None:
    """Remember the clock of a camera as it was at a heartbeat that arrived ``now``."""
    skew_s = round((clock.time - now).total_seconds(), 3)
    row = [camera_id, clock.quality, skew_s, utc_text(now)]
    with writing(db):
        db.execute("INSERT OR REPLACE INTO clocks VALUES (?, ?, ?, ?)", row)


def all_clocks(db: Database) -> dict[str, SeenClock]:
    """Return the clock of every camera that has been heard of, by camera ID."""
    return {
        row["camera_id"]: SeenClock(
            row["quality"], row["skew_s"], parse_utc(row["seen_utc"])
        )
        for row in db.query("SELECT * FROM clocks")
    }
