"""Products: what cameras have published, and the newest frame of each."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from hub.db import writing
from products.manifest import PERIOD_KINDS, LiveFacts, ProductManifest
from products.utc import parse_utc, utc_text

# Products of months and years lie under a night, too, but are none of it; nor are the frames of the archive, which are
# parts (`hub.db.archive`): every query that says so here reads an index that holds no part.
_PERIODS = ", ".join(f"'{one}'" for one in PERIOD_KINDS)
_OF_A_NIGHT = f"part = '' AND kind NOT IN ({_PERIODS})"


@dataclass(frozen=True, slots=True)
class Product:
    """One published product of one night."""

    camera_id: str
    night: str
    kind: str
    part: str
    published_utc: dt.datetime
    manifest: ProductManifest


@dataclass(frozen=True, slots=True)
class Live:
    """The newest frame of a camera: SHA-256 of the full-size JPEG, and of the smaller ones by their width."""

    camera_id: str
    taken_utc: dt.datetime
    received_utc: dt.datetime
    sha256: str
    facts: LiveFacts
    variants: dict[str, str] = field(default_factory=dict)


def night_products(db: Database, camera_id: str, night: str) -> dict[str, Product]:
    """Return the products of one night by kind."""
    sql = f"SELECT * FROM products WHERE camera_id = ? AND night = ? AND {_OF_A_NIGHT}"
    return {one.kind: one for one in _products(db.query(sql, [camera_id, night]))}


def nights_between(
    db: Database, camera_id: str, first: str, last: str
) -> dict[str, dict[str, Product]]:
    """Return night -> kind -> product for the nights ``first`` to ``last`` inclusive, oldest first, by one query."""
    sql = f"""
        SELECT * FROM products WHERE camera_id = ? AND night BETWEEN ? AND ? AND {_OF_A_NIGHT}
        ORDER BY night
    """
    nights: dict[str, dict[str, Product]] = {}
    for one in _products(db.query(sql, [camera_id, first, last])):
        nights.setdefault(one.night, {})[one.kind] = one
    return nights


def period_years(db: Database, camera_id: str) -> list[int]:
    """Return the years in which a month, season or year begins that has a product, newest first."""
    sql = f"""
        SELECT DISTINCT substr(night, 1, 4) AS year FROM products
        WHERE camera_id = ? AND kind IN ({_PERIODS}) AND part = '' ORDER BY year DESC
    """
    return [int(row["year"]) for row in db.query(sql, [camera_id])]


def period_products(db: Database, camera_id: str, year: int) -> list[Product]:
    """Return the products of the months, seasons and years that begin in a year, oldest first."""
    sql = f"""
        SELECT * FROM products WHERE camera_id = ? AND night BETWEEN ? AND ? AND kind IN ({_PERIODS}) AND part = ''
        ORDER BY night
    """
    span = f"{year:04d}-01-01", f"{year:04d}-12-31"
    return list(_products(db.query(sql, [camera_id, *span])))


def night_names(db: Database, camera_id: str, year: int) -> set[str]:
    """Return the names of the nights of a year that have products."""
    sql = f"SELECT DISTINCT night FROM products WHERE camera_id = ? AND night BETWEEN ? AND ? AND {_OF_A_NIGHT}"
    span = f"{year:04d}-01-01", f"{year:04d}-12-31"
    return {row["night"] for row in db.query(sql, [camera_id, *span])}


def latest_product(db: Database, camera_id: str, kind: str) -> Product | None:
    """Return the product of this kind of the newest night that has one."""
    sql = """
        SELECT * FROM products WHERE camera_id = ? AND kind = ? AND part = ''
        ORDER BY night DESC LIMIT 1
    """
    return next(_products(db.query(sql, [camera_id, kind])), None)


def newest_keograms(db: Database, first: str, last: str) -> Iterator[Product]:
    """Yield the final keograms of all visible cameras, of the nights ``first`` to ``last``, the newest night first.

    Each is read only when it is asked for.
    """
    sql = """
        SELECT p.* FROM visible_cameras AS c JOIN products AS p ON p.camera_id = c.id
        WHERE kind = 'keogram' AND part = '' AND night BETWEEN ? AND ? AND json_extract(manifest, '$.final')
        ORDER BY night DESC, camera_id
    """
    return _products(db.query(sql, [first, last]))


def neighbour_nights(
    db: Database, camera_id: str, night: str
) -> tuple[str | None, str | None]:
    """Return the nearest earlier and later nights that have products."""
    sql = f"""
        SELECT (SELECT max(night) FROM products WHERE camera_id = :id AND night < :night AND {_OF_A_NIGHT}) AS before,
               (SELECT min(night) FROM products WHERE camera_id = :id AND night > :night AND {_OF_A_NIGHT}) AS after
    """
    row = next(db.query(sql, {"id": camera_id, "night": night}))
    return row["before"], row["after"]


def publication_mark(db: Database, camera_id: str) -> tuple[int | str | None, ...]:
    """Return what is another whenever a whole product of a camera was published, replaced or deleted.

    Each publication is a new row. Of two years of nights only an index is read, in a fifth of a millisecond.
    """
    sql = """
        SELECT n, rows, newest, (SELECT published_utc FROM products WHERE rowid = newest)
        FROM (SELECT count(*) AS n, sum(rowid) AS rows, max(rowid) AS newest FROM products
              WHERE camera_id = ? AND part = '')
    """
    return tuple(db.execute(sql, [camera_id]).fetchone())


def night_range(db: Database, camera_id: str, kind: str) -> tuple[str, str] | None:
    """Return the first and the last night with a product of this kind, or None when there is none."""
    sql = """
        SELECT min(night) AS first, max(night) AS last FROM products WHERE camera_id = ? AND kind = ? AND part = ''
    """
    row = next(db.query(sql, [camera_id, kind]))
    return (row["first"], row["last"]) if row["first"] else None


def product_counts(db: Database, camera_id: str) -> dict[str, int]:
    """Return how many nights, months or years there are of each kind of product."""
    sql = "SELECT kind, count(*) AS n FROM products WHERE camera_id = ? AND part = '' GROUP BY kind"
    return {row["kind"]: row["n"] for row in db.query(sql, [camera_id])}


def live_frames(db: Database) -> dict[str, Live]:
    """Return the newest frame of every camera that has one, by camera ID."""
    return {live.camera_id: live for live in map(_live, db.query("SELECT * FROM live"))}


def live_frame(db: Database, camera_id: str) -> Live | None:
    """Return the newest frame of a camera, or None."""
    rows = db.query("SELECT * FROM live WHERE camera_id = ?", [camera_id])
    return next(map(_live, rows), None)


def set_live(db: Database, live: Live) -> bool:
    """Store the newest frame unless a newer one is there already; return whether it was stored."""
    sql = """
        INSERT INTO live (camera_id, taken_utc, received_utc, sha256, facts, variants) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (camera_id) DO UPDATE SET taken_utc = excluded.taken_utc, received_utc = excluded.received_utc,
        sha256 = excluded.sha256, facts = excluded.facts, variants = excluded.variants
        WHERE excluded.taken_utc > taken_utc
    """
    times = utc_text(live.taken_utc), utc_text(live.received_utc)
    said = live.facts.model_dump_json(), json.dumps(live.variants)
    with writing(db):
        values = [live.camera_id, *times, live.sha256, *said]
        return int(db.execute(sql, values).rowcount) == 1


def _products(rows: Iterator[dict[str, Any]]) -> Iterator[Product]:
    for row in rows:
        yield Product(
            camera_id=row["camera_id"],
            night=row["night"],
            kind=row["kind"],
            part=row["part"],
            published_utc=parse_utc(row["published_utc"]),
            manifest=ProductManifest.model_validate(json.loads(row["manifest"])),
        )


def _live(row: dict[str, Any]) -> Live:
    return Live(
        camera_id=row["camera_id"],
        taken_utc=parse_utc(row["taken_utc"]),
        received_utc=parse_utc(row["received_utc"]),
        sha256=row["sha256"],
        facts=LiveFacts.model_validate_json(row["facts"]),
        variants=json.loads(row["variants"]),
    )
