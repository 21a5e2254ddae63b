"""What happened in the sky, in `edge.db`: one row an event, ready to be sent.

The id of an event follows from what it is, so that the same frames give the same events again; its revision grows with
every change.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from edge.store import Store, writing
from products.utc import parse_utc, utc_text

METEOR = "meteor"
"""The one kind of event so far."""
CANDIDATE, IN_CLOUDS = "candidate", "in clouds"
"""The states in which it begins: nobody has looked at it; it is more likely a satellite seen through a gap."""


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event.

    Places are in pixels of the frame from the centre of its first one; ``frame`` and ``picture`` are paths relative to
    the data folder, ``picture`` None where there is none. ``peak`` is in levels (0-255) above the surroundings,
    ``significance`` the same in standard deviations of the noise, ``brightness`` the sum of all such levels, and
    ``profile`` how they are spread from start to end.
    """

    id: str
    night: str
    taken_utc: datetime
    frame: str
    picture: str | None
    start_px: tuple[float, float]
    end_px: tuple[float, float]
    length_px: float
    peak: float
    significance: float
    brightness: float
    profile: tuple[float, ...]
    kind: str = METEOR
    state: str = CANDIDATE
    rev: int = 1

    def as_dict(self) -> dict[str, Any]:
        """Return the event as JSON values."""
        return asdict(self) | {"taken_utc": utc_text(self.taken_utc)}


def add_event(store: Store, event: EventRecord) -> bool:
    """Record an event and say whether it is new; one with the same id stays as it is."""
    row = event.as_dict() | {"profile": json.dumps(event.profile)}
    for end in ("start", "end"):
        row[f"{end}_x_px"], row[f"{end}_y_px"] = row.pop(f"{end}_px")
    before = store.db.table("events").count
    with writing(store.db):
        store.db.table("events").insert(row, ignore=True)
    return bool(store.db.table("events").count > before)


def events(store: Store, night: str, kind: str = METEOR) -> list[EventRecord]:
    """Return the events of a kind in a night, in the order of time."""
    sql = "SELECT * FROM events WHERE night = ? AND kind = ? ORDER BY taken_utc, id"
    return [event_of_row(row) for row in store.db.query(sql, [night, kind])]


def candidate_count(store: Store, night: str) -> int:
    """Return how many meteor candidates a night has."""
    return nights_with_events(store).get(night, 0)


def nights_with_events(store: Store, kind: str = METEOR) -> dict[str, int]:
    """Return how many candidates of a kind each night has that has any, oldest night first."""
    sql = "SELECT night, count(*) AS n FROM events WHERE kind = ? AND state = ? GROUP BY night ORDER BY night"
    return {row["night"]: row["n"] for row in store.db.query(sql, [kind, CANDIDATE])}


def event_of_row(row: Mapping[str, Any]) -> EventRecord:
    """Return the event of a row of the table."""
    values = dict(row)
    for end in ("start", "end"):
        values[f"{end}_px"] = values.pop(f"{end}_x_px"), values.pop(f"{end}_y_px")
    values["taken_utc"] = parse_utc(row["taken_utc"])
    values["profile"] = tuple(json.loads(row["profile"]))
    return EventRecord(**values)
