"""A lane of the sender: one verb that does one unit of work, with its own back-off and its own state."""

import datetime as dt
import logging
import random
from collections.abc import Callable

from edge.allowance import Allowance
from edge.backoff import Backoff
from edge.clock import Clock
from edge.hub_client import HubClient
from edge.hub_errors import HubError, LineError
from edge.outbox_lanes import LaneBook
from edge.trouble import DISK_ERRORS, sentence

logger = logging.getLogger(__name__)


class Lane:
    """One verb, so that what fails in it holds up nothing else."""

    def __init__(
        self, name: str, send: Callable[[HubClient], bool], chance: random.Random
    ) -> None:
        self.name, self.send = name, send
        self.backoff, self.problem = Backoff(chance), ""


class Lanes:
    """The lanes in the order of what must not wait."""

    def __init__(
        self,
        lanes: tuple[Lane, ...],
        clock: Clock,
        allowance: Allowance,
        book: LaneBook,
    ) -> None:
        self._lanes, self._clock = lanes, clock
        self._allowance, self._book = allowance, book

    @property
    def problem(self) -> str:
        """What is wrong in the most urgent lane that failed; empty when none did."""
        return next((lane.problem for lane in self._lanes if lane.problem), "")

    def do_one(self, hub: HubClient) -> bool:
        """Do one unit of work in the first lane that has any, and say whether one had; raise a `LineError`."""
        return any(self._try(lane, hub) for lane in self._lanes)

    def _try(self, lane: Lane, hub: HubClient) -> bool:
        """Let a lane do one unit of work, unless it rests; return whether it did."""
        if lane.backoff.wait_s(self._clock.monotonic()):
            return False
        try:
            why = self._allowance.refusal(lane.name)
            self._book.held(lane.name, why)
            if why:
                return False
            found = lane.send(hub)
            if found or lane.problem:
                self._book.succeeded(lane.name, self._clock.now())
        except LineError:
            raise
        except HubError as error:
            self._failed(lane, str(error), error.retry_after_s)
            return False
        except DISK_ERRORS as error:
            self._failed(lane, sentence(error, "what the hub has confirmed"), None)
            return False
        lane.backoff.succeeded()
        lane.problem = ""
        return found

    def _failed(self, lane: Lane, why: str, wait_s: float | None) -> None:
        now_s = self._clock.monotonic()
        lane.backoff.failed(now_s, wait_s)
        problem = f"{lane.name}: {why}"
        if problem != lane.problem:
            logger.warning("%s", problem)
        lane.problem = problem
        rest = dt.timedelta(seconds=lane.backoff.wait_s(now_s))
        next_utc = self._clock.now() + rest
        self._book.failed(lane.name, lane.backoff.failures, why, next_utc)
