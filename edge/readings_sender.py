"""Send readings in batches; one bad reading never blocks the others."""

import http
import logging
from collections.abc import Collection

from edge.clock import Clock
from edge.hub_client import HubClient
from edge.hub_errors import HubError
from edge.outbox_leases import Leases
from edge.store import ReadingRecord, Store
from edge.store_agreement import LeftOut, leave_readings_out, readings_sent
from products.manifest import Readings, ReadingsAnswer
from products.utc import utc_text

LARGEST_BATCH = 500
LEASE = "readings"

logger = logging.getLogger(__name__)

# The batch itself is wrong; every other refusal says nothing about the readings.
_CONTENT_REFUSED = {
    http.HTTPStatus.BAD_REQUEST,
    http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    http.HTTPStatus.UNPROCESSABLE_ENTITY,
}


class ReadingsSender:
    """Sends what the hub has not confirmed, oldest first, but nothing of the sensors named in ``private``."""

    def __init__(
        self,
        store: Store,
        leases: Leases,
        clock: Clock,
        private: Collection[str] = (),
    ) -> None:
        self._leases, self._clock = leases, clock
        self._private = frozenset(private)
        self.limit = LARGEST_BATCH
        self._size = LARGEST_BATCH
        self._store = store
        self._said: set[tuple[str, str, str]] = set()

    def send(self, hub: HubClient) -> bool:
        """Send one batch and mark what the hub judged as sent; return whether there was one.

        A batch that the hub refuses as a whole is halved until the bad reading is alone; that one is left out. Of two
        senders only one sends readings at a time.
        """
        if not self._store.unsent_readings(1):
            self._leases.give_back(LEASE)
            return False
        if not self._leases.take(LEASE, self._clock.now()):
            return False
        self._send_batch(hub)
        return True

    def _send_batch(self, hub: HubClient) -> None:
        batch = self._store.unsent_readings(min(self._size, self.limit))
        if kept := [one.id for one in batch if one.sensor in self._private]:
            leave_readings_out(self._store, kept, LeftOut.PRIVATE)
            return
        try:
            answer = hub.post_readings(Readings(points=[_point(one) for one in batch]))
        except HubError as error:
            if error.status not in _CONTENT_REFUSED or not error.permanent:
                raise
            self._size = max(1, len(batch) // 2)
            if len(batch) == 1:
                self._say(batch[0], error.code, str(error))
                leave_readings_out(self._store, [batch[0].id], LeftOut.REFUSED)
            return
        self._judged(batch, answer)
        self._size = min(LARGEST_BATCH, self._size * 2)

    def _judged(self, batch: list[ReadingRecord], answer: ReadingsAnswer) -> None:
        refused = [one for one in answer.rejected if 0 <= one.index < len(batch)]
        for one in refused:
            self._say(batch[one.index], one.code, one.detail)
        if answer.conflict:
            logger.warning(
                "The hub already has %d other readings of the same times",
                answer.conflict,
            )
        left_out = {batch[one.index].id for one in refused}
        leave_readings_out(self._store, left_out, LeftOut.REFUSED)
        readings_sent(self._store, (one.id for one in batch if one.id not in left_out))

    def _say(self, reading: ReadingRecord, code: str, detail: str) -> None:
        """Log a refused reading, once for each sensor, quantity and reason."""
        what = (reading.sensor, reading.quantity, code)
        if what not in self._said:
            self._said.add(what)
            logger.warning("The hub does not take %s %s: %s", *what[:2], detail)


def _point(reading: ReadingRecord) -> dict[str, object]:
    return {
        "sensor": reading.sensor,
        "quantity": reading.quantity,
        "time": utc_text(reading.taken_utc),
        "value": reading.value,
        "unit": reading.unit,
    }
