"""Send events: the picture first, then the event, one request a time."""

import datetime as dt
import hashlib
import http
import logging
import random

from edge.backoff import retry_delay_s
from edge.blob_sender import BlobSender
from edge.clock import Clock
from edge.deletions import Deletions
from edge.hub_client import HubClient
from edge.hub_errors import (
    BlobsMissingError,
    HubError,
    LineError,
    NoMoreForNowError,
    OlderRevisionError,
)
from edge.store import Store
from edge.store_event_sending import (
    WaitingEvent,
    event_given_up,
    event_put_off,
    event_sent,
    next_event,
    raise_event_revision,
)
from edge.store_events import EventRecord
from products import jpeg
from products.manifest import EVENT_KIND, Blob, Event, event_sha256, product_key

LOOK_EVERY_S = 10.0
OLDER_HUB_REST_S = 6 * 3600.0
_UNKNOWN_THERE = {http.HTTPStatus.NOT_FOUND, http.HTTPStatus.METHOD_NOT_ALLOWED}
_LOCAL = ("id", "rev", "kind", "state", "night", "taken_utc", "frame", "picture")

log = logging.getLogger(__name__)


class EventsSender:
    """Sends what the hub does not have yet of the events, the newest first."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        chance: random.Random,
        blobs: BlobSender,
        deletions: Deletions,
    ) -> None:
        self._store, self._clock, self._chance = store, clock, chance
        self._blobs, self._deletions = blobs, deletions
        self._look_s = 0.0

    def send(self, hub: HubClient) -> bool:
        """Send the picture of an event, or a piece of it, or the event; return False when none is due.

        One that fails is put off, one that can never succeed is given up with the reason; `LineError` when nothing can
        be sent at all, `HubError` when no event can.
        """
        now_s = self._clock.monotonic()
        if now_s < self._look_s:
            return False
        waiting = next_event(self._store, self._clock.now())
        if waiting is None:
            self._look_s = now_s + LOOK_EVERY_S
            return False
        event = waiting.event
        try:
            self._send_next_part(hub, event)
        except (LineError, NoMoreForNowError):
            raise
        except OlderRevisionError as error:
            raise_event_revision(self._store, event, error.rev or event.rev)
        except BlobsMissingError as error:
            self._put_off(waiting, str(error), None)
        except HubError as error:
            self._refused(waiting, error)
        except OSError as error:
            self._put_off(waiting, f"the picture cannot be read: {error}", None)
        return True

    def _send_next_part(self, hub: HubClient, event: EventRecord) -> None:
        path = self._store.data / event.picture if event.picture else None
        content = path.read_bytes() if path and path.exists() else None
        said = message(event, content)
        if path and said.picture and not self._blobs.send(hub, said.picture, path):
            return
        hub.put_event(event.id, said)
        event_sent(self._store, event, event_sha256(said))
        log.info("Published the event %s, revision %d", event.id, event.rev)

    def _refused(self, waiting: WaitingEvent, error: HubError) -> None:
        event = waiting.event
        if error.code == "deleted":
            key = product_key(event.night, EVENT_KIND, event.id)
            self._deletions.obey(key, self._clock.now())
        elif error.status in _UNKNOWN_THERE:
            raise HubError(
                f"the hub takes no events yet: it is older than this camera's program ({error})",
                retry_after_s=OLDER_HUB_REST_S,
            ) from error
        elif error.code == "revision_differs":
            raise_event_revision(self._store, event, event.rev)
        elif error.permanent:
            log.error("the event %s is not sent: %s", event.id, error)
            event_given_up(self._store, event, str(error))
        else:
            self._put_off(waiting, str(error), error.retry_after_s)

    def _put_off(
        self, waiting: WaitingEvent, problem: str, wait_s: float | None
    ) -> None:
        if wait_s is None:
            wait_s = retry_delay_s(waiting.attempts + 1, self._chance)
        until = self._clock.now() + dt.timedelta(seconds=wait_s)
        event_put_off(self._store, waiting.event, problem, until)


def message(event: EventRecord, picture: bytes | None) -> Event:
    """Return an event as the hub is told it; ``picture`` is its JPEG, None when there is none or it is gone."""
    facts = {
        name: value for name, value in event.as_dict().items() if name not in _LOCAL
    }
    return Event(
        rev=event.rev,
        kind=event.kind,
        state=event.state.replace(" ", "_"),
        night=event.night,
        taken_utc=event.taken_utc,
        picture=_blob(picture) if picture else None,
        facts=facts,
    )


def _blob(content: bytes) -> Blob | None:
    """Return what is told of a picture; None for one that is damaged."""
    try:
        height, width = jpeg.size(content)
    except jpeg.JpegError:
        return None
    return Blob(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        type="image/jpeg",
        width=width,
        height=height,
    )
