"""Send heartbeats and heed the answers: the hub's limits, and the nights that it has differently."""

import logging

from edge.allowance import Allowance
from edge.blob_sender import BlobSender
from edge.clock import Clock
from edge.heartbeat import heartbeat
from edge.hub_client import HubClient
from edge.outbox import Outbox
from edge.products_sender import ProductsSender
from edge.readings_sender import LARGEST_BATCH, ReadingsSender
from edge.store import Store
from products.manifest import HelloAnswer, Limits

logger = logging.getLogger(__name__)


class Senders:
    """Those who must know the limits of the hub."""

    def __init__(
        self, readings: ReadingsSender, products: ProductsSender, blobs: BlobSender
    ) -> None:
        self.readings, self.products, self.blobs = readings, products, blobs

    def heed(self, limits: Limits) -> None:
        """Take the limits of the hub."""
        self.readings.limit = max(1, min(LARGEST_BATCH, limits.points))
        self.blobs.largest_bytes = limits.blob_bytes
        self.products.spread_s = limits.spread_s


class HeartbeatSender:
    """Says hello when it is due."""

    def __init__(
        self, store: Store, outbox: Outbox, clock: Clock, allowance: Allowance
    ) -> None:
        self.due_s = 0.0
        self._store, self._outbox = store, outbox
        self._clock, self._allowance = clock, allowance
        self._asked_for: set[tuple[str, str]] = set()

    def send(self, hub: HubClient, senders: Senders, problem: str) -> bool:
        """Send the heartbeat when it is due, and say whether it was; ``problem`` is what is not being sent."""
        if self._clock.monotonic() < self.due_s:
            return False
        hello = heartbeat(self._store, self._outbox, self._clock, problem)
        answer = hub.hello(hello)
        self.due_s = self._clock.monotonic() + self._allowance.hello_interval_s
        senders.heed(answer.limits)
        self._queue_again(answer, hello.digests)
        return True

    def _queue_again(self, answer: HelloAnswer, digests: dict[str, str]) -> None:
        """Send again what the hub lacks: a night once for each digest."""
        for night in answer.nights:
            asked = (night, digests.get(night, ""))
            if asked in self._asked_for:
                continue
            self._asked_for.add(asked)
            now = self._clock.now()
            if queued := self._outbox.ledger.queue_night_again(night, now):
                logger.info(
                    "The hub lacks something of %s: %d products queued again",
                    night,
                    queued,
                )
