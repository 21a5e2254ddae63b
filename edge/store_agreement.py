"""What `edge.db` knows of what the hub has: readings by their UTC day, and how far comparing has come.

A reading's ``sent`` is 0 while it waits, 1 when the hub has it, and another number when it never will: the days count
only what the hub has. They stay when old readings go.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from edge.store import Store, writing


class LeftOut(IntEnum):
    """Why a reading is never sent (again)."""

    REFUSED = 2
    PRIVATE = 3


@dataclass(frozen=True, slots=True)
class ConfirmedDay:
    """How many readings of a UTC day the hub has confirmed, and at which number it was last sent again."""

    day: str
    readings: int
    asked: int | None


def readings_sent(store: Store, ids: Iterable[int]) -> None:
    """Mark readings as known to the hub, and count them in their days."""
    chosen = json.dumps(list(ids))
    sql = """
        INSERT INTO confirmed_days (day, readings) SELECT substr(taken_utc, 1, 10) AS day, count(*) FROM readings
        WHERE id IN (SELECT value FROM json_each(?)) AND sent = 0 GROUP BY day
        ON CONFLICT (day) DO UPDATE SET readings = readings + excluded.readings
    """
    with writing(store.db):
        store.db.execute(sql, [chosen])
        _mark(store, chosen, 1)


def leave_readings_out(store: Store, ids: Iterable[int], why: LeftOut) -> None:
    """Mark readings as never to be sent (again); they are not counted."""
    with writing(store.db):
        _mark(store, json.dumps(list(ids)), why)


def settled_days(store: Store, today: str) -> list[ConfirmedDay]:
    """Return the days before ``today`` of which nothing waits, newest first."""
    sql = """
        SELECT day, readings, asked FROM confirmed_days WHERE day < ? AND NOT EXISTS (SELECT 1 FROM readings
        WHERE sent = 0 AND taken_utc >= day AND taken_utc < day || 'U') ORDER BY day DESC
    """
    return [ConfirmedDay(**row) for row in store.db.query(sql, [today])]


def queue_day_again(store: Store, day: str) -> int:
    """Let the readings of a day wait for the hub again, once for its number of readings; return how many there are."""
    end = (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()
    sql = "UPDATE readings SET sent = 0 WHERE sent = 1 AND taken_utc >= ? AND taken_utc < ?"
    with writing(store.db):
        queued = int(store.db.execute(sql, [day, end]).rowcount)
        store.db.execute(
            "UPDATE confirmed_days SET asked = readings, readings = readings - ? WHERE day = ?",
            [queued, day],
        )
    return queued


def days_agree(store: Store, days: Iterable[str]) -> None:
    """Note that the hub has as many readings of these days: whenever it has not, they are sent again."""
    with writing(store.db):
        store.db.conn.executemany(
            "UPDATE confirmed_days SET asked = NULL WHERE day = ?",
            [(day,) for day in days],
        )


def position(store: Store, name: str) -> int:
    """Return how far something has come; 0 at first."""
    row = next(store.db.query("SELECT at FROM positions WHERE name = ?", [name]), None)
    return int(row["at"]) if row else 0


def set_position(store: Store, name: str, at: int) -> None:
    """Note how far something has come."""
    with writing(store.db):
        store.db.execute("INSERT OR REPLACE INTO positions VALUES (?, ?)", [name, at])


def _mark(store: Store, ids: str, sent: int) -> None:
    sql = "UPDATE readings SET sent = ? WHERE id IN (SELECT value FROM json_each(?)) AND sent = 0"
    store.db.execute(sql, [int(sent), ids])
