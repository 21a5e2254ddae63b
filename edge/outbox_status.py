"""How the queue stands, as JSON: each lane, what is given up and why, and what was transferred this month."""

import datetime as dt
from typing import Any

from edge.config import Settings
from edge.outbox import Outbox
from edge.outbox_lanes import LaneBook, LaneRecord, Traffic
from edge.outbox_rows import LANES
from edge.store import Store
from edge.store_event_sending import dead_events, waiting_events
from products.utc import utc_text

NEVER_RAN = "never ran"


def queue_facts(store: Store, settings: Settings, now: dt.datetime) -> dict[str, Any]:
    """Return the state of the sender, the depth and oldest item of each lane, dead items, and this month's traffic."""
    outbox, db = Outbox(store), store.db
    state = store.states().get("sync")
    lanes = {record.name: record for record in LaneBook(db).lanes()}
    line = lanes.pop("line", LaneRecord("line"))
    waiting = _waiting(store)
    names = dict.fromkeys(
        ["heartbeat", "live image", "description", "events", "readings", *LANES]
    )
    return {
        "state": state.state if state else NEVER_RAN,
        "reason": state.reason if state else "",
        "line": _lane(line),
        "lanes": {
            name: waiting.get(name, {"waiting": 0, "bytes": 0, "oldest_utc": None})
            | _lane(lanes.pop(name, LaneRecord(name)))
            for name in [*names, *(name for name in list(lanes) if name not in names)]
        },
        "dead": [
            {
                "key": one.key,
                "reason": one.last_error,
                "queued_utc": _text(one.queued_utc),
            }
            for one in outbox.dead()
        ]
        + [
            {"key": key, "reason": reason, "queued_utc": None}
            for key, reason in dead_events(store).items()
        ],
        "traffic": {
            "month": f"{now:%Y-%m}",
            "bytes": Traffic(db).of_month(now),
            "budget_mb": settings.hub.monthly_budget_mb,
        },
    }


def _waiting(store: Store) -> dict[str, dict[str, Any]]:
    """Return, for each lane in which anything waits, how much, and since when the oldest does."""
    sql = """
        SELECT lane, count(*) AS waiting, sum(size) AS bytes, min(queued_utc) AS oldest_utc FROM outbox
        WHERE state = 'queued' GROUP BY lane
    """
    db = store.db
    found = {row.pop("lane"): dict(row) for row in db.query(sql)}
    sql = "SELECT count(*) AS waiting, NULL AS bytes, min(taken_utc) AS oldest_utc FROM readings WHERE sent = 0"
    readings = next(db.query(sql))
    if readings["waiting"]:
        found["readings"] = readings
    if events := waiting_events(store):
        found["events"] = {"waiting": events, "bytes": None, "oldest_utc": None}
    return found


def _lane(record: LaneRecord) -> dict[str, Any]:
    return {
        "succeeded_utc": _text(record.succeeded_utc),
        "failures": record.failures,
        "problem": record.problem,
        "next_utc": _text(record.next_utc),
    }


def _text(moment: dt.datetime | None) -> str | None:
    return utc_text(moment) if moment else None
