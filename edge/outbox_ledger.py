"""The ledger: what the hub has confirmed. It outlives the rows of the queue; digests and refilling are made from it."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from sqlite_utils import Database

from edge.outbox_rows import (
    BACKFILL,
    OF_PERIODS,
    QueuedProduct,
    priority_of,
    stored_files,
)
from edge.store import writing
from products.utc import utc_text

# Which products a row of the table `withheld` means: one part, one kind, or all of the night itself (a month lies
# under its first night, too, but is none of it).
WITHHELD = f"""EXISTS (SELECT 1 FROM withheld WHERE withheld.night = {{0}}night
    AND (withheld.kind = {{0}}kind AND withheld.part IN ('', {{0}}part)
    OR withheld.kind = '' AND {{0}}kind NOT IN ({OF_PERIODS})))"""
_SHOWN = f"NOT {WITHHELD.format('published.')}"


class Ledger:
    """What the hub has of this camera, as far as the camera knows."""

    def __init__(self, db: Database, data: Path) -> None:
        self._db, self._data = db, data

    def enter(self, product: QueuedProduct, now: dt.datetime) -> None:
        """Write down that the hub has this revision; within the transaction of the caller."""
        sql = """
            INSERT OR REPLACE INTO published (key, night, kind, part, rev, sha256, manifest, files, published_utc)
            VALUES (:key, :night, :kind, :part, :rev, :sha256, :manifest, :files, :now)
        """
        manifest = product.manifest
        self._db.execute(
            sql,
            {
                "key": product.key,
                "night": product.night,
                "kind": product.kind,
                "part": product.part,
                "rev": manifest.rev,
                "sha256": manifest.sha256,
                "manifest": manifest.model_dump_json(
                    exclude_none=True, exclude_defaults=True
                ),
                "files": stored_files(self._data, product.files),
                "now": utc_text(now),
            },
        )

    def strike(self, key: str) -> None:
        """Write down that the hub no longer has a product; within the transaction of the caller."""
        self._db.execute("DELETE FROM published WHERE key = ?", [key])

    def nights(self) -> list[str]:
        """Return the nights of which the hub has confirmed anything, newest first; each costs one step in the index."""
        sql = """
            WITH RECURSIVE nights (night) AS (
                SELECT max(night) FROM published UNION ALL
                SELECT (SELECT max(night) FROM published WHERE night < nights.night) FROM nights WHERE night IS NOT NULL
            ) SELECT night FROM nights WHERE night IS NOT NULL"""
        return [row["night"] for row in self._db.query(sql)]

    def held(self, nights: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return, for each of these nights of which the hub should show anything, product key -> SHA-256."""
        sql = f"SELECT key, sha256 FROM published WHERE night = ? AND {_SHOWN}"
        found = {
            night: {row["key"]: row["sha256"] for row in self._db.query(sql, [night])}
            for night in nights
        }
        return {night: held for night, held in found.items() if held}

    def queue_night_again(self, night: str, now: dt.datetime) -> int:
        """Queue again what the hub should show of a night but has differently; return how many.

        What waits already is left alone, and what is dead stays dead.
        """
        with writing(self._db):
            return self._queue_again(
                f"night = :night AND {_SHOWN}", now, {"night": night}
            )

    def queue_released(self, night: str, now: dt.datetime) -> int:
        """Queue again what a night has that the queue no longer knows; within the transaction of the caller."""
        where = f"night = :night AND {_SHOWN} AND key NOT IN (SELECT key FROM outbox)"
        return self._queue_again(where, now, {"night": night})

    def _queue_again(self, where: str, now: dt.datetime, values: dict[str, str]) -> int:
        sql = f"""
            INSERT INTO outbox (key, night, kind, part, rev, lane, priority, sha256, size, manifest, files, state,
            queued_utc, next_attempt_utc)
            SELECT key, night, kind, part, rev, '{BACKFILL}', :last, sha256, manifest ->> '$.size', manifest, files,
            'queued', :now, :now FROM published WHERE manifest IS NOT NULL AND {where}
            ON CONFLICT (key) DO UPDATE SET state = 'queued', lane = excluded.lane, attempts = 0, last_error = '',
            queued_utc = excluded.queued_utc, next_attempt_utc = excluded.next_attempt_utc, done_utc = NULL
            WHERE outbox.state = 'sent'
        """
        row = values | {"now": utc_text(now), "last": priority_of("")}
        return int(self._db.execute(sql, row).rowcount)
