"""Secret keys of cameras and one-time join codes: shown once, stored only as SHA-256."""

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlite_utils import Database

from hub.db import writing
from products.manifest import KEY_PREFIX, sha256_hex
from products.utc import parse_utc, utc_text

LIVE_KEYS = 2
JOIN_CODE_LIFETIME = dt.timedelta(days=7)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_MISREAD = str.maketrans("ILO", "110", " -")


@dataclass(frozen=True, slots=True)
class Key:
    """A secret key as the hub knows it, and since when its camera is registered."""

    sha256: str
    camera_id: str
    camera_created_utc: dt.datetime
    scope: str
    revoked: bool


def add_key(
    db: Database, camera_id: str, now: dt.datetime, *, scope: str = "edge"
) -> str:
    """Make a key and return it, this once; of the older keys of this scope only the newest stays valid."""
    with writing(db):
        return _insert_key(db, camera_id, scope, now)


def find_key(db: Database, secret: str) -> Key | None:
    """Return the key that ``secret`` is, or None when the hub never issued it."""
    sql = """
        SELECT sha256, camera_id, scope, revoked_utc, cameras.created_utc AS camera_created_utc
        FROM keys JOIN cameras ON cameras.id = camera_id WHERE sha256 = ?
    """
    row = next(db.query(sql, [sha256_hex(secret.encode())]), None)
    if row is None:
        return None
    return Key(
        row["sha256"],
        row["camera_id"],
        parse_utc(row["camera_created_utc"]),
        row["scope"],
        row["revoked_utc"] is not None,
    )


def key_used(db: Database, sha256: str, now: dt.datetime) -> None:
    """Remember when a key was last used."""
    with writing(db):
        db.table("keys").update(sha256, {"last_used_utc": utc_text(now)})


def revoke_key(db: Database, sha256: str, now: dt.datetime) -> None:
    """Make a key useless from now on."""
    with writing(db):
        db.table("keys").update(sha256, {"revoked_utc": utc_text(now)})


def add_join_code(db: Database, camera_id: str, now: dt.datetime) -> str:
    """Make a one-time code of 60 random bits, such as ``7K3M-0QXV-98TN``, and return it, this once."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    row = {
        "sha256": sha256_hex(letters.encode()),
        "camera_id": camera_id,
        "expires_utc": utc_text(now + JOIN_CODE_LIFETIME),
    }
    with writing(db):
        db.table("join_codes").insert(row)
    return "-".join(letters[at : at + 4] for at in (0, 4, 8))


def redeem_join_code(
    db: Database, code: str, now: dt.datetime
) -> tuple[str, str] | None:
    """Use up a code and return (camera ID, new key), or None when it is unknown, used or out of date.

    Small letters, blanks, hyphens, and I, L, O for 1, 1, 0 are forgiven.
    """
    sql = """
        UPDATE join_codes SET used_utc = :now
        WHERE sha256 = :sha256 AND used_utc IS NULL AND expires_utc > :now RETURNING camera_id
    """
    letters = code.upper().translate(_MISREAD)
    values = {"sha256": sha256_hex(letters.encode()), "now": utc_text(now)}
    with writing(db):
        row = db.execute(sql, values).fetchone()
        return (row[0], _insert_key(db, row[0], "edge", now)) if row else None


def _insert_key(db: Database, camera_id: str, scope: str, now: dt.datetime) -> str:
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    row = {
        "sha256": sha256_hex(secret.encode()),
        "camera_id": camera_id,
        "scope": scope,
        "created_utc": utc_text(now),
    }
    db.table("keys").insert(row)
    sql = """
        UPDATE keys SET revoked_utc = :now WHERE camera_id = :camera AND scope = :scope AND revoked_utc IS NULL
        AND sha256 NOT IN (SELECT sha256 FROM keys WHERE camera_id = :camera AND scope = :scope
                           AND revoked_utc IS NULL ORDER BY rowid DESC LIMIT :live)
    """
    values = {
        "now": utc_text(now),
        "camera": camera_id,
        "scope": scope,
        "live": LIVE_KEYS,
    }
    db.execute(sql, values)
    return secret
