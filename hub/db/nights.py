"""Nights of a camera for lists and calendars: only what these show is read, however many products a night has."""

import datetime as dt
import json
from dataclasses import dataclass

from sqlite_utils import Database

from hub.db.products import Product, nights_between
from products.manifest import ProductManifest

# Of these the kinds are shown in calendars; 'night' has the facts of a night and is there when nothing else is.
_LISTED = ("keogram", "startrails", "timelapse", "night")


@dataclass(frozen=True, slots=True)
class CalendarNight:
    """A night in the calendar of one kind: which kinds it has, and the product of this one."""

    kinds: frozenset[str]
    manifest: ProductManifest | None


@dataclass(frozen=True, slots=True)
class NightRecord:
    """How much a camera saw of a night: frames, and the time that they cover where the camera says it."""

    frames: int
    observed: dt.timedelta | None


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
               max(json_extract(manifest, '$.facts.observed_s')) AS observed_s
        FROM products WHERE camera_id = ? AND night BETWEEN ? AND ? AND part = '' AND kind IN {_LISTED}
        GROUP BY night
    """
    return {
        row["night"]: NightRecord(row["frames"] or 0, _observed(row["observed_s"]))
        for row in db.query(sql, [camera_id, first, last])
    }


def _observed(seconds: object) -> dt.timedelta | None:
    """Return how long frames cover a night; None for what is no such number: the camera's facts are only its word."""
    if isinstance(seconds, int | float) and 0 <= seconds <= 90_000:
        return dt.timedelta(seconds=seconds)
    return None
