"""What feeds and site maps list: finished nights of cameras that visitors may see."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from products.manifest import ProductManifest
from products.night import Night
from products.utc import parse_utc

_SHOWN = "('keogram', 'timelapse', 'startrails')"


@dataclass(frozen=True, slots=True)
class FinishedNight:
    """A night that is over: when its first product arrived, how many frames it has, and its keogram if it has one."""

    camera_id: str
    camera_name: str
    night: Night
    published_utc: dt.datetime
    frames: int
    keogram: ProductManifest | None


def newest_nights(db: Database, since: dt.date, limit: int) -> list[FinishedNight]:
    """Return the newest finished nights of all cameras, newest first, none before the evening ``since``."""
    sql = f"{_NIGHTS} AND night >= ? GROUP BY c.id, night ORDER BY night DESC, published DESC LIMIT ?"
    return list(_found(db, sql, [since.isoformat(), limit]))


def newest_nights_of(db: Database, camera_id: str, limit: int) -> list[FinishedNight]:
    """Return the newest finished nights of one camera, newest first."""
    sql = f"{_NIGHTS} AND c.id = ? GROUP BY night ORDER BY night DESC LIMIT ?"
    return list(_found(db, sql, [camera_id, limit]))


def all_nights(db: Database, camera_id: str) -> list[str]:
    """Return the names of the nights of a camera that have something to see, oldest first."""
    sql = f"""
        SELECT DISTINCT night FROM products WHERE camera_id = ? AND kind IN {_SHOWN} AND part = '' ORDER BY night
    """
    return [row["night"] for row in db.query(sql, [camera_id])]


def last_changes(db: Database) -> dict[str, dt.datetime]:
    """Return when each camera last published something to see, by the ID of cameras that visitors may see."""
    sql = f"""
        SELECT c.id, (SELECT published_utc FROM products WHERE camera_id = c.id AND kind IN {_SHOWN} AND part = ''
                      ORDER BY night DESC LIMIT 1) AS published
        FROM visible_cameras AS c WHERE published IS NOT NULL ORDER BY c.id
    """
    return {row["id"]: parse_utc(row["published"]) for row in db.query(sql)}


_NIGHTS = f"""
    SELECT c.id, c.name, c.zone, night, min(published_utc) AS published,
           max(json_extract(manifest, '$.frames')) AS frames, max(iif(kind = 'keogram', manifest, NULL)) AS keogram
    FROM visible_cameras AS c JOIN products ON camera_id = c.id
    WHERE kind IN {_SHOWN} AND part = '' AND json_extract(manifest, '$.final')
"""


def _found(db: Database, sql: str, values: list[str | int]) -> Iterator[FinishedNight]:
    for row in db.query(sql, values):
        said = row["keogram"]
        yield FinishedNight(
            camera_id=row["id"],
            camera_name=row["name"],
            night=Night.named(row["night"], ZoneInfo(row["zone"])),
            published_utc=parse_utc(row["published"]),
            frames=row["frames"],
            keogram=ProductManifest.model_validate_json(said) if said else None,
        )
