"""What became of each lane, and how much was transferred, in `edge.db`: for those who ask, and for the next start."""

import contextlib
import datetime as dt
from dataclasses import dataclass, replace

from sqlite_utils import Database

from edge.store import writing
from edge.trouble import DISK_ERRORS
from products.utc import parse_utc, utc_text

_SUCCESS_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LaneRecord:
    """A lane: when it last worked, how often it failed since, what is wrong, and when it goes on."""

    name: str
    succeeded_utc: dt.datetime | None = None
    failures: int = 0
    problem: str = ""
    next_utc: dt.datetime | None = None


class LaneBook:
    """The lanes of the sender; successes are written down once a minute, everything else when it changes.

    A disk that takes no writes stops nothing here: what is not written down is only not told.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._written = {record.name: record for record in self.lanes()}

    def succeeded(self, name: str, now: dt.datetime) -> None:
        """Note that a lane works."""
        before = self._written.get(name, LaneRecord(name))
        since = before.succeeded_utc
        recent = since is not None and abs(now - since) < _SUCCESS_EVERY
        if not recent or before.problem:
            self._write(LaneRecord(name, now))

    def failed(
        self, name: str, failures: int, problem: str, next_utc: dt.datetime
    ) -> None:
        """Note that a lane failed, and when it is tried again."""
        before = self._written.get(name, LaneRecord(name))
        if (before.failures, before.problem) != (failures, problem):
            self._write(
                replace(before, failures=failures, problem=problem, next_utc=next_utc)
            )

    def held(self, name: str, why: str) -> None:
        """Note why a lane rests although nothing failed; empty when it no longer does, which forgets no failure."""
        before = self._written.get(name, LaneRecord(name))
        if before.problem != why and (why or not before.failures):
            self._write(replace(before, failures=0, problem=why, next_utc=None))

    def lanes(self) -> list[LaneRecord]:
        """Return what was noted of every lane."""
        return [
            LaneRecord(
                name=row["name"],
                succeeded_utc=_moment(row["succeeded_utc"]),
                failures=row["failures"],
                problem=row["problem"],
                next_utc=_moment(row["next_utc"]),
            )
            for row in self._db.query("SELECT * FROM lanes ORDER BY name")
        ]

    def _write(self, record: LaneRecord) -> None:
        sql = """
            INSERT OR REPLACE INTO lanes (name, succeeded_utc, failures, problem, next_utc) VALUES (?, ?, ?, ?, ?)
        """
        row = [
            record.name,
            _text(record.succeeded_utc),
            record.failures,
            record.problem,
            _text(record.next_utc),
        ]
        self._written[record.name] = record
        with contextlib.suppress(*DISK_ERRORS), writing(self._db):
            self._db.execute(sql, row)


class Traffic:
    """How many bytes went over the line in each calendar month (UTC)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, now: dt.datetime, count: int) -> None:
        """Add to the month of ``now``."""
        sql = """
            INSERT INTO traffic (month, bytes) VALUES (?, ?)
            ON CONFLICT (month) DO UPDATE SET bytes = bytes + excluded.bytes
        """
        with writing(self._db):
            self._db.execute(sql, [f"{now:%Y-%m}", count])

    def of_month(self, now: dt.datetime) -> int:
        """Return the bytes of the month of ``now``."""
        sql = "SELECT coalesce(sum(bytes), 0) AS n FROM traffic WHERE month = ?"
        return int(next(self._db.query(sql, [f"{now:%Y-%m}"]))["n"])


def _text(moment: dt.datetime | None) -> str | None:
    return utc_text(moment) if moment else None


def _moment(text: str | None) -> dt.datetime | None:
    return parse_utc(text) if text else None
