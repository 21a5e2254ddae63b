"""Highlights: nights, pictures and videos that somebody has picked out because they are worth seeing.

A highlight points to a product and holds no file. Where the product is deleted, or its camera is not public, visitors
do not see the highlight; when the product comes back, so does the highlight.
"""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from hub.db import writing
from hub.db.products import Product
from hub.db.publication import ProductKey
from products.manifest import ProductManifest
from products.utc import parse_utc, utc_text

LONGEST_CAPTION = 200


class Category(StrEnum):
    """What a highlight shows."""

    AURORA = "aurora"
    CLEAR_SKY = "clear-sky"
    STARTRAILS = "startrails"
    METEOR = "meteor"
    MOON = "moon"
    CLOUDS = "clouds"
    OTHER = "other"


class UnknownProductError(LookupError):
    """There is no such product to be picked out."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody says about a product that they pick out; captions by language, empty where there are none."""

    category: Category
    caption_en: str = ""
    caption_de: str = ""
    chosen_by: str = ""


@dataclass(frozen=True, slots=True)
class Highlight:
    """A product that was picked out, and by whom, when and why."""

    id: int
    camera_name: str
    country: str
    zone: ZoneInfo
    product: Product
    choice: Choice
    chosen_utc: dt.datetime
    active: bool

    def caption(self, language: str) -> str:
        """Return the caption in a language, else in the other one, else nothing."""
        english, german = self.choice.caption_en, self.choice.caption_de
        return german or english if language == "de" else english or german


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which highlights a visitor asks for; None is 'all'."""

    category: Category | None = None
    year: int | None = None
    camera_id: str | None = None


def add_highlight(
    db: Database, key: ProductKey, choice: Choice, now: dt.datetime
) -> int:
    """Pick out a product and return the highlight's number; one that is there gets the new words and is shown again.

    Raises UnknownProductError when nothing of this key is published.
    """
    row = key.row | {
        "category": choice.category.value,
        "caption_en": choice.caption_en,
        "caption_de": choice.caption_de,
        "chosen_by": choice.chosen_by,
        "chosen_utc": utc_text(now),
    }
    sql = """
        INSERT INTO highlights (camera_id, night, kind, part, category, caption_en, caption_de, chosen_by, chosen_utc)
        SELECT :camera_id, :night, :kind, :part, :category, :caption_en, :caption_de, :chosen_by, :chosen_utc
        FROM products WHERE camera_id = :camera_id AND night = :night AND kind = :kind AND part = :part
        ON CONFLICT (camera_id, night, kind, part) DO UPDATE SET active = 1, category = excluded.category,
        caption_en = excluded.caption_en, caption_de = excluded.caption_de, chosen_by = excluded.chosen_by,
        chosen_utc = excluded.chosen_utc
        RETURNING id
    """
    with writing(db):
        found = db.execute(sql, row).fetchone()
    if found is None:
        raise UnknownProductError
    return int(found[0])


def show(db: Database, highlight_id: int, *, active: bool) -> bool:
    """Show a highlight, or stop showing it, and say whether there is one of this number; no file is touched."""
    with writing(db):
        done: sqlite3.Cursor = db.execute(
            "UPDATE highlights SET active = ? WHERE id = ?", [active, highlight_id]
        )
    return done.rowcount == 1


def visible_highlights(
    db: Database, wanted: Wanted | None = None, limit: int = 60, skip: int = 0
) -> list[Highlight]:
    """Return the highlights that visitors may see, the newest night first."""
    where, values = _visible(wanted or Wanted())
    sql = f"""
        {_SELECT} FROM {_VISIBLE} WHERE {where} ORDER BY night DESC, h.id DESC LIMIT :limit OFFSET :skip
    """
    return list(_highlights(db.query(sql, values | {"limit": limit, "skip": skip})))


def count_visible(db: Database, wanted: Wanted) -> int:
    """Return how many highlights visitors may see of those that they ask for."""
    where, values = _visible(wanted)
    sql = f"SELECT count(*) AS n FROM {_VISIBLE} WHERE {where}"
    return int(next(db.query(sql, values))["n"])


def visible_choices(db: Database) -> list[tuple[str, int, str, str]]:
    """Return each (category, year, camera ID, camera name) that visible highlights have, for filters."""
    where, values = _visible(Wanted())
    sql = f"""
        SELECT DISTINCT category, CAST(substr(night, 1, 4) AS INTEGER) AS year, h.camera_id, c.name
        FROM {_VISIBLE} WHERE {where} ORDER BY h.camera_id
    """
    rows = db.query(sql, values)
    return [(r["category"], r["year"], r["camera_id"], r["name"]) for r in rows]


def all_highlights(db: Database, camera_id: str | None = None) -> list[Highlight]:
    """Return every highlight whose product is there, shown or not, of one camera or of all, the newest night first."""
    sql = f"""
        {_SELECT} FROM {_WITH_PRODUCT} JOIN cameras AS c ON c.id = h.camera_id
        WHERE :id IS NULL OR h.camera_id = :id ORDER BY night DESC, h.id DESC
    """
    return list(_highlights(db.query(sql, {"id": camera_id})))


_SELECT = "SELECT h.*, manifest, published_utc, c.name, c.zone, c.country"
_WITH_PRODUCT = "highlights AS h JOIN products USING (camera_id, night, kind, part)"
_VISIBLE = f"{_WITH_PRODUCT} JOIN visible_cameras AS c ON c.id = h.camera_id"


def _visible(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """Return the condition of what a visitor may see and asks for, and its values."""
    shown = "c.id IN (SELECT id FROM visible_cameras)"
    where, values = [shown, "h.active = 1"], {}
    if wanted.category is not None:
        where.append("category = :category")
        values["category"] = wanted.category.value
    if wanted.year is not None:
        where.append("night BETWEEN :first AND :last")
        values |= {
            "first": f"{wanted.year:04d}-01-01",
            "last": f"{wanted.year:04d}-12-31",
        }
    if wanted.camera_id is not None:
        where.append("h.camera_id = :camera_id")
        values["camera_id"] = wanted.camera_id
    return " AND ".join(where), values


def _highlights(rows: Iterator[dict[str, Any]]) -> Iterator[Highlight]:
    for row in rows:
        yield Highlight(
            id=row["id"],
            camera_name=row["name"],
            country=row["country"] or "",
            zone=ZoneInfo(row["zone"]),
            product=Product(
                camera_id=row["camera_id"],
                night=row["night"],
                kind=row["kind"],
                part=row["part"],
                published_utc=parse_utc(row["published_utc"]),
                manifest=ProductManifest.model_validate_json(row["manifest"]),
            ),
            choice=Choice(
                category=Category(row["category"]),
                caption_en=row["caption_en"],
                caption_de=row["caption_de"],
                chosen_by=row["chosen_by"],
            ),
            chosen_utc=parse_utc(row["chosen_utc"]),
            active=bool(row["active"]),
        )
