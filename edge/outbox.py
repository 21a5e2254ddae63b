"""The durable queue of products for the hub, in `edge.db`.

One row per product, named by its natural key (``night/kind`` or ``night/kind/part``): a newer revision replaces the
queued one, so a product is in the queue once, however often it was rendered. Files are referenced by path, never
copied. What the hub has confirmed goes into the `Ledger`; its row in the queue stays for a week.
"""

import datetime as dt
import fcntl
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.outbox_leases import Leases
from edge.outbox_ledger import WITHHELD, Ledger
from edge.outbox_rows import (
    BACKFILL,
    QueuedProduct,
    lane_of,
    priority_of,
    queued_product,
    stored_files,
)
from edge.outbox_tables import migrations
from edge.store import Store, writing
from products.manifest import ProductManifest, product_key
from products.utc import parse_utc, utc_text

KEEP_SENT = dt.timedelta(days=7)
_FURTHEST_ATTEMPT = dt.timedelta(hours=25)
_MOST_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Withheld:
    """A night that must not be shown, or one ``kind`` of its products (empty: all), or one ``part`` of it."""

    night: str
    kind: str
    since_utc: dt.datetime
    part: str = ""


class Outbox:
    """The queue of one camera; each program opens its own on its own `Store`."""

    def __init__(self, store: Store) -> None:
        self._data = store.data.resolve()
        self._db = store.db
        with (store.data / "edge.db.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            migrations.apply(self._db)
        self.ledger = Ledger(self._db, self._data)
        self.leases = Leases(self._db)

    def queue_product(
        self,
        night: str,
        kind: str,
        manifest: ProductManifest,
        files: Mapping[str, Path],
        now: dt.datetime,
    ) -> bool:
        """Queue a product, replacing an older revision of it; return False when it is no newer than what is there.

        ``kind`` may be ``kind/part``. One that is withheld is kept, but not sent before it is released.
        ``files`` maps the SHA-256 of every file of the manifest to its path; ValueError names those that are missing.
        """
        if lacking := {blob.sha256 for blob in manifest.blobs()} - set(files):
            raise ValueError(
                f"{night}/{kind}: no path for the files {', '.join(sorted(lacking))}"
            )
        kind, _, part = kind.partition("/")
        sql = f"""
            INSERT INTO outbox (key, night, kind, part, rev, lane, priority, sha256, size, manifest, files, state,
            queued_utc, next_attempt_utc)
            SELECT :key, :night, :kind, :part, :rev, :lane, :priority, :sha256, :size, :manifest, :files,
            iif({WITHHELD.format(":")}, 'withheld', 'queued'), :now, :now
            WHERE NOT EXISTS (SELECT 1 FROM published WHERE key = :key AND rev >= :rev)
            ON CONFLICT (key) DO UPDATE SET rev = excluded.rev, lane = excluded.lane, priority = excluded.priority,
            sha256 = excluded.sha256, size = excluded.size, manifest = excluded.manifest, files = excluded.files,
            state = excluded.state, queued_utc = excluded.queued_utc, next_attempt_utc = excluded.next_attempt_utc,
            withdrawn = 0, attempts = 0, last_error = '', done_utc = NULL
            WHERE excluded.rev > rev
        """
        row = {
            "key": product_key(night, kind, part),
            "night": night,
            "kind": kind,
            "part": part,
            "rev": manifest.rev,
            "lane": lane_of(kind),
            "priority": priority_of(kind),
            "sha256": manifest.sha256,
            "size": manifest.size,
            "manifest": manifest.model_dump_json(exclude_none=True),
            "files": stored_files(self._data, files),
            "now": utc_text(now),
        }
        with writing(self._db):
            return int(self._db.execute(sql, row).rowcount) == 1

    def due(
        self, now: dt.datetime, lane: str = "", without: Collection[str] = ()
    ) -> Iterator[QueuedProduct]:
        """Yield what may be sent now and no other sender has, of a lane or of all, most urgent first.

        Within a lane small kinds go first, and then the newest night; kinds named in ``without`` rest. An attempt that
        is put off for longer than anything ever is was put off by a clock that ran ahead.
        """
        sql = f"""
            SELECT * FROM outbox WHERE state = 'queued' {"AND lane = :lane" if lane else ""}
            AND NOT next_attempt_utc BETWEEN :soon AND :furthest
            AND kind NOT IN (SELECT value FROM json_each(:without))
            ORDER BY priority, night DESC, size, part DESC LIMIT :most
        """
        values = {
            "lane": lane,
            "without": json.dumps(list(without)),
            "soon": utc_text(now + dt.timedelta(milliseconds=1)),
            "furthest": utc_text(now + _FURTHEST_ATTEMPT),
            "most": _MOST_LOOKED_AT,
        }
        taken = self.leases.taken_by_others(now)
        for row in list(self._db.query(sql, values)):
            if row["key"] not in taken:
                yield queued_product(self._data, row)

    def next_product(self, now: dt.datetime, lane: str = "") -> QueuedProduct | None:
        """Return the first product that is due; None when none is."""
        return next(self.due(now, lane), None)

    def sent(self, product: QueuedProduct, now: dt.datetime) -> None:
        """Record that the hub has published this revision; a newer one that was queued meanwhile stays queued."""
        with writing(self._db):
            self.ledger.enter(product, now)
            self._leave(product, "sent", "", now)

    def give_up(self, product: QueuedProduct, reason: str, now: dt.datetime) -> None:
        """Take this revision out of the queue for good, with the reason; a newer one stays queued."""
        with writing(self._db):
            self._leave(product, "dead", reason, now)

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

    def retry_dead(self, now: dt.datetime) -> int:
        """Queue again what was given up, and try at once what was put off; return how many were given up."""
        sql = """
            UPDATE outbox SET state = 'queued', attempts = 0, last_error = '', next_attempt_utc = :now, done_utc = NULL
            WHERE state = :state
        """
        with writing(self._db):
            self._db.execute(sql, {"now": utc_text(now), "state": "queued"})
            dead = self._db.execute(sql, {"now": utc_text(now), "state": "dead"})
            return int(dead.rowcount)

    def purge(self, now: dt.datetime) -> int:
        """Remove the rows of what was sent more than a week ago; return how many."""
        sql = "DELETE FROM outbox WHERE state = 'sent' AND coalesce(done_utc, '') < ?"
        with writing(self._db):
            removed = self._db.execute(sql, [utc_text(now - KEEP_SENT)])
            return int(removed.rowcount)

    def withhold(self, night: str, kind: str, now: dt.datetime, part: str = "") -> bool:
        """Send no product of a night any more, or none of one kind, or not one part; return False if it was so already.

        The hub is no longer believed to show it, so that a hub that deleted it is not sent it again.
        """
        sql = f"""
            UPDATE outbox SET state = 'withheld'
            WHERE night = ? AND state != 'withheld' AND {WITHHELD.format("outbox.")}
        """
        row = [night, kind, part, utc_text(now)]
        with writing(self._db):
            added = self._db.execute(
                "INSERT OR IGNORE INTO withheld (night, kind, part, since_utc) VALUES (?, ?, ?, ?)",
                row,
            )
            self._db.execute(sql, [night])
            return int(added.rowcount) == 1

    def release(self, night: str, kind: str, now: dt.datetime, part: str = "") -> bool:
        """Take back `withhold`: what waited or was there is sent again; return False when it was not withheld."""
        sql = f"""
            UPDATE outbox SET state = 'queued', attempts = 0, next_attempt_utc = ?, last_error = '', done_utc = NULL
            WHERE night = ? AND state = 'withheld' AND NOT {WITHHELD.format("outbox.")}
        """
        with writing(self._db):
            removed = self._db.execute(
                "DELETE FROM withheld WHERE night = ? AND kind = ? AND part = ?",
                [night, kind, part],
            )
            self._db.execute(sql, [utc_text(now), night])
            if removed.rowcount:
                self.ledger.queue_released(night, now)
            return int(removed.rowcount) == 1

    def withheld(self) -> list[Withheld]:
        """Return what is withheld, oldest night first."""
        rows = self._db.query("SELECT * FROM withheld ORDER BY night, kind, part")
        return [
            Withheld(**row | {"since_utc": parse_utc(row["since_utc"])}) for row in rows
        ]

    def files_of(self, key: str) -> list[Path]:
        """Return the files of a product, as it waits and as the hub has it."""
        sql = "SELECT files FROM outbox WHERE key = :key UNION SELECT files FROM published WHERE key = :key"
        found = [
            path
            for row in self._db.query(sql, {"key": key})
            for path in json.loads(row["files"] or "{}").values()
        ]
        return [self._data / path for path in dict.fromkeys(found)]

    def forget(self, key: str, rev: int | None = None) -> None:
        """Forget a product whose files are gone: it cannot be sent again. With ``rev`` a newer one stays queued."""
        sql = "DELETE FROM outbox WHERE key = ? AND rev = coalesce(?, rev)"
        with writing(self._db):
            self.ledger.strike(key)
            self._db.execute(sql, [key, rev])

    def raise_revision(self, product: QueuedProduct, above: int) -> None:
        """Queue a product under a revision above the hub's, of which this camera no longer knows."""
        rev = above + 1
        sql = """
            UPDATE outbox SET rev = :rev, manifest = json_set(manifest, '$.rev', :rev)
            WHERE key = :key AND rev = :before AND state = 'queued'
        """
        row = {"rev": rev, "key": product.key, "before": product.rev}
        with writing(self._db):
            self._db.execute(sql, row)
            self._db.execute(
                "INSERT INTO nights (night, rev) VALUES (?, ?) "
                "ON CONFLICT (night) DO UPDATE SET rev = max(rev, excluded.rev)",
                [product.night, rev],
            )

    def withdraw(self, night: str, kind: str, now: dt.datetime) -> None:
        """Have the hub take back a product that no longer exists; one that it never had just leaves the queue."""
        key = product_key(night, kind)
        unknown = "key = ? AND key NOT IN (SELECT key FROM published)"
        # The ledger lacks a manifest only while the queue has one.
        sql = """
            INSERT INTO outbox (key, night, kind, part, rev, lane, priority, sha256, size, manifest, files, state,
            queued_utc, next_attempt_utc, withdrawn)
            SELECT key, night, kind, part, rev, :lane, :priority, sha256, 0, coalesce(manifest, '{}'), '{}', 'queued',
            :now, :now, 1 FROM published WHERE key = :key
            ON CONFLICT (key) DO UPDATE SET state = 'queued', withdrawn = 1, attempts = 0, last_error = '',
            next_attempt_utc = excluded.next_attempt_utc, done_utc = NULL WHERE withdrawn = 0
        """
        row = {
            "key": key,
            "lane": lane_of(kind),
            "priority": priority_of(kind),
            "now": utc_text(now),
        }
        with writing(self._db):
            self._db.execute(f"DELETE FROM outbox WHERE {unknown}", [key])
            self._db.execute(sql, row)

    def taken_back(self, product: QueuedProduct) -> None:
        """Record that the hub no longer has a withdrawn product; one that was queued anew meanwhile stays queued."""
        with writing(self._db):
            self.ledger.strike(product.key)
            self._db.execute(
                "DELETE FROM outbox WHERE key = ? AND withdrawn = 1", [product.key]
            )

    def nights_at_work(self) -> set[str]:
        """Return the nights of which something new waits: what the hub has of them is about to change."""
        sql = "SELECT DISTINCT night FROM outbox WHERE state = 'queued' AND attempts = 0 AND lane != ?"
        return {row["night"] for row in self._db.query(sql, [BACKFILL])}

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
        return [queued_product(self._data, row) for row in self._db.query(sql)]

    def has_part_between(self, kind: str, first: str, end: str) -> bool:
        """Say whether a part of a kind, from ``first`` until before ``end``, is queued or was confirmed."""
        sql = """
            SELECT 1 FROM outbox WHERE kind = :kind AND part >= :first AND part < :end
            UNION ALL SELECT 1 FROM published WHERE kind = :kind AND part >= :first AND part < :end LIMIT 1
        """
        found = self._db.query(sql, {"kind": kind, "first": first, "end": end})
        return next(found, None) is not None

    def dead_count(self) -> int:
        """Return how many products were given up."""
        sql = "SELECT count(*) AS n FROM outbox WHERE state = 'dead'"
        return int(next(self._db.query(sql))["n"])

    def problem(self) -> str:
        """Return a sentence on the newest product that is given up or failed so far; empty when there is none."""
        sql = """
            SELECT key, last_error FROM outbox WHERE state = 'dead' OR state = 'queued' AND attempts > 0
            ORDER BY state, night DESC, key LIMIT 1
        """
        row = next(self._db.query(sql), None)
        return f"{row['key']}: {row['last_error']}" if row else ""

    def _leave(
        self, product: QueuedProduct, state: str, reason: str, now: dt.datetime
    ) -> None:
        self._db.execute(
            "UPDATE outbox SET state = ?, last_error = ?, done_utc = ? WHERE key = ? AND rev = ? AND state = 'queued'",
            [state, reason, utc_text(now), product.key, product.rev],
        )
