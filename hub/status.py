"""Is a camera live, late, asleep or offline? Decided here, by its last signs of life; the words are in `phrases`."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from hub.db.cameras import Camera
from hub.db.products import Live

SILENT_AFTER = dt.timedelta(
    minutes=20
)  # no heartbeat and no frame for so long: offline
_LATE_AFTER_INTERVALS = 3
_NEVER_LATE_BEFORE = dt.timedelta(minutes=3)
_USUAL_INTERVAL_S = 60.0


class State(StrEnum):
    """What a visitor may expect of a camera."""

    LIVE = "live"
    LATE = "late"
    ASLEEP = "asleep"
    OFFLINE = "offline"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Status:
    """A state and the moment that explains it.

    The moment is the time of the newest frame (live, late; None if the camera shows a card that says why there is
    none), when the next one is due (asleep, None if the camera does not know), or of the last sign of life (offline).
    A camera that never sent anything is new and has none. The reason is what the camera says of it (late, asleep).
    """

    state: State
    moment_utc: dt.datetime | None = None
    reason: str = ""


def status_of(camera: Camera, live: Live | None, now: dt.datetime) -> Status:
    """Return the state of a camera at the moment ``now``."""
    signs = [camera.last_contact_utc, live.received_utc if live else None]
    heard_utc = max((sign for sign in signs if sign), default=None)
    if heard_utc is None:
        return Status(State.NEW)
    if now - heard_utc > SILENT_AFTER:
        return Status(State.OFFLINE, heard_utc)
    card = live is not None and live.facts.note  # it says why there is no frame
    if live and not card and now - live.taken_utc <= _patience(camera):
        return Status(State.LIVE, live.taken_utc)
    hello = camera.hello
    said = hello.state_reason if hello else ""
    if hello and hello.state == "sleep":
        due = hello.next_frame_utc
        if due is None or now <= due + _patience(camera):
            return Status(State.ASLEEP, due, said)
    if live and card:
        return Status(State.LATE, None, live.facts.note)
    return Status(State.LATE, live.taken_utc if live else None, said)


def _patience(camera: Camera) -> dt.timedelta:
    """Return how old a frame may be before the camera counts as late."""
    said = camera.description
    interval_s = said.interval_s if said else _USUAL_INTERVAL_S
    return max(
        _NEVER_LATE_BEFORE, dt.timedelta(seconds=_LATE_AFTER_INTERVALS * interval_s)
    )
