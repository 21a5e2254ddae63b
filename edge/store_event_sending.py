"""What the hub has of the events in `edge.db`: each has its own state, so that none waits behind another."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from edge.store import Store, writing
from edge.store_events import EventRecord, event_of_row
from products.manifest import EVENT_KIND, product_key
from products.utc import utc_text

_SENT, _WAITS, _DEAD, _WITHHELD = "sent", "waits", "dead", "withheld"
# A withheld night takes its events with it.
_SHOWN = "NOT EXISTS (SELECT 1 FROM withheld WHERE withheld.night = events.night AND withheld.kind = '')"


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event of which the hub does not have this revision, and how often it was tried."""

    event: EventRecord
    attempts: int


def next_event(store: Store, now: dt.datetime) -> WaitingEvent | None:
    """Return the event to send now, the newest first; None when none is due."""
    sql = f"""
        SELECT events.*, coalesce(attempts, 0) AS attempts FROM events LEFT JOIN event_sending USING (id)
        WHERE (event_sending.id IS NULL OR event_sending.rev < events.rev AND event_sending.state != '{_WITHHELD}'
        OR event_sending.state = '{_WAITS}') AND coalesce(next_utc, '') <= ? AND {_SHOWN}
        ORDER BY taken_utc DESC, events.id LIMIT 1
    """
    row = next(store.db.query(sql, [utc_text(now)]), None)
    if row is None:
        return None
    attempts = row.pop("attempts")
    return WaitingEvent(event_of_row(row), attempts)


def event_sent(store: Store, event: EventRecord, sha256: str) -> None:
    """Note that the hub has this revision, and what stands for its content."""
    _note(store, event, state=_SENT, sha256=sha256)


def event_given_up(store: Store, event: EventRecord, problem: str) -> None:
    """Note that this revision is never sent, and why; a newer one is."""
    _note(store, event, state=_DEAD, problem=problem)


def event_put_off(
    store: Store, event: EventRecord, problem: str, until: dt.datetime
) -> None:
    """Count a failed attempt and try again later."""
    sql = """
        INSERT INTO event_sending (id, night, rev, state, attempts, next_utc, problem) VALUES (?, ?, 0, ?, 1, ?, ?)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = attempts + 1, next_utc = excluded.next_utc,
        problem = excluded.problem
    """
    row = [event.id, event.night, _WAITS, utc_text(until), problem]
    with writing(store.db):
        store.db.execute(sql, row)


def raise_event_revision(store: Store, event: EventRecord, above: int) -> None:
    """Give an event a revision above the hub's, of which this camera no longer knows."""
    sql = "UPDATE events SET rev = max(rev, ?) WHERE id = ?"
    with writing(store.db):
        store.db.execute(sql, [above + 1, event.id])


def withhold_event(store: Store, night: str, event_id: str) -> str | None:
    """Send an event no more; return the path of its picture, relative to the data folder, if it has one."""
    sql = """
        INSERT INTO event_sending (id, night, rev, state) VALUES (?, ?, 0, ?)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, sha256 = NULL
    """
    with writing(store.db):
        store.db.execute(sql, [event_id, night, _WITHHELD])
    rows = store.db.query("SELECT picture FROM events WHERE id = ?", [event_id])
    return next((row["picture"] for row in rows), None)


def release_event(store: Store, event_id: str) -> None:
    """Take back `withhold_event`: it is sent again."""
    sql = "DELETE FROM event_sending WHERE id = ? AND state = ?"
    with writing(store.db):
        store.db.execute(sql, [event_id, _WITHHELD])


def nights_with_sent_events(store: Store) -> set[str]:
    """Return the nights of whose events the hub has any."""
    sql = "SELECT DISTINCT night FROM event_sending WHERE sha256 IS NOT NULL"
    return {row["night"] for row in store.db.query(sql)}


def events_of_nights(store: Store, nights: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return what the hub should have of the events of these nights: night -> key -> SHA-256."""
    sql = f"""
        SELECT id, event_sending.sha256 FROM event_sending JOIN events USING (id)
        WHERE event_sending.night = ? AND event_sending.sha256 IS NOT NULL AND {_SHOWN}
    """
    found = {
        night: {
            product_key(night, EVENT_KIND, row["id"]): row["sha256"]
            for row in store.db.query(sql, [night])
        }
        for night in nights
    }
    return {night: events for night, events in found.items() if events}


def queue_events_again(store: Store, night: str) -> int:
    """Let the events of a night that the hub should have be sent again; return how many."""
    sql = "UPDATE event_sending SET state = ?, attempts = 0, next_utc = NULL WHERE night = ? AND state = ?"
    with writing(store.db):
        return int(store.db.execute(sql, [_WAITS, night, _SENT]).rowcount)


def waiting_events(store: Store) -> int:
    """Return how many events wait for the hub."""
    sql = f"""
        SELECT count(*) AS n FROM events LEFT JOIN event_sending USING (id) WHERE (event_sending.id IS NULL
        OR event_sending.rev < events.rev AND event_sending.state != '{_WITHHELD}'
        OR event_sending.state = '{_WAITS}') AND {_SHOWN}
    """
    return int(next(store.db.query(sql))["n"])


def dead_events(store: Store) -> dict[str, str]:
    """Return the events that were given up, by their key, with the reason."""
    sql = "SELECT night, id, problem FROM event_sending WHERE state = ? ORDER BY night DESC, id"
    return {
        product_key(row["night"], EVENT_KIND, row["id"]): row["problem"]
        for row in store.db.query(sql, [_DEAD])
    }


def retry_dead_events(store: Store) -> int:
    """Let the events that were given up wait again; return how many."""
    sql = "UPDATE event_sending SET state = ?, attempts = 0, next_utc = NULL, problem = '' WHERE state = ?"
    with writing(store.db):
        return int(store.db.execute(sql, [_WAITS, _DEAD]).rowcount)


def _note(
    store: Store,
    event: EventRecord,
    *,
    state: str,
    sha256: str | None = None,
    problem: str = "",
) -> None:
    """Note what became of a revision, unless the event was withheld meanwhile."""
    sql = """
        INSERT INTO event_sending (id, night, rev, sha256, state, problem)
        VALUES (:id, :night, :rev, :sha256, :state, :problem) ON CONFLICT (id) DO UPDATE SET night = excluded.night,
        rev = excluded.rev, sha256 = coalesce(excluded.sha256, sha256), state = excluded.state, attempts = 0,
        next_utc = NULL, problem = excluded.problem WHERE state != :withheld
    """
    row = {
        "id": event.id,
        "night": event.night,
        "rev": event.rev,
        "sha256": sha256,
        "state": state,
        "problem": problem,
        "withheld": _WITHHELD,
    }
    with writing(store.db):
        store.db.execute(sql, row)
