"""Points, levels and badges of the cameras, and the facts that they are given for."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from hub.db import cameras, writing
from hub.db.cameras import Camera
from hub.xp import GAPLESS_SHARE, DeliveredNight, level_of, total
from products.utc import parse_utc, utc_text


@dataclass(frozen=True, slots=True)
class Standing:
    """What a camera has reached: how often each rule counted, its points and level, and badge -> when earned."""

    counts: Mapping[str, int]
    points: int
    level: int
    badges: Mapping[str, dt.date]
    computed_utc: dt.datetime


def levels(db: Database) -> dict[str, int]:
    """Return the level of every camera that has one, by camera ID; points are counted once a night."""
    return {
        row["camera_id"]: row["level"]
        for row in db.query("SELECT camera_id, level FROM xp")
    }


def standing(db: Database, camera_id: str) -> Standing | None:
    """Return what a camera has reached; None as long as nothing was counted."""
    row = next(db.query("SELECT * FROM xp WHERE camera_id = ?", [camera_id]), None)
    if row is None:
        return None
    sql = "SELECT badge, earned_on FROM badges WHERE camera_id = ? ORDER BY earned_on, rowid"
    return Standing(
        counts=json.loads(row["counts"]),
        points=row["points"],
        level=row["level"],
        badges={
            one["badge"]: dt.date.fromisoformat(one["earned_on"])
            for one in db.query(sql, [camera_id])
        },
        computed_utc=parse_utc(row["computed_utc"]),
    )


def not_counted_since(db: Database, moment: dt.datetime) -> Camera | None:
    """Return a camera whose points were counted before ``moment``, or never; None when there is none."""
    sql = """
        SELECT cameras.id FROM cameras LEFT JOIN xp ON camera_id = cameras.id
        WHERE computed_utc IS NULL OR computed_utc < ? ORDER BY computed_utc, cameras.id LIMIT 1
    """
    row = next(db.query(sql, [utc_text(moment)]), None)
    return cameras.any_camera(db, row["id"]) if row else None


def store(
    db: Database,
    camera_id: str,
    counted: Mapping[str, int],
    badges: Mapping[str, dt.date],
    now: dt.datetime,
) -> None:
    """Store what a camera has reached; a badge keeps the first date it got, and goes with the facts behind it."""
    points = total(counted)
    row = {
        "camera_id": camera_id,
        "counts": json.dumps(dict(counted)),
        "points": points,
        "level": level_of(points),
        "computed_utc": utc_text(now),
    }
    names = json.dumps(list(badges))
    with writing(db):
        db.table("xp").insert(row, replace=True)
        sql = "DELETE FROM badges WHERE camera_id = ? AND badge NOT IN (SELECT value FROM json_each(?))"
        db.execute(sql, [camera_id, names])
        for name, earned_on in badges.items():
            sql = "INSERT OR IGNORE INTO badges (camera_id, badge, earned_on) VALUES (?, ?, ?)"
            db.execute(sql, [camera_id, name, earned_on.isoformat()])


def delivered_nights(db: Database, camera_id: str) -> list[DeliveredNight]:
    """Return the nights of a camera that are over and have a keogram or a video, oldest first."""
    sql = """
        SELECT night, max(kind = 'keogram') AS keogram, max(kind = 'timelapse') AS video,
               max(iif(kind = 'night', json_extract(manifest, '$.facts'), NULL)) AS report
        FROM products
        WHERE camera_id = ? AND kind IN ('keogram', 'timelapse', 'night') AND part = ''
          AND json_extract(manifest, '$.final')
        GROUP BY night HAVING keogram OR video ORDER BY night
    """
    return [
        DeliveredNight(
            evening=dt.date.fromisoformat(row["night"]),
            is_complete=bool(row["keogram"] and row["video"]),
            is_gapless=_is_gapless(json.loads(row["report"] or "{}")),
        )
        for row in db.query(sql, [camera_id])
    ]


def _is_gapless(report: dict[str, Any]) -> bool:
    """Return whether a camera's report of a night says that frames cover nearly all of it; unreadable ones do not."""
    try:
        span = parse_utc(report["end_utc"]) - parse_utc(report["start_utc"])
        observed = dt.timedelta(seconds=report["observed_s"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return False
    return observed >= GAPLESS_SHARE * span > dt.timedelta(0)
