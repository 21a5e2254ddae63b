"""Send heartbeats and heed the answers: the hub's time and limits, what was deleted there, and what it lacks."""

from edge.allowance import Allowance
from edge.blob_sender import BlobSender
from edge.clock import Clock
from edge.clock_trust import ClockTrust
from edge.config import Settings
from edge.deletions import Deletions
from edge.events_sender import EventsSender
from edge.heartbeat import heartbeat
from edge.hub_client import HubClient
from edge.outbox import Outbox
from edge.products_sender import ProductsSender
from edge.readings_sender import LARGEST_BATCH, ReadingsSender
from edge.refill import Refill
from edge.store import Store
from products.manifest import Limits


class Senders:
    """Those who must know the limits of the hub."""

    def __init__(
        self,
        readings: ReadingsSender,
        events: EventsSender,
        products: ProductsSender,
        blobs: BlobSender,
    ) -> None:
        self.readings, self.events = readings, events
        self.products, self.blobs = products, blobs

    def heed(self, limits: Limits) -> None:
        """Take the limits of the hub."""
        self.readings.limit = max(1, min(LARGEST_BATCH, limits.points))
        self.blobs.largest_bytes = limits.blob_bytes
        self.products.spread_s = limits.spread_s


class HeartbeatSender:
    """Says hello when it is due, and has the answer heeded."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        clock: Clock,
        settings: Settings,
        allowance: Allowance,
    ) -> None:
        self.due_s = 0.0
        self._store, self._outbox = store, outbox
        self._clock, self._allowance = clock, allowance
        self._refill = Refill(store, outbox, clock)
        self._trust = ClockTrust(store, clock, settings.clock)
        self.deletions = Deletions(store, outbox, settings)

    @property
    def problem(self) -> str:
        """What the hub's time says against the clock of this computer; empty when nothing."""
        return self._trust.trouble

    def send(self, hub: HubClient, senders: Senders, problem: str) -> bool:
        """Send the heartbeat when it is due, and say whether it was; ``problem`` is what is not being sent."""
        if self._clock.monotonic() < self.due_s:
            return False
        hello = heartbeat(self._store, self._outbox, self._clock, problem)
        compared = self._refill.compared()
        said = compared.fields | {"cursor": self.deletions.cursor}
        asked_s = self._clock.monotonic()
        answer = hub.hello(hello.model_copy(update=said))
        self.due_s = self._clock.monotonic() + self._allowance.hello_interval_s
        self._trust.ask_hub(answer.server_time, asked_s, self._clock.monotonic())
        senders.heed(answer.limits)
        self.deletions.heed(answer, self._clock.now())
        self._refill.heed(compared, answer)
        return True
