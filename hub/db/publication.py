"""Publication: the one row that makes a product visible; an older revision never replaces a newer one."""

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from sqlite_utils import Database

from hub.db import tombstones, writing
from products.manifest import (
    EVENT_KIND,
    PERIOD_KINDS,
    Blob,
    ProductManifest,
    night_digest,
    product_key,
)
from products.utc import utc_text


class Verdict(enum.Enum):
    """What the hub thinks of an offered product, given the one that it has."""

    NEW = enum.auto()
    SAME = enum.auto()
    OLDER = enum.auto()
    DIFFERS = enum.auto()  # same revision, other content
    DELETED = enum.auto()  # the owner did not want it


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and the revision that the hub has (0: none)."""

    verdict: Verdict
    rev: int = 0

    @classmethod
    def of(cls, offered: int, held: int, *, same: bool) -> Self:
        """Compare revisions; of the same one the content decides."""
        if offered != held:
            return cls(Verdict.NEW if offered > held else Verdict.OLDER, held)
        return cls(Verdict.SAME if same else Verdict.DIFFERS, held)


@dataclass(frozen=True, slots=True)
class ProductKey:
    """The name of a product: whose, of which night, which kind, and which part of it ('' = the whole)."""

    camera_id: str
    night: str
    kind: str
    part: str = ""

    @classmethod
    def named(cls, camera_id: str, name: str) -> Self:
        """Return the key that a name in digests and tombstones stands for."""
        night, kind, *part = name.split("/")
        return cls(camera_id, night, kind, *part)

    @property
    def name(self) -> str:
        """Its name in digests and tombstones: ``night/kind`` or ``night/kind/part``."""
        return product_key(self.night, self.kind, self.part)

    @property
    def row(self) -> dict[str, str]:
        """The key columns of its row."""
        return {
            "camera_id": self.camera_id,
            "night": self.night,
            "kind": self.kind,
            "part": self.part,
        }


def judge(db: Database, key: ProductKey, offered: ProductManifest) -> Judgement:
    """Compare an offered product with the published one. Sizes in pixels do not count: the hub measures them itself."""
    if tombstones.is_deleted(db, key.camera_id, key.name):
        return Judgement(Verdict.DELETED)
    sql = """
        SELECT manifest FROM products
        WHERE camera_id = :camera_id AND night = :night AND kind = :kind AND part = :part
    """
    row = next(db.query(sql, key.row), None)
    if row is None:
        return Judgement(Verdict.NEW)
    held = ProductManifest.model_validate_json(row["manifest"])
    same = _unmeasured(offered) == _unmeasured(held)
    return Judgement.of(offered.rev, held.rev, same=same)


def publish(
    db: Database, key: ProductKey, manifest: ProductManifest, now: dt.datetime
) -> Judgement:
    """Publish a product whose blobs are all there, if it is `Verdict.NEW`; judge and write in one transaction.

    Raise sqlite3.IntegrityError when a blob has been removed as unused in this moment.
    """
    with writing(db):
        judged = judge(db, key, manifest)
        if judged.verdict is Verdict.NEW:
            insert(db, key, manifest, utc_text(now))
    return judged


def insert(
    db: Database, key: ProductKey, manifest: ProductManifest, published_utc: str
) -> None:
    """Write the row of a product and what it needs, within the transaction of the caller."""
    row = key.row | {
        "rev": manifest.rev,
        "sha256": manifest.sha256,
        "manifest": manifest.model_dump_json(),
        "published_utc": published_utc,
    }
    db.table("products").insert(row, replace=True)
    refer(db, key, {blob.sha256 for blob in manifest.blobs()})


def withdraw(db: Database, key: ProductKey) -> bool:
    """Take back a published product, and say whether there was one; its files are then nobody's or another's."""
    with writing(db):
        return remove(db, key)


def remove(db: Database, key: ProductKey) -> bool:
    """Delete the row of a product and what it needs, within the transaction of the caller; say whether it was there."""
    sql = """
        DELETE FROM products
        WHERE camera_id = :camera_id AND night = :night AND kind = :kind AND part = :part
    """
    refer(db, key, set())
    return int(db.execute(sql, key.row).rowcount) == 1


def needed_blobs(db: Database, key: ProductKey) -> set[str]:
    """Return the SHA-256 of the files that the published product needs."""
    sql = """
        SELECT sha256 FROM product_blobs
        WHERE camera_id = :camera_id AND night = :night AND kind = :kind AND part = :part
    """
    return {row["sha256"] for row in db.query(sql, key.row)}


def keys_that_need(db: Database, sha256: str) -> list[ProductKey]:
    """Return the products and events that need a file."""
    sql = "SELECT camera_id, night, kind, part FROM product_blobs WHERE sha256 = ?"
    return [ProductKey(**row) for row in db.query(sql, [sha256])]


def refer(db: Database, key: ProductKey, sha256s: set[str]) -> None:
    """Record which files a product or event needs, instead of those before, within the transaction of the caller."""
    sql = """
        DELETE FROM product_blobs
        WHERE camera_id = :camera_id AND night = :night AND kind = :kind AND part = :part
    """
    db.execute(sql, key.row)
    rows = [key.row | {"sha256": sha256} for sha256 in sorted(sha256s)]
    db.table("product_blobs").insert_all(rows)


def products_of_night(db: Database, camera_id: str, night: str) -> int:
    """Return how many products there are of a night, archive frames among them."""
    sql = "SELECT count(*) FROM products WHERE camera_id = ? AND night = ?"
    (count,) = db.execute(sql, [camera_id, night]).fetchone()
    return int(count)


def keys_of_night(db: Database, camera_id: str, night: str) -> list[str]:
    """Return the names of the products and events of a night, without those of its month, season and year."""
    found = _content_of_night(db, camera_id, night)
    kinds = {name: name.split("/")[1] for name in found}
    return sorted(name for name in found if kinds[name] not in PERIOD_KINDS)


def night_digests(
    db: Database, camera_id: str, nights: Iterable[str]
) -> dict[str, str]:
    """Return night -> digest of its published products and events; a night without any has the digest of nothing."""
    return {
        night: night_digest(_content_of_night(db, camera_id, night)) for night in nights
    }


def _content_of_night(db: Database, camera_id: str, night: str) -> dict[str, str]:
    """Return name -> SHA-256 of the products of a night, and of its events."""
    sql = """
        SELECT kind, part, sha256 FROM products WHERE camera_id = :camera AND night = :night
        UNION ALL SELECT :event, id, sha256 FROM events WHERE camera_id = :camera AND night = :night
    """
    values = {"camera": camera_id, "night": night, "event": EVENT_KIND}
    return {
        product_key(night, row["kind"], row["part"]): row["sha256"]
        for row in db.query(sql, values)
    }


def _unmeasured(manifest: ProductManifest) -> ProductManifest:
    """Return a manifest without sizes in pixels."""
    size = {"width": None, "height": None}
    variants: dict[str, Blob] = {
        name: one.model_copy(update=size) for name, one in manifest.variants.items()
    }
    return manifest.model_copy(update=size | {"variants": variants})
