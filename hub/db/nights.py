"""Nights of a camera for lists and calendars: only what these show is read, however many products a night has."""

import datetime as dt
import json
from dataclasses import dataclass

from sqlite_utils import Database

from hub.db.products import Product, nights_between
from products.manifest import ProductManifest
from products.utc import parse_utc

# Of these the kinds are shown in calendars; 'night' has the facts of a night and is there when nothing else is.
_LISTED = ("keogram", "startrails", "timelapse", "night")


@dataclass(frozen=True, slots=True)
class CalendarNight:
    """A night in the calendar of one kind: which kinds it has, and the product of this one."""

    kinds: frozenset[str]
    manifest: ProductManifest | None


@dataclass(frozen=True, slots=True)
class NightRecord:
    """How much a camera saw of a night: frames, and the part of the time, 0-1, where the camera says it."""

    frames: int
    part: float | None


def calendar_nights(
    db: Database, camera_id: str, kind: str, first: str, last: str
) -> dict[str, CalendarNight]:
    """Return night -> what its tile shows, for the nights ``first`` to ``last`` inclusive, by one query."""
    sql = f"""
        SELECT night, group_concat(kind) AS kinds, max(CASE kind WHEN ? THEN manifest END) AS manifest
        FROM products WHERE camera_id = ? AND night BETWEEN ? AND ? AND part = '' AND kind IN {_LISTED}
        GROUP BY night
    """
    return {
        row["night"]: CalendarNight(
            frozenset(row["kinds"].split(",")),
            ProductManifest.model_validate(json.loads(row["manifest"]))
            if row["manifest"]
            else None,
        )
        for row in db.query(sql, [kind, camera_id, first, last])
    }


def newest_nights(
    db: Database, camera_id: str, first: str, limit: int
) -> list[tuple[str, dict[str, Product]]]:
    """Return (night, kind -> product) of the newest nights that have products, newest first, none before ``first``."""
    sql = f"""
        SELECT DISTINCT night FROM products WHERE camera_id = ? AND night >= ? AND part = '' AND kind IN {_LISTED}
        ORDER BY night DESC LIMIT ?
    """
    names = [row["night"] for row in db.query(sql, [camera_id, first, limit])]
    if not names:
        return []
    found = nights_between(db, camera_id, names[-1], names[0])
    return [(name, found[name]) for name in names]


def night_records(
    db: Database, camera_id: str, first: str, last: str
) -> dict[str, NightRecord]:
    """Return night -> how much the camera saw of it, for the nights ``first`` to ``last`` inclusive, by one query."""
    sql = f"""
        SELECT night, max(json_extract(manifest, '$.frames')) AS frames,
               max(CASE kind WHEN 'night' THEN json_extract(manifest, '$.facts') END) AS facts
        FROM products WHERE camera_id = ? AND night BETWEEN ? AND ? AND part = '' AND kind IN {_LISTED}
        GROUP BY night
    """
    return {
        row["night"]: NightRecord(row["frames"] or 0, _part(row["facts"]))
        for row in db.query(sql, [camera_id, first, last])
    }


def _part(facts: str | None) -> float | None:
    """Return which part of its night frames cover; None when the facts, which are only its word, do not say."""
    try:
        said = json.loads(facts or "")
        length = parse_utc(said["end_utc"]) - parse_utc(said["start_utc"])
        part = dt.timedelta(seconds=said["observed_s"]) / length
    except (KeyError, TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None
    return min(max(part, 0.0), 1.0)
