"""Send the newest frame: once, not too often, never queued; in a thread of its own it waits behind no large file."""

import datetime as dt
import logging
import random
import threading
from collections.abc import Callable
from pathlib import Path

from edge.allowance import LIVE, Allowance
from edge.backoff import Backoff
from edge.bandwidth import Bandwidth
from edge.clock import Clock
from edge.hub_client import HubClient
from edge.hub_errors import HubError, LineError
from edge.live import LiveImages

LOOK_EVERY_S = 1.0
LONGEST_REST_S = 60.0

logger = logging.getLogger(__name__)


class LiveSender:
    """Sends the newest frame of a scratch folder over a connection of its own."""

    def __init__(
        self, scratch: Path, clock: Clock, allowance: Allowance, bandwidth: Bandwidth
    ) -> None:
        self.hub: HubClient | None = None
        self.sent_utc: dt.datetime | None = None
        self._images, self._clock = LiveImages(scratch), clock
        self._allowance, self._bandwidth = allowance, bandwidth
        self._due_s = 0.0
        self._done: dt.datetime | None = None

    def send(self) -> bool:
        """Send the newest frame when it is due, and say whether it was; one that is overtaken is never sent."""
        hub = self.hub
        if hub is None or self._clock.monotonic() < self._due_s:
            return False
        newest = self._images.newest()
        if newest is None or newest[0].taken_utc == self._done:
            return False
        facts, images = newest
        began_s = self._clock.monotonic()
        try:
            with self._bandwidth.urgently():
                sent_bytes = hub.put_live(facts, images)
        except HubError as error:
            if error.permanent:
                self._done = facts.taken_utc
            raise
        self._done, self.sent_utc = facts.taken_utc, self._clock.now()
        self._due_s = began_s + self._allowance.live_interval_s(sent_bytes)
        return True


class LiveThread:
    """Runs a `LiveSender` beside everything else; ``may_send`` says whether the hub can be reached at all."""

    def __init__(
        self,
        sender: LiveSender,
        clock: Clock,
        chance: random.Random,
        may_send: Callable[[], bool],
    ) -> None:
        self.problem, self.failures, self.next_s = "", 0, 0.0
        self._sender, self._clock, self._may_send = sender, clock, may_send
        self._backoff = Backoff(chance, LONGEST_REST_S)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=LIVE, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it is at work; it ends only by a mistake in the program."""
        return self._thread.is_alive()

    def step(self) -> None:
        """Send the newest frame if it is time; after a failure wait a minute at most, unless the hub says how long."""
        now_s = self._clock.monotonic()
        if not self._may_send() or self._backoff.wait_s(now_s):
            return
        try:
            sent = self._sender.send()
        except HubError as error:
            self._failed(error)
            return
        if sent:
            self.begin_anew()

    def begin_anew(self) -> None:
        """Forget the failures: the hub or the key is another one."""
        self._backoff.succeeded()
        self.problem, self.failures = "", 0

    def close(self, patience_s: float = 2.0) -> None:
        """Let the thread end; one that still waits for the hub ends with the process."""
        self._stop.set()
        self._thread.join(patience_s)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            self.step()

    def _failed(self, error: HubError) -> None:
        now_s = self._clock.monotonic()
        self._backoff.failed(now_s, error.retry_after_s)
        if not self.problem and not isinstance(error, LineError):
            logger.warning("%s: %s", LIVE, error)
        self.problem, self.failures = str(error), self._backoff.failures
        self.next_s = now_s + self._backoff.wait_s(now_s)
