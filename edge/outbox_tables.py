"""The tables of the queue in `edge.db`: every change ever made to them, in order; a released one is never edited."""

from sqlite_utils import Database, Migrations

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


@migrations()
def m004_lanes_ledger_leases(db: Database) -> None:
    """Queue in lanes under leases; what the hub has confirmed gets a ledger of its own, which outlives the queue.

    Of a product that was sent before and waits again in a newer revision, only the hash of the older one is known:
    it has no manifest in the ledger until the newer one is confirmed.
    """
    _make_ledger(db)
    for column in (
        "lane TEXT NOT NULL DEFAULT ''",
        "sha256 TEXT NOT NULL DEFAULT ''",
        "size INTEGER NOT NULL DEFAULT 0",
        "queued_utc TEXT",
        "done_utc TEXT",
    ):
        db.execute(f"ALTER TABLE outbox ADD COLUMN {column}")
    db.execute("""
        UPDATE outbox SET sha256 = manifest ->> '$.sha256', size = manifest ->> '$.size', queued_utc = next_attempt_utc,
        lane = CASE WHEN kind LIKE 'startrails-t%' OR kind LIKE 'timelapse%' OR kind LIKE '%-video' THEN 'timelapse'
        WHEN kind LIKE 'startrails%' THEN 'startrails' ELSE 'keogram' END
    """)
    db.execute("ALTER TABLE outbox DROP COLUMN sent_sha256")
    db.execute("DROP INDEX outbox_queued")
    db.execute(
        "CREATE INDEX outbox_queued ON outbox (lane, priority, night) WHERE state = 'queued'"
    )
    db.execute("""
        CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until_utc TEXT NOT NULL) STRICT, WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE lanes (name TEXT PRIMARY KEY, succeeded_utc TEXT, failures INTEGER NOT NULL DEFAULT 0,
            problem TEXT NOT NULL DEFAULT '', next_utc TEXT) STRICT, WITHOUT ROWID
    """)
    db.execute("""
        CREATE TABLE traffic (month TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID
    """)
    _withhold_parts(db)


@migrations()
def m005_in_the_order_of_sending(db: Database) -> None:
    """Find what is next in a lane without looking at all that waits in it: of a long outage that is thousands."""
    db.execute("DROP INDEX outbox_queued")
    db.execute("""
        CREATE INDEX outbox_queued ON outbox (lane, priority, night DESC, size, part DESC) WHERE state = 'queued'
    """)


def _make_ledger(db: Database) -> None:
    db.execute("""
        CREATE TABLE published (key TEXT PRIMARY KEY, night TEXT NOT NULL, kind TEXT NOT NULL, part TEXT NOT NULL,
            rev INTEGER NOT NULL, sha256 TEXT NOT NULL, manifest TEXT, files TEXT, published_utc TEXT) STRICT
    """)
    db.execute("""
        INSERT INTO published SELECT key, night, kind, part, iif(known, rev, 0), sent_sha256,
        iif(known, manifest, NULL), iif(known, files, NULL), NULL FROM
        (SELECT *, manifest ->> '$.sha256' = sent_sha256 AS known FROM outbox WHERE sent_sha256 IS NOT NULL)
    """)
    db.execute("CREATE INDEX published_night ON published (night)")
    db.execute("CREATE INDEX published_kind ON published (kind, part)")


def _withhold_parts(db: Database) -> None:
    """Let a part of a product be withheld; an empty part means all of them."""
    db.execute("ALTER TABLE withheld RENAME TO withheld_before")
    db.execute("""
        CREATE TABLE withheld (night TEXT NOT NULL, kind TEXT NOT NULL, part TEXT NOT NULL DEFAULT '',
            since_utc TEXT NOT NULL, PRIMARY KEY (night, kind, part)) STRICT
    """)
    db.execute(
        "INSERT INTO withheld SELECT night, kind, '', since_utc FROM withheld_before"
    )
    db.execute("DROP TABLE withheld_before")
