"""Cameras: who they are and whether a visitor may see them.

The view ``visible_cameras`` alone decides the latter: whatever is made for visitors reads it instead of ``cameras``.
"""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from hub.db import writing
from products.manifest import CameraDescription, Hello
from products.sun import Place
from products.utc import parse_utc, utc_text


class Visibility(StrEnum):
    """Who may see a camera: everybody, or no visitor, because it is nobody's business or because it is no more."""

    PUBLIC = "public"
    PRIVATE = "private"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera of the network. The place is public (rounded by the camera); None until the camera has told it."""

    id: str
    name: str
    place: Place | None
    tz: ZoneInfo
    country: str
    visibility: Visibility
    grafana_url: str
    created_utc: dt.datetime
    last_contact_utc: dt.datetime | None
    description: CameraDescription | None
    hello: Hello | None


def add_camera(db: Database, camera_id: str, name: str, now: dt.datetime) -> None:
    """Register a camera; raise sqlite3.IntegrityError when the ID is taken."""
    row = {"id": camera_id, "name": name, "zone": "UTC", "created_utc": utc_text(now)}
    with writing(db):
        db.table("cameras").insert(row)


def next_id(db: Database, prefix: str) -> str:
    """Return the first free ID with this prefix: ASK001, ASK002, ..."""
    sql = "SELECT max(CAST(substr(id, ?) AS INTEGER)) AS n FROM cameras WHERE id LIKE ?"
    highest = next(db.query(sql, [len(prefix) + 1, f"{prefix}%"]))["n"] or 0
    return f"{prefix}{highest + 1:03d}"


def all_cameras(db: Database) -> list[Camera]:
    """Return every camera, also those that visitors may not see, in the order of the IDs."""
    return list(_cameras(db.query("SELECT * FROM cameras ORDER BY id")))


def any_camera(db: Database, camera_id: str) -> Camera | None:
    """Return a camera if it exists, also one that visitors may not see."""
    sql = "SELECT * FROM cameras WHERE id = ?"
    return next(_cameras(db.query(sql, [camera_id])), None)


def public_cameras(db: Database) -> list[Camera]:
    """Return every camera that visitors may see, in the order of the IDs."""
    return list(_cameras(db.query("SELECT * FROM visible_cameras ORDER BY id")))


def public_camera(db: Database, camera_id: str) -> Camera | None:
    """Return a camera if it exists and visitors may see it: every public page begins with this."""
    sql = "SELECT * FROM visible_cameras WHERE id = ?"
    return next(_cameras(db.query(sql, [camera_id])), None)


def is_visible(db: Database, camera_id: str) -> bool:
    """Return whether a camera exists and visitors may see it, for what needs nothing else of it."""
    sql = "SELECT 1 FROM visible_cameras WHERE id = ?"
    return db.execute(sql, [camera_id]).fetchone() is not None


def set_camera(
    db: Database,
    camera_id: str,
    visibility: Visibility | None = None,
    grafana_url: str | None = None,
) -> bool:
    """Change what the network says of a camera (None: as it was), and say whether there is such a camera."""
    sql = """
        UPDATE cameras SET visibility = coalesce(?, visibility), grafana_url = coalesce(?, grafana_url) WHERE id = ?
    """
    with writing(db):
        done = db.execute(sql, [visibility, grafana_url, camera_id])
        return int(done.rowcount) == 1


def describe(db: Database, camera_id: str, description: CameraDescription) -> None:
    """Store what a camera says it is."""
    row = {
        "name": description.name,
        "latitude_deg": description.latitude_deg,
        "longitude_deg": description.longitude_deg,
        "elevation_m": description.elevation_m,
        "zone": description.zone,
        "country": description.country,
        "description": description.model_dump_json(),
    }
    with writing(db):
        db.table("cameras").update(camera_id, row)


def heard_from(db: Database, camera_id: str, hello: Hello, now: dt.datetime) -> None:
    """Store a heartbeat."""
    row = {"hello": hello.model_dump_json(), "last_contact_utc": utc_text(now)}
    with writing(db):
        db.table("cameras").update(camera_id, row)


def _cameras(rows: Iterator[dict[str, Any]]) -> Iterator[Camera]:
    for row in rows:
        contact, said, hello = (
            row[k] for k in ("last_contact_utc", "description", "hello")
        )
        known = row["latitude_deg"] is not None and row["longitude_deg"] is not None
        yield Camera(
            id=row["id"],
            name=row["name"],
            place=Place(
                row["latitude_deg"], row["longitude_deg"], row["elevation_m"] or 0.0
            )
            if known
            else None,
            tz=ZoneInfo(row["zone"]),
            country=row["country"] or "",
            visibility=Visibility(row["visibility"]),
            grafana_url=row["grafana_url"],
            created_utc=parse_utc(row["created_utc"]),
            last_contact_utc=parse_utc(contact) if contact else None,
            description=CameraDescription.model_validate(json.loads(said))
            if said
            else None,
            hello=Hello.model_validate(json.loads(hello)) if hello else None,
        )
