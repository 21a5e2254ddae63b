"""The durable queue of products for the hub, in `edge.db`.

One row per product, named by its natural key (``night/kind``): a newer revision replaces the queued one, so a product
is in the queue once, however often it was rendered. Files are referenced by path, never copied. A row stays after it
was sent: it says what the hub holds, for the digests of the heartbeat and for sending a night again.
"""

import datetime as dt
import fcntl
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from edge.store import Store, writing
from products.manifest import PERIOD_KINDS, ProductManifest, night_digest, product_key
from products.utc import parse_utc, utc_text

# Small and wanted first; what is not named here comes last.
_ORDER = (
    *("night", "keogram", "startrails", "sqm", "timelapse"),
    *("startrails-timelapse", "timelapse-day"),
    *PERIOD_KINDS,
)

# Which products a row of the table `withheld` means: one kind, or all of the night itself (a month lies under its first
# night, too, but is none of it).
_WITHHELD = """EXISTS (SELECT 1 FROM withheld WHERE withheld.night = {0}night AND (withheld.kind = {0}kind
    OR withheld.kind = '' AND {0}kind NOT IN ({1})))"""
_OF_MONTHS = ", ".join(f"'{kind}'" for kind in PERIOD_KINDS)

migrations = Migrations("outbox")


@migrations()
def m001_outbox(db: Database) -> None:
    """Create the queue."""
    db.table("outbox").create(
        {
            "key": str,
            "night": str,
            "kind": str,
            "part": str,
            "rev": int,
            "priority": int,
            "manifest": str,
            "files": str,
            "state": str,
            "attempts": int,
            "next_attempt_utc": str,
            "last_error": str,
            "sent_sha256": str,
        },
        pk="key",
        not_null={"night", "kind", "part", "rev", "manifest", "files", "state"},
        defaults={"attempts": 0, "last_error": ""},
        strict=True,
    )
    db.execute(
        "CREATE INDEX outbox_queued ON outbox (next_attempt_utc) WHERE state = 'queued'"
    )
    db.table("outbox").create_index(["night"])


@migrations()
def m002_withheld(db: Database) -> None:
    """Keep which nights, or kinds of product of a night, must not be shown; an empty kind means the whole night."""
    db.table("withheld").create(
        {"night": str, "kind": str, "since_utc": str},
        pk=("night", "kind"),
        not_null={"since_utc"},
        strict=True,
    )


@migrations()
def m003_withdrawn(db: Database) -> None:
    """Mark what is in the queue not to be published, but to be taken back."""
    db.table("outbox").add_column("withdrawn", int, not_null_default=0)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A night that must not be shown, or one ``kind`` of its products (empty: all)."""

    night: str
    kind: str
    since_utc: dt.datetime


@dataclass(frozen=True, slots=True)
class QueuedProduct:
    """A product that waits for the hub; ``files`` maps the SHA-256 of each file to its absolute path.

    One that is ``withdrawn`` waits for being taken back there.
    """

    key: str
    night: str
    kind: str
    part: str
    manifest: ProductManifest
    files: Mapping[str, Path]
    attempts: int
    last_error: str
    withdrawn: bool = False

    @property
    def rev(self) -> int:
        """The revision that waits."""
        return self.manifest.rev


class Outbox:
    """The queue of one camera; each program opens its own on its own `Store`."""

    def __init__(self, store: Store) -> None:
        self._data = store.data.resolve()
        self._db = store.db
        with (store.data / "edge.db.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            migrations.apply(self._db)

    def queue_product(
        self,
        night: str,
        kind: str,
        manifest: ProductManifest,
        files: Mapping[str, Path],
        now: dt.datetime,
    ) -> bool:
        """Queue a product, replacing an older revision of it; return False when it is no newer than what is there.

        One that is withheld is kept, but not sent before it is released.
        ``files`` maps the SHA-256 of every file of the manifest to its path; ValueError names those that are missing.
        """
        if lacking := {blob.sha256 for blob in manifest.blobs()} - set(files):
            raise ValueError(
                f"{night}/{kind}: no path for the files {', '.join(sorted(lacking))}"
            )
        sql = f"""
            INSERT INTO outbox (key, night, kind, part, rev, priority, manifest, files, state, next_attempt_utc)
            VALUES (:key, :night, :kind, '', :rev, :priority, :manifest, :files,
            iif({_WITHHELD.format(":", _OF_MONTHS)}, 'withheld', 'queued'), :now)
            ON CONFLICT (key) DO UPDATE SET rev = excluded.rev, manifest = excluded.manifest, files = excluded.files,
            state = excluded.state, withdrawn = 0, attempts = 0, last_error = '',
            next_attempt_utc = excluded.next_attempt_utc
            WHERE excluded.rev > rev
        """
        row = {
            "key": product_key(night, kind),
            "night": night,
            "kind": kind,
            "rev": manifest.rev,
            "priority": _ORDER.index(kind) if kind in _ORDER else len(_ORDER),
            "manifest": manifest.model_dump_json(exclude_none=True),
            "files": json.dumps({name: self._stored(p) for name, p in files.items()}),
            "now": utc_text(now),
        }
        with writing(self._db):
            return int(self._db.execute(sql, row).rowcount) == 1

    def next_product(self, now: dt.datetime) -> QueuedProduct | None:
        """Return the product to send now: small kinds first, then the newest night; None when none is due."""
        sql = """
            SELECT * FROM outbox WHERE state = 'queued' AND next_attempt_utc <= ?
            ORDER BY priority, night DESC, key LIMIT 1
        """
        rows = self._db.query(sql, [utc_text(now)])
        return next((self._product(row) for row in rows), None)

    def next_attempt(self) -> dt.datetime | None:
        """Return when the next product is due, or None when the queue is empty."""
        sql = "SELECT min(next_attempt_utc) AS due FROM outbox WHERE state = 'queued'"
        due = next(self._db.query(sql))["due"]
        return parse_utc(due) if due else None

    def sent(self, product: QueuedProduct) -> None:
        """Record that the hub has published this revision; a newer one that was queued meanwhile stays queued."""
        with writing(self._db):
            self._db.execute(
                "UPDATE outbox SET sent_sha256 = ? WHERE key = ? AND state != 'withheld'",
                [product.manifest.sha256, product.key],
            )
            self._leave(product, "sent", "")

    def give_up(self, product: QueuedProduct, reason: str) -> None:
        """Take this revision out of the queue for good, with the reason; a newer one stays queued."""
        with writing(self._db):
            self._leave(product, "dead", reason)

    def put_off(
        self, product: QueuedProduct, reason: str, until_utc: dt.datetime
    ) -> None:
        """Count a failed attempt and try this revision again later."""
        sql = """
            UPDATE outbox SET attempts = attempts + 1, last_error = ?, next_attempt_utc = ?
            WHERE key = ? AND rev = ? AND state = 'queued'
        """
        with writing(self._db):
            self._db.execute(
                sql, [reason, utc_text(until_utc), product.key, product.rev]
            )

    def queue_night_again(self, night: str, now: dt.datetime) -> int:
        """Queue again what was sent of a night, because the hub says that it has something else; return how many."""
        sql = """
            UPDATE outbox SET state = 'queued', attempts = 0, next_attempt_utc = ?, last_error = ''
            WHERE night = ? AND state = 'sent'
        """
        with writing(self._db):
            return int(self._db.execute(sql, [utc_text(now), night]).rowcount)

    def withhold(self, night: str, kind: str, now: dt.datetime) -> bool:
        """Send no product of a night any more, or none of one kind; return False when it was so already.

        What was sent is no longer named as held by the hub, so that a hub that deleted it is not sent it again.
        """
        sql = f"""
            UPDATE outbox SET state = 'withheld', sent_sha256 = NULL
            WHERE night = ? AND state != 'withheld' AND {_WITHHELD.format("outbox.", _OF_MONTHS)}
        """
        row = [night, kind, utc_text(now)]
        with writing(self._db):
            added = self._db.execute(
                "INSERT OR IGNORE INTO withheld (night, kind, since_utc) VALUES (?, ?, ?)",
                row,
            )
            self._db.execute(sql, [night])
            return int(added.rowcount) == 1

    def release(self, night: str, kind: str, now: dt.datetime) -> bool:
        """Take back `withhold`: what waited is sent again; return False when it was not withheld."""
        sql = f"""
            UPDATE outbox SET state = 'queued', attempts = 0, next_attempt_utc = ?, last_error = ''
            WHERE night = ? AND state = 'withheld' AND NOT {_WITHHELD.format("outbox.", _OF_MONTHS)}
        """
        with writing(self._db):
            removed = self._db.execute(
                "DELETE FROM withheld WHERE night = ? AND kind = ?", [night, kind]
            )
            self._db.execute(sql, [utc_text(now), night])
            return int(removed.rowcount) == 1

    def withdraw(self, night: str, kind: str, now: dt.datetime) -> None:
        """Have the hub take back a product that no longer exists; one that it never had just leaves the queue."""
        key = product_key(night, kind)
        sql = """
            UPDATE outbox SET state = 'queued', withdrawn = 1, attempts = 0, next_attempt_utc = ?, last_error = ''
            WHERE key = ? AND withdrawn = 0
        """
        with writing(self._db):
            self._db.execute(
                "DELETE FROM outbox WHERE key = ? AND sent_sha256 IS NULL", [key]
            )
            self._db.execute(sql, [utc_text(now), key])

    def taken_back(self, product: QueuedProduct) -> None:
        """Record that the hub no longer has a withdrawn product; one that was queued anew meanwhile stays queued."""
        with writing(self._db):
            self._db.execute(
                "DELETE FROM outbox WHERE key = ? AND withdrawn = 1", [product.key]
            )

    def withheld(self) -> list[Withheld]:
        """Return what is withheld, oldest night first."""
        rows = self._db.query("SELECT * FROM withheld ORDER BY night, kind")
        return [
            Withheld(row["night"], row["kind"], parse_utc(row["since_utc"]))
            for row in rows
        ]

    def digests(self, nights: int = 14) -> dict[str, str]:
        """Return the digest of what the hub should hold, for the newest nights of which anything was sent."""
        sql = """
            SELECT night, key, sent_sha256 FROM outbox WHERE sent_sha256 IS NOT NULL AND night IN
            (SELECT DISTINCT night FROM outbox WHERE sent_sha256 IS NOT NULL ORDER BY night DESC LIMIT ?)
        """
        held: dict[str, dict[str, str]] = {}
        for row in self._db.query(sql, [nights]):
            held.setdefault(row["night"], {})[row["key"]] = row["sent_sha256"]
        return {night: night_digest(products) for night, products in held.items()}

    def depth(self) -> dict[str, int]:
        """Return how many products wait, by kind; kinds with none are absent."""
        sql = "SELECT kind, count(*) AS n FROM outbox WHERE state = 'queued' GROUP BY kind"
        return {row["kind"]: row["n"] for row in self._db.query(sql)}

    def waiting(self) -> int:
        """Return how many products wait, in all."""
        return sum(self.depth().values())

    def dead(self) -> list[QueuedProduct]:
        """Return the products that were given up, newest night first; ``last_error`` says why."""
        sql = "SELECT * FROM outbox WHERE state = 'dead' ORDER BY night DESC, key"
        return [self._product(row) for row in self._db.query(sql)]

    def problem(self) -> str:
        """Return a sentence on the newest product that is given up or failed so far; empty when there is none."""
        sql = """
            SELECT key, last_error FROM outbox WHERE state = 'dead' OR state = 'queued' AND attempts > 0
            ORDER BY state, night DESC, key LIMIT 1
        """
        row = next(self._db.query(sql), None)
        return f"{row['key']}: {row['last_error']}" if row else ""

    def _leave(self, product: QueuedProduct, state: str, reason: str) -> None:
        self._db.execute(
            "UPDATE outbox SET state = ?, last_error = ? WHERE key = ? AND rev = ? AND state = 'queued'",
            [state, reason, product.key, product.rev],
        )

    def _stored(self, path: Path) -> str:
        """Return a path relative to the data folder where it is inside, so that the folder may move."""
        whole = path.resolve()
        inside = whole.is_relative_to(self._data)
        return str(whole.relative_to(self._data) if inside else whole)

    def _product(self, row: dict[str, Any]) -> QueuedProduct:
        files = json.loads(row["files"]).items()
        return QueuedProduct(
            key=row["key"],
            night=row["night"],
            kind=row["kind"],
            part=row["part"],
            manifest=ProductManifest.model_validate_json(row["manifest"]),
            files={sha256: self._data / path for sha256, path in files},
            attempts=row["attempts"],
            last_error=row["last_error"],
            withdrawn=bool(row["withdrawn"]),
        )
