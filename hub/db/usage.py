"""How much each camera has sent: counters that all workers share, one row for each camera, thing and span of time.

A counter that a power cut sets back by a second harms nobody, so these writes do not wait for the disk.
"""

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlite_utils import Database

from hub.db import writing
from products.utc import utc_text


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted of which camera, and since when: the start of a day or of a minute."""

    camera_id: str
    counted: str
    start_utc: dt.datetime

    @property
    def row(self) -> list[str]:
        """The key columns of its row."""
        return [self.camera_id, self.counted, utc_text(self.start_utc)]


def spend(db: Database, counter: Counter, amount: int, most: int) -> bool:
    """Add to a counter unless it would become more than ``most``; return whether it was added.

    What is larger than ``most`` by itself passes when nothing was counted yet, so that no limit blocks for ever.
    """
    sql = """
        INSERT INTO usage (camera_id, counted, start_utc, amount) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET amount = amount + ?4 WHERE amount + ?4 <= ?5 OR amount = 0
    """
    with _unsynced(db):
        return int(db.execute(sql, [*counter.row, amount, most]).rowcount) == 1


def give_back(db: Database, counter: Counter, amount: int) -> None:
    """Take from a counter what was announced and did not come."""
    sql = "UPDATE usage SET amount = max(0, amount - ?4) WHERE camera_id = ?1 AND counted = ?2 AND start_utc = ?3"
    with _unsynced(db):
        db.execute(sql, [*counter.row, amount])


def forget_usage(db: Database, before: dt.datetime) -> int:
    """Delete the counters of spans that began before, and return how many there were."""
    with writing(db):
        sql = "DELETE FROM usage WHERE start_utc < ?"
        return int(db.execute(sql, [utc_text(before)]).rowcount)


@contextlib.contextmanager
def _unsynced(db: Database) -> Iterator[None]:
    """Write without waiting for the disk: the next write that does wait takes this one along."""
    db.execute("PRAGMA synchronous = NORMAL")
    try:
        with writing(db):
            yield
    finally:
        db.execute("PRAGMA synchronous = FULL")
