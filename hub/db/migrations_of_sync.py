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
    db.execute("CREATE INDEX events_by_time ON events (taken_utc)")
    db.execute("CREATE INDEX events_of_camera ON events (camera_id, taken_utc)")
