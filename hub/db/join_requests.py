"""Requests to join the network, as people have sent them; other people read and answer them.

Against floods, a scrambled mark of each sender's address is kept for a day. Addresses themselves are never stored.
"""

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlite_utils import Database

from hub.db import writing
from products.utc import parse_utc, utc_text

MARK_KEPT = dt.timedelta(days=1)
PER_MARK = 5  # requests of one sender in that time
UNANSWERED_AT_MOST = 500


class Outcome(enum.Enum):
    """What became of a request."""

    STORED = enum.auto()
    REPEATED = enum.auto()  # this form, or these words, have arrived before
    TOO_MANY = enum.auto()


@dataclass(frozen=True, slots=True)
class JoinForm:
    """What somebody wrote into the form."""

    name: str
    email: str
    location: str
    link: str
    notes: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent it, as far as that matters: the number of the form, which counts once, and a mark of the address."""

    form_number: str
    mark: str


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A stored request."""

    id: int
    form: JoinForm
    created_utc: dt.datetime


def add_join_request(
    db: Database, form: JoinForm, sender: Sender, now: dt.datetime
) -> Outcome:
    """Store a request, once, unless its sender or all senders together have sent too many."""
    with writing(db):
        if _is_known(db, form, sender):
            return Outcome.REPEATED
        db.execute(
            "DELETE FROM join_marks WHERE sent_utc < ?", [utc_text(now - MARK_KEPT)]
        )
        sent = "SELECT count(*) FROM join_marks WHERE mark = ?"
        open_ = "SELECT count(*) FROM join_requests"
        (by_sender,) = db.execute(sent, [sender.mark]).fetchone()
        (by_all,) = db.execute(open_).fetchone()
        if by_sender >= PER_MARK or by_all >= UNANSWERED_AT_MOST:
            return Outcome.TOO_MANY
        row = asdict(form) | {
            "form_number": sender.form_number,
            "created_utc": utc_text(now),
        }
        db.table("join_requests").insert(row)
        db.table("join_marks").insert({"mark": sender.mark, "sent_utc": utc_text(now)})
    return Outcome.STORED


def join_requests(db: Database) -> list[JoinRequest]:
    """Return all requests, the oldest first."""
    return list(_requests(db.query("SELECT * FROM join_requests ORDER BY id")))


def delete_join_request(db: Database, request_id: int) -> bool:
    """Delete a request that has been answered, and say whether there was one of this number."""
    with writing(db):
        done = db.execute("DELETE FROM join_requests WHERE id = ?", [request_id])
        return int(done.rowcount) == 1


def _is_known(db: Database, form: JoinForm, sender: Sender) -> bool:
    sql = """
        SELECT 1 FROM join_requests WHERE form_number = :form_number OR (
            name = :name AND email = :email AND location = :location AND link = :link AND notes = :notes)
    """
    values = asdict(form) | {"form_number": sender.form_number}
    return db.execute(sql, values).fetchone() is not None


def _requests(rows: Iterator[dict[str, Any]]) -> Iterator[JoinRequest]:
    for row in rows:
        form = JoinForm(
            row["name"], row["email"], row["location"], row["link"], row["notes"]
        )
        yield JoinRequest(row["id"], form, parse_utc(row["created_utc"]))
