"""Publication: the one row that makes a product visible; an older revision never replaces a newer one."""

import datetime as dt
import enum
from dataclasses import dataclass

from sqlite_utils import Database

from hub.db import writing
from products.manifest import ProductManifest, night_digest, product_key
from products.utc import utc_text


class Verdict(enum.Enum):
    """What the hub thinks of an offered product, given the one that it has."""

    NEW = enum.auto()
    SAME = enum.auto()
    OLDER = enum.auto()
    DIFFERS = enum.auto()  # same revision, other content


@dataclass(frozen=True, slots=True)
class ProductKey:
    """The name of a product: whose, of which night, which kind, and which part of it ('' = the whole)."""

    camera_id: str
    night: str
    kind: str
    part: str = ""

    @property
    def row(self) -> dict[str, str]:
        """The key columns of its row."""
        return {
            "camera_id": self.camera_id,
            "night": self.night,
            "kind": self.kind,
            "part": self.part,
        }


def judge(db: Database, key: ProductKey, offered: ProductManifest) -> Verdict:
    """Compare an offered product with the published one."""
    sql = """
        SELECT manifest FROM products
        WHERE camera_id = :camera_id AND night = :night AND kind = :kind AND part = :part
    """
    row = next(db.query(sql, key.row), None)
    if row is None:
        return Verdict.NEW
    published = ProductManifest.model_validate_json(row["manifest"])
    if offered.rev != published.rev:
        return Verdict.NEW if offered.rev > published.rev else Verdict.OLDER
    return Verdict.SAME if offered == published else Verdict.DIFFERS


def publish(
    db: Database, key: ProductKey, manifest: ProductManifest, now: dt.datetime
) -> Verdict:
    """Publish a product whose blobs are all there, if it is `Verdict.NEW`; judge and write in one transaction."""
    row = key.row | {
        "rev": manifest.rev,
        "sha256": manifest.sha256,
        "manifest": manifest.model_dump_json(),
        "published_utc": utc_text(now),
    }
    with writing(db):
        verdict = judge(db, key, manifest)
        if verdict is Verdict.NEW:
            db.table("products").insert(row, replace=True)
            _refer(db, key, {blob.sha256 for blob in manifest.blobs()})
    return verdict


def withdraw(db: Database, key: ProductKey) -> bool:
    """Take back a published product, and say whether there was one; its files are then nobody's or another's."""
    sql = """
        DELETE FROM products
        WHERE camera_id = :camera_id AND night = :night AND kind = :kind AND part = :part
    """
    with writing(db):
        _refer(db, key, set())
        return int(db.execute(sql, key.row).rowcount) == 1


def needed_blobs(db: Database, key: ProductKey) -> set[str]:
    """Return the SHA-256 of the files that the published product needs."""
    sql = """
        SELECT sha256 FROM product_blobs
        WHERE camera_id = :camera_id AND night = :night AND kind = :kind AND part = :part
    """
    return {row["sha256"] for row in db.query(sql, key.row)}


def night_digests(
    db: Database, camera_id: str, first: str, last: str
) -> dict[str, str]:
    """Return night -> digest of its published products, for the nights ``first`` to ``last`` inclusive."""
    sql = "SELECT night, kind, part, sha256 FROM products WHERE camera_id = ? AND night BETWEEN ? AND ?"
    nights: dict[str, dict[str, str]] = {}
    for row in db.query(sql, [camera_id, first, last]):
        name = product_key(row["night"], row["kind"], row["part"])
        nights.setdefault(row["night"], {})[name] = row["sha256"]
    return {night: night_digest(products) for night, products in nights.items()}


def _refer(db: Database, key: ProductKey, sha256s: set[str]) -> None:
    sql = """
        DELETE FROM product_blobs
        WHERE camera_id = :camera_id AND night = :night AND kind = :kind AND part = :part
    """
    db.execute(sql, key.row)
    rows = [key.row | {"sha256": sha256} for sha256 in sorted(sha256s)]
    db.table("product_blobs").insert_all(rows)
