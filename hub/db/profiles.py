"""Profiles of cameras: what their owners want visitors to know, and their photos. Visitors see only enabled ones."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from hub.db import writing
from hub.profile import Profile, Text
from products.utc import parse_utc, utc_text

PHOTOS_AT_MOST = 12


class TooManyPhotosError(Exception):
    """A profile has as many photos as it may have."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of a profile: the SHA-256 of its file and of the small one, its size in pixels, its caption."""

    sha256: str
    small_sha256: str
    width: int
    height: int
    caption: Text


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """The profile of a camera as it is stored, whether or not visitors may see it."""

    enabled: bool
    profile: Profile
    updated_utc: dt.datetime


def stored_profile(db: Database, camera_id: str) -> StoredProfile | None:
    """Return the profile of a camera, enabled or not; None as long as nothing was ever set."""
    sql = "SELECT enabled, content, updated_utc FROM profiles WHERE camera_id = ?"
    row = next(db.query(sql, [camera_id]), None)
    if row is None:
        return None
    return StoredProfile(
        enabled=bool(row["enabled"]),
        profile=Profile.model_validate_json(row["content"]),
        updated_utc=parse_utc(row["updated_utc"]),
    )


def enabled_profile(db: Database, camera_id: str) -> Profile | None:
    """Return the profile of a camera if its owner has enabled it: what visitors see begins with this."""
    stored = stored_profile(db, camera_id)
    return stored.profile if stored and stored.enabled else None


def cameras_with_profile(db: Database) -> set[str]:
    """Return the IDs of all cameras whose owner has enabled a profile."""
    rows = db.query("SELECT camera_id FROM profiles WHERE enabled = 1")
    return {row["camera_id"] for row in rows}


def set_profile(
    db: Database, camera_id: str, profile: Profile, now: dt.datetime
) -> None:
    """Store what a profile says; whether it is enabled stays as it was, at first it is not."""
    sql = """
        INSERT INTO profiles (camera_id, content, updated_utc) VALUES (?, ?, ?)
        ON CONFLICT (camera_id) DO UPDATE SET content = excluded.content, updated_utc = excluded.updated_utc
    """
    with writing(db):
        db.execute(sql, [camera_id, profile.model_dump_json(), utc_text(now)])


def enable_profile(
    db: Database, camera_id: str, now: dt.datetime, *, enabled: bool
) -> None:
    """Show a profile to visitors, or hide it with its photos; one that was never set is empty."""
    sql = """
        INSERT INTO profiles (camera_id, enabled, content, updated_utc) VALUES (?, ?, ?, ?)
        ON CONFLICT (camera_id) DO UPDATE SET enabled = excluded.enabled, updated_utc = excluded.updated_utc
    """
    empty = Profile().model_dump_json()
    with writing(db):
        db.execute(sql, [camera_id, int(enabled), empty, utc_text(now)])


def photos(db: Database, camera_id: str) -> list[Photo]:
    """Return the photos of a profile in their order."""
    sql = "SELECT * FROM profile_photos WHERE camera_id = ? ORDER BY position"
    return list(_photos(db.query(sql, [camera_id])))


def photo_is_public(db: Database, camera_id: str, sha256: str) -> bool:
    """Return whether a file is a photo, in either size, of a profile that visitors may see."""
    sql = """
        SELECT 1 FROM profile_photos JOIN profiles USING (camera_id)
        JOIN visible_cameras ON visible_cameras.id = camera_id
        WHERE camera_id = ? AND ? IN (sha256, small_sha256) AND enabled = 1
    """
    return db.execute(sql, [camera_id, sha256]).fetchone() is not None


def add_photo(db: Database, camera_id: str, photo: Photo) -> None:
    """Put a photo behind the others; one that is there already gets the new caption and stays where it is.

    Raise `TooManyPhotosError` when there are `PHOTOS_AT_MOST` others.
    """
    sql = """
        INSERT INTO profile_photos (camera_id, sha256, small_sha256, width, height, caption, position)
        VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM profile_photos WHERE camera_id = ?1))
        ON CONFLICT (camera_id, sha256) DO UPDATE SET caption = excluded.caption
    """
    others = (
        "SELECT count(*) FROM profile_photos WHERE camera_id = ? AND sha256 <> ?",
        [camera_id, photo.sha256],
    )
    size, caption = (photo.width, photo.height), photo.caption.model_dump_json()
    row = [camera_id, photo.sha256, photo.small_sha256, *size, caption]
    with writing(db):
        if db.execute(*others).fetchone()[0] >= PHOTOS_AT_MOST:
            raise TooManyPhotosError
        db.execute(sql, row)


def remove_photo(db: Database, camera_id: str, number: int) -> Photo | None:
    """Forget the photo that stands at this place, counted from 1, and return it; None when there is none."""
    known = dict(enumerate(photos(db, camera_id), 1))
    photo = known.get(number)
    if photo:
        sql = "DELETE FROM profile_photos WHERE camera_id = ? AND sha256 = ?"
        with writing(db):
            db.execute(sql, [camera_id, photo.sha256])
    return photo


def forgotten_files(db: Database, photo: Photo) -> list[str]:
    """Return the SHA-256 of those of the two files of a photo that no profile needs any more."""
    sql = "SELECT 1 FROM profile_photos WHERE ? IN (sha256, small_sha256)"
    files = photo.sha256, photo.small_sha256
    return [one for one in files if not db.execute(sql, [one]).fetchone()]


def _photos(rows: Iterator[dict[str, Any]]) -> Iterator[Photo]:
    for row in rows:
        yield Photo(
            sha256=row["sha256"],
            small_sha256=row["small_sha256"],
            width=row["width"],
            height=row["height"],
            caption=Text.model_validate(json.loads(row["caption"])),
        )
