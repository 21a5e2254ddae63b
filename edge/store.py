"""Where things are on the camera's disk, and `edge.db`: frames, readings, nights and what each program is doing.

The folder and file names are part of the public layout (``docs/architecture.md``). Files are written with
`products.files.written_atomically`.
"""

import contextlib
import datetime as dt
import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from edge.store_tables import migrations
from products.utc import parse_utc, utc_text

FRAME_TIME = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One stored frame.

    ``path`` is relative to the data folder; ``background`` is the sky's level and ``highlight`` that of its brightest
    hundredth, 0-255; ``saturated`` is the part of the sky that is white; ``stars`` is how many were found, None where
    nobody looked.
    """

    path: str
    night: str
    taken_utc: dt.datetime
    width: int
    height: int
    bytes: int
    exposure_us: int | None = None
    gain: float | None = None
    sun_altitude_deg: float | None = None
    background: float | None = None
    sensor_temperature_c: float | None = None
    stars: int | None = None
    highlight: float | None = None
    saturated: float | None = None


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """One stored reading, with the row it has in `edge.db`."""

    id: int
    taken_utc: dt.datetime
    sensor: str
    quantity: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class ProgramState:
    """What a program is doing, why, since when, and when it will do something next."""

    program: str
    state: str
    reason: str
    since_utc: dt.datetime
    next_utc: dt.datetime | None


class Store:
    """The data folder of one camera. Each program opens its own; SQLite keeps them apart."""

    def __init__(self, data: Path) -> None:
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        self.db = Database(sqlite3.connect(data / "edge.db", timeout=30))
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.execute("PRAGMA synchronous = NORMAL")
        with (data / "edge.db.lock").open(
            "w"
        ) as lock:  # programs start together; only one may migrate
            fcntl.flock(lock, fcntl.LOCK_EX)
            migrations.apply(self.db)

    def close(self) -> None:
        """Close the database."""
        self.db.close()

    @property
    def scratch(self) -> Path:
        """The folder in memory for what grows with every frame; on disk only where there is no /dev/shm.

        It is a cache of what the stored frames say: losing it costs time, never a product. The variable ALLSKY_SCRATCH
        names another place than /dev/shm.
        """
        name = hashlib.sha256(str(self.data.resolve()).encode()).hexdigest()[:12]
        memory = Path(os.environ.get("ALLSKY_SCRATCH", "/dev/shm"))
        if not os.access(memory, os.W_OK):
            return self.data / "scratch"
        return memory / f"allsky-edge-{name}"

    def frames_folder(self, night: str) -> Path:
        """Return the folder of the night's frames."""
        return self.data / "frames" / night

    def products_folder(self, night: str) -> Path:
        """Return the folder of the night's products."""
        return self.data / "products" / night

    def frame_path(self, night: str, taken_utc: dt.datetime) -> Path:
        """Return a free path for a frame; a second frame of the same second is named with its milliseconds."""
        folder, stem = self.frames_folder(night), taken_utc.strftime(FRAME_TIME)
        path = folder / f"{stem}Z.jpg"
        return (
            folder / f"{stem}.{taken_utc.microsecond // 1000:03d}Z.jpg"
            if path.exists()
            else path
        )

    def add_frame(self, frame: FrameRecord) -> None:
        """Record a frame whose file is in place; the same path again replaces the row."""
        row = asdict(frame) | {"taken_utc": utc_text(frame.taken_utc)}
        with writing(self.db):
            self.db.table("frames").upsert(row, pk="path")

    def frames(self, night: str) -> list[FrameRecord]:
        """Return the frames of a night in the order of their time."""
        rows = self.db.query(
            "SELECT * FROM frames WHERE night = ? ORDER BY taken_utc, path", [night]
        )
        return [_frame(row) for row in rows]

    def frame_count(self, since: dt.datetime) -> int:
        """Return how many frames were taken at or after a moment."""
        sql = "SELECT count(*) AS n FROM frames WHERE taken_utc >= ?"
        return int(next(self.db.query(sql, [utc_text(since)]))["n"])

    def has_frame(self, taken_utc: dt.datetime) -> bool:
        """Say whether a frame of exactly this moment is stored."""
        sql = "SELECT 1 FROM frames WHERE taken_utc = ?"
        return next(self.db.query(sql, [utc_text(taken_utc)]), None) is not None

    def last_frame(self) -> FrameRecord | None:
        """Return the newest frame of all, or None."""
        rows = self.db.query("SELECT * FROM frames ORDER BY taken_utc DESC LIMIT 1")
        return next((_frame(row) for row in rows), None)

    def latest_frames(self, count: int) -> list[FrameRecord]:
        """Return the newest frames of all, so many at most, in the order of their time."""
        sql = "SELECT * FROM frames ORDER BY taken_utc DESC LIMIT ?"
        return [_frame(row) for row in self.db.query(sql, [count])][::-1]

    def nights_with_frames(self) -> list[str]:
        """Return the names of all nights that have frames, oldest first."""
        return [
            row["night"]
            for row in self.db.query("SELECT DISTINCT night FROM frames ORDER BY night")
        ]

    def add_readings(
        self, taken_utc: dt.datetime, readings: Iterable[dict[str, Any]]
    ) -> None:
        """Append one round of readings (keys sensor, quantity, value, unit); one already there is left alone."""
        self.add_rounds([(taken_utc, readings)])

    def add_rounds(
        self, rounds: Iterable[tuple[dt.datetime, Iterable[dict[str, Any]]]]
    ) -> None:
        """Append several rounds of readings in one transaction, which spares an SD card."""
        # All rows have the same keys: the columns that are written are those of the first.
        rows = [
            {"quality": "", **reading, "taken_utc": utc_text(taken_utc)}
            for taken_utc, readings in rounds
            for reading in readings
        ]
        with writing(self.db):
            self.db.table("readings").insert_all(rows, ignore=True)

    def readings_between(
        self, quantity: str, start: dt.datetime, end: dt.datetime
    ) -> dict[str, list[tuple[dt.datetime, float]]]:
        """Return what each sensor read of a quantity from ``start`` until before ``end``, in the order of time.

        Sensors without any are absent. Every step searches an index: 2 ms for a night among a million readings.
        """
        sql = """
            WITH RECURSIVE sensors (sensor) AS (
                SELECT min(sensor) FROM readings UNION ALL SELECT (SELECT min(sensor) FROM readings
                WHERE sensor > sensors.sensor) FROM sensors WHERE sensor IS NOT NULL
            )
            SELECT sensor, taken_utc, value FROM sensors CROSS JOIN readings USING (sensor)
            WHERE quantity = ? AND taken_utc >= ? AND taken_utc < ? ORDER BY taken_utc"""
        found: dict[str, list[tuple[dt.datetime, float]]] = {}
        for row in self.db.query(sql, [quantity, utc_text(start), utc_text(end)]):
            samples = found.setdefault(row["sensor"], [])
            samples.append((parse_utc(row["taken_utc"]), row["value"]))
        return found

    def unsent_readings(self, limit: int) -> list[ReadingRecord]:
        """Return the oldest readings that the hub has not confirmed."""
        sql = """
            SELECT id, taken_utc, sensor, quantity, value, unit FROM readings WHERE sent = 0
            ORDER BY taken_utc LIMIT ?
        """
        return [
            ReadingRecord(**row | {"taken_utc": parse_utc(row["taken_utc"])})
            for row in self.db.query(sql, [limit])
        ]

    def unsent_count(self) -> int:
        """Return how many readings wait for the hub."""
        return int(
            next(self.db.query("SELECT count(*) AS n FROM readings WHERE sent = 0"))[
                "n"
            ]
        )

    def next_revision(self, night: str) -> int:
        """Count up and return the revision for products of a night that are about to be sent: 1 at first."""
        sql = "INSERT INTO nights (night, rev) VALUES (?, 1) ON CONFLICT (night) DO UPDATE SET rev = rev + 1"
        with writing(self.db):
            self.db.execute(sql, [night])
            row = next(self.db.query("SELECT rev FROM nights WHERE night = ?", [night]))
        return int(row["rev"])

    def finish_night(self, night: str, now: dt.datetime, note: str = "") -> None:
        """Record that the products of a night are final, or with a note why there are none."""
        sql = """
            INSERT INTO nights (night, finished_utc, note) VALUES (?, ?, ?) ON CONFLICT (night) DO UPDATE
            SET finished_utc = excluded.finished_utc, note = excluded.note
        """
        with writing(self.db):
            self.db.execute(sql, [night, utc_text(now), note])

    def unfinished_nights(self) -> list[str]:
        """Return the nights that have frames but no final products, oldest first."""
        sql = """
            SELECT DISTINCT night FROM frames WHERE night NOT IN
            (SELECT night FROM nights WHERE finished_utc IS NOT NULL) ORDER BY night
        """
        return [row["night"] for row in self.db.query(sql)]

    def night_notes(self) -> dict[str, str]:
        """Return, for each finished night that has one, the note that says why products are missing."""
        sql = "SELECT night, note FROM nights WHERE finished_utc IS NOT NULL AND note != '' ORDER BY night"
        return {row["night"]: row["note"] for row in self.db.query(sql)}

    def set_state(self, state: ProgramState) -> None:
        """Say what a program is doing; ``since_utc`` stays while state and reason stay."""
        sql = """
            INSERT INTO states (program, state, reason, since_utc, next_utc) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (program) DO UPDATE SET next_utc = excluded.next_utc,
            since_utc = iif(state = excluded.state AND reason = excluded.reason, since_utc, excluded.since_utc),
            state = excluded.state, reason = excluded.reason
        """
        due = utc_text(state.next_utc) if state.next_utc else None
        with writing(self.db):
            self.db.execute(
                sql,
                [
                    state.program,
                    state.state,
                    state.reason,
                    utc_text(state.since_utc),
                    due,
                ],
            )

    def states(self) -> dict[str, ProgramState]:
        """Return what each program is doing, by its name."""
        rows = self.db.query(
            "SELECT program, state, reason, since_utc, next_utc FROM states"
        )
        return {row["program"]: ProgramState(**row | _times(row)) for row in rows}


@contextlib.contextmanager
def writing(db: Database) -> Iterator[None]:
    """Hold the write lock of `edge.db` from the start of a transaction to its end.

    A transaction that reads first and asks for the lock afterwards is refused at once, without waiting, when another
    program has written in between; so everything that writes begins with this.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def _frame(row: dict[str, Any]) -> FrameRecord:
    return FrameRecord(**row | {"taken_utc": parse_utc(row["taken_utc"])})


def _times(row: dict[str, Any]) -> dict[str, Any]:
    due = parse_utc(row["next_utc"]) if row["next_utc"] else None
    return {"since_utc": parse_utc(row["since_utc"]), "next_utc": due}
