"""Changes to the schema of ``hub.db`` for what cameras send, after `hub.db.migrations`; never edit a released one."""

from sqlite_utils import Database

from hub.db.migrations import migrations


@migrations()
def m006_archive_and_events(db: Database) -> None:
    """Create the events; keep hundreds of archive frames a night out of the way of every other query."""
    db.execute("DROP INDEX idx_products_camera_id_kind_night")
    db.execute("""
        CREATE INDEX whole_products_by_kind ON products (camera_id, kind, night, part) WHERE part = ''
    """)
    db.execute("""
        CREATE INDEX whole_products_by_night ON products (camera_id, night, kind, part) WHERE part = ''
    """)
    db.execute("""
        CREATE INDEX frames_by_time ON products (camera_id, part, kind) WHERE kind = 'frame'
    """)
    db.execute("""
        CREATE TABLE events (camera_id TEXT NOT NULL REFERENCES cameras (id), id TEXT NOT NULL, night TEXT NOT NULL,
            taken_utc TEXT NOT NULL, rev INTEGER NOT NULL, sha256 TEXT NOT NULL, event TEXT NOT NULL,
            published_utc TEXT NOT NULL, PRIMARY KEY (camera_id, id)) STRICT
    """)
    db.execute("CREATE INDEX events_by_night ON events (camera_id, night, taken_utc)")


@migrations()
def m007_uploads(db: Database) -> None:
    """Create the files that come in pieces; remember the pixels of every file."""
    db.execute("""
        CREATE TABLE uploads (camera_id TEXT NOT NULL REFERENCES cameras (id), sha256 TEXT NOT NULL,
            size INTEGER NOT NULL, type TEXT NOT NULL, offset INTEGER NOT NULL, piece_utc TEXT NOT NULL,
            PRIMARY KEY (camera_id, sha256)) STRICT, WITHOUT ROWID
    """)
    db.execute("ALTER TABLE blobs ADD COLUMN width INTEGER")
    db.execute("ALTER TABLE blobs ADD COLUMN height INTEGER")


@migrations()
def m008_tombstones_and_trash(db: Database) -> None:
    """Create the last word on what was deleted, and the trash from which it can be taken back."""
    db.execute("""
        CREATE TABLE tombstones (seq INTEGER PRIMARY KEY, camera_id TEXT NOT NULL REFERENCES cameras (id),
            key TEXT NOT NULL, deleted INTEGER NOT NULL, said_utc TEXT NOT NULL, who TEXT NOT NULL,
            UNIQUE (camera_id, key)) STRICT
    """)
    db.execute("CREATE INDEX tombstones_since ON tombstones (camera_id, seq)")
    db.execute("""
        CREATE TABLE trash (camera_id TEXT NOT NULL REFERENCES cameras (id), key TEXT NOT NULL, content TEXT NOT NULL,
            published_utc TEXT NOT NULL, deleted_utc TEXT NOT NULL, PRIMARY KEY (camera_id, key)) STRICT
    """)
    db.execute("CREATE INDEX trash_by_age ON trash (deleted_utc)")
    db.execute("""
        CREATE TABLE trash_blobs (sha256 TEXT NOT NULL REFERENCES blobs (sha256), camera_id TEXT NOT NULL,
            key TEXT NOT NULL, PRIMARY KEY (sha256, camera_id, key),
            FOREIGN KEY (camera_id, key) REFERENCES trash (camera_id, key) ON DELETE CASCADE) STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE INDEX trash_blobs_by_key ON trash_blobs (camera_id, key)")


@migrations()
def m009_usage_and_clocks(db: Database) -> None:
    """Count what cameras send; remember how far their clocks are off."""
    db.execute("""
        CREATE TABLE usage (camera_id TEXT NOT NULL REFERENCES cameras (id), counted TEXT NOT NULL,
            start_utc TEXT NOT NULL, amount INTEGER NOT NULL,
            PRIMARY KEY (camera_id, counted, start_utc)) STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE INDEX usage_by_age ON usage (start_utc)")
    db.execute("""
        CREATE TABLE clocks (camera_id TEXT PRIMARY KEY REFERENCES cameras (id), quality TEXT NOT NULL,
            skew_s REAL NOT NULL, seen_utc TEXT NOT NULL) STRICT, WITHOUT ROWID
    """)
