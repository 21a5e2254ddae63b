"""Leases: who is sending what, so that two senders of one camera never send the same thing at the same time.

A lease that is not renewed runs out; that of a process which no longer exists is void at once.
"""

import datetime as dt
import os
import secrets
from pathlib import Path

from sqlite_utils import Database

from edge.store import writing
from products.utc import parse_utc, utc_text

LENGTH = dt.timedelta(minutes=10)
_START_TIME = 19  # the 22nd field of /proc/<pid>/stat (proc(5)), counted from the one after the name


class Leases:
    """The leases of one sender in `edge.db`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        process = os.getpid()
        self._holder = f"{process} {_began(process)} {secrets.token_hex(8)}"
        self._mine: dict[str, dt.datetime] = {}

    def taken_by_others(self, now: dt.datetime) -> set[str]:
        """Return the names of what other senders are at work on."""
        sql = "SELECT name, holder, until_utc FROM leases WHERE holder != ?"
        return {
            row["name"]
            for row in self._db.query(sql, [self._holder])
            if _holds(parse_utc(row["until_utc"]), now) and _lives(row["holder"])
        }

    def take(self, name: str, now: dt.datetime) -> bool:
        """Take or renew the lease of a thing; return False when another sender has it.

        Nothing is written while more than half of it is left.
        """
        mine = self._mine.get(name)
        if mine is not None and LENGTH / 2 < mine - now <= LENGTH:
            return True
        until = now + LENGTH
        row = {"name": name, "holder": self._holder, "until": utc_text(until)}
        with writing(self._db):
            if name in self.taken_by_others(now):
                return False
            self._db.execute(
                "INSERT OR REPLACE INTO leases (name, holder, until_utc) VALUES (:name, :holder, :until)",
                row,
            )
        self._mine[name] = until
        return True

    def give_back(self, name: str) -> None:
        """Let others have it."""
        if self._mine.pop(name, None) is not None:
            with writing(self._db):
                self._db.execute(
                    "DELETE FROM leases WHERE name = ? AND holder = ?",
                    [name, self._holder],
                )

    def give_all_back(self) -> None:
        """Let others have everything, at the end."""
        if self._mine:
            self._mine.clear()
            with writing(self._db):
                self._db.execute("DELETE FROM leases WHERE holder = ?", [self._holder])


def _holds(until: dt.datetime, now: dt.datetime) -> bool:
    """Say whether a lease counts; one that ends later than any can was written while the clock was ahead."""
    return now < until <= now + LENGTH


def _lives(holder: str) -> bool:
    """Say whether the process that took a lease still exists: the same number and the same start."""
    process, began, _ = holder.split(" ")
    return _began(int(process)) == began


def _began(process: int) -> str:
    """Return when a process began, in ticks of the kernel, which no setting of the clock changes; empty: it is gone."""
    try:
        said = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    after_name = said.rpartition(")")[2].split()
    return after_name[_START_TIME]
