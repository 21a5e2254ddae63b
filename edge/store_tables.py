"""The tables of `edge.db`: every change ever made to them, in order; a released one is never edited."""

from sqlite_utils import Database, Migrations

migrations = Migrations("edge")


@migrations(transactional=False)
def m001_wal(db: Database) -> None:
    """Let programs read while another one writes."""
    db.enable_wal()


@migrations()
def m002_frames_readings_nights_states(db: Database) -> None:
    """Create the first tables."""
    db.table("frames").create(
        {
            "path": str,
            "night": str,
            "taken_utc": str,
            "exposure_us": int,
            "gain": float,
            "width": int,
            "height": int,
            "bytes": int,
            "sun_altitude_deg": float,
            "background": float,
            "sensor_temperature_c": float,
        },
        pk="path",
        not_null={"night", "taken_utc", "width", "height", "bytes"},
        strict=True,
    )
    db.table("frames").create_index(["night", "taken_utc"])
    db.table("frames").create_index(["taken_utc"])
    db.table("readings").create(
        {
            "id": int,
            "taken_utc": str,
            "sensor": str,
            "quantity": str,
            "value": float,
            "unit": str,
            "sent": int,
        },
        pk="id",
        not_null={"taken_utc", "sensor", "quantity", "value", "unit", "sent"},
        defaults={"sent": 0},
        strict=True,
    )
    db.table("readings").create_index(["sensor", "quantity", "taken_utc"], unique=True)
    db.execute("CREATE INDEX readings_unsent ON readings (id) WHERE sent = 0")
    db.table("nights").create(
        {"night": str, "finished_utc": str, "rev": int, "note": str},
        pk="night",
        not_null={"rev"},
        defaults={"rev": 0},
        strict=True,
    )
    db.table("states").create(
        {
            "program": str,
            "state": str,
            "reason": str,
            "since_utc": str,
            "next_utc": str,
        },
        pk="program",
        not_null={"state", "reason", "since_utc"},
        strict=True,
    )


@migrations()
def m003_stars_and_events(db: Database) -> None:
    """Keep how many stars a frame shows, and what happened in the sky: an id that stays, a revision that grows."""
    db.table("frames").add_column("stars", int)
    db.table("events").create(
        {
            "id": str,
            "rev": int,
            "kind": str,
            "state": str,
            "night": str,
            "taken_utc": str,
            "frame": str,
            "picture": str,
            "start_x_px": float,
            "start_y_px": float,
            "end_x_px": float,
            "end_y_px": float,
            "length_px": float,
            "peak": float,
            "significance": float,
            "brightness": float,
            "profile": str,
        },
        pk="id",
        not_null={"rev", "kind", "state", "night", "taken_utc", "frame"},
        strict=True,
    )
    db.table("events").create_index(["night", "taken_utc"])


@migrations()
def m004_favourite_nights(db: Database) -> None:
    """Let the owner say which nights always stay."""
    db.table("nights").add_column("favourite", int, not_null_default=0)


@migrations()
def m005_highlights(db: Database) -> None:
    """Keep all that the exposure control learns from a frame: after a restart it goes on as if there were none."""
    db.table("frames").add_column("highlight", float)
    db.table("frames").add_column("saturated", float)


@migrations()
def m006_quality_and_history(db: Database) -> None:
    """Mark what a sensor cannot have measured; keep lowest, mean, highest and count of every hour and day."""
    db.table("readings").add_column("quality", str, not_null_default="")
    db.execute("""
        CREATE TABLE rollups (sensor TEXT NOT NULL, quantity TEXT NOT NULL, unit TEXT NOT NULL, span TEXT NOT NULL,
            start_utc TEXT NOT NULL, lowest REAL NOT NULL, total REAL NOT NULL, highest REAL NOT NULL,
            count INTEGER NOT NULL, PRIMARY KEY (sensor, quantity, span, start_utc)) STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE TABLE rolled_up (last_id INTEGER NOT NULL) STRICT")
    db.execute("INSERT INTO rolled_up VALUES (0)")
    db.execute("CREATE INDEX readings_time ON readings (taken_utc)")


@migrations()
def m007_time_not_known_yet(db: Database) -> None:
    """Hold what was taken before the time was known, with the seconds since its boot, until that boot has a time."""
    db.execute("""
        CREATE TABLE boots (number INTEGER PRIMARY KEY, boot_id TEXT NOT NULL UNIQUE, zero_utc TEXT, source TEXT,
            after_utc TEXT, before_utc TEXT) STRICT
    """)
    db.execute("""
        CREATE TABLE held_readings (id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL REFERENCES boots (boot_id),
            monotonic_s REAL NOT NULL, sensor TEXT NOT NULL, quantity TEXT NOT NULL, value REAL NOT NULL,
            unit TEXT NOT NULL, quality TEXT NOT NULL, UNIQUE (boot_id, sensor, quantity, monotonic_s)) STRICT
    """)
    db.execute("""
        CREATE TABLE held_frames (path TEXT PRIMARY KEY, boot_id TEXT NOT NULL REFERENCES boots (boot_id),
            monotonic_s REAL NOT NULL, facts TEXT NOT NULL) STRICT
    """)


@migrations()
def m008_agreement_with_the_hub(db: Database) -> None:
    """Count by UTC day which readings the hub has; keep how far comparing has come, and what it has of the events.

    Until now what is private or was refused looks as if the hub had it: its day is sent once more, and counted right.
    """
    db.execute("""
        CREATE TABLE confirmed_days (day TEXT PRIMARY KEY, readings INTEGER NOT NULL, asked INTEGER)
            STRICT, WITHOUT ROWID
    """)
    db.execute("""
        INSERT INTO confirmed_days (day, readings)
        SELECT substr(taken_utc, 1, 10) AS day, count(*) FROM readings WHERE sent = 1 GROUP BY day
    """)
    db.execute("DROP INDEX readings_unsent")
    db.execute("CREATE INDEX readings_unsent ON readings (taken_utc) WHERE sent = 0")
    db.execute(
        "CREATE TABLE positions (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID"
    )
    db.execute("""
        CREATE TABLE event_sending (id TEXT PRIMARY KEY, night TEXT NOT NULL, rev INTEGER NOT NULL, sha256 TEXT,
            state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_utc TEXT, problem TEXT NOT NULL DEFAULT '')
            STRICT, WITHOUT ROWID
    """)
    db.execute("CREATE INDEX event_sending_night ON event_sending (night)")
