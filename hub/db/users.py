"""The people who look after the network."""

import datetime as dt
import secrets

from sqlite_utils import Database

from hub.db import writing
from products.manifest import sha256_hex
from products.utc import utc_text

LOGIN_LIFETIME = dt.timedelta(days=7)


def add_admin(db: Database, name: str, now: dt.datetime) -> str:
    """Register an administrator, or find the one of this name, and return a new one-time login token, this once."""
    token = secrets.token_urlsafe(32)
    sql = """
        INSERT INTO users (name, role, created_utc, login_sha256, login_expires_utc) VALUES (?, 'admin', ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET role = 'admin', login_sha256 = excluded.login_sha256,
        login_expires_utc = excluded.login_expires_utc
    """
    expires = utc_text(now + LOGIN_LIFETIME)
    with writing(db):
        db.execute(sql, [name, utc_text(now), sha256_hex(token.encode()), expires])
    return token
