"""Send everything to the hub: verbs that each do one unit of work, in the order of what must not wait.

Heartbeat, newest frame, description, readings, products: after every unit the order starts again from the top, so the
newest frame never waits behind a backlog. Readings and products stay in `edge.db` until the hub has confirmed them, and
the hub takes the same twice without harm, so an answer that is lost loses and doubles nothing.
"""

import datetime as dt
import logging
import random
from collections.abc import Callable
from pathlib import Path

from edge.backoff import Backoff
from edge.clock import Clock
from edge.config import Settings
from edge.describe import describe
from edge.heartbeat import heartbeat
from edge.hub_client import HubClient
from edge.hub_errors import HubError, LineError
from edge.hub_key import NoKeyError, key_path, read_key
from edge.live import LiveImages
from edge.outbox import Outbox
from edge.products_sender import ProductsSender
from edge.readings_sender import LARGEST_BATCH, ReadingsSender
from edge.settings.sensors import private_names
from edge.store import ProgramState, Store
from products.manifest import CameraDescription, HelloAnswer

LOOK_EVERY_S = 10.0
READINGS_EVERY_S = 60.0
REST_WITHOUT_HUB_S = 600.0
LOOK_FOR_KEY_EVERY_S = 60.0

logger = logging.getLogger(__name__)


class Lane:
    """One verb with its own back-off, so that what fails in it holds up nothing else."""

    def __init__(
        self, name: str, send: Callable[[HubClient], bool], chance: random.Random
    ) -> None:
        self.name, self.send = name, send
        self.backoff, self.problem = Backoff(chance), ""


class Sync:
    """The sender. ``chance`` draws the waits after failures."""

    name = "sync"
    silence_s = 900.0
    alive = True

    def __init__(
        self,
        settings: Settings,
        config_dir: Path,
        clock: Clock,
        chance: random.Random | None = None,
    ) -> None:
        self._settings, self._config_dir, self._clock = settings, config_dir, clock
        self._store = Store(settings.data)
        self._outbox = Outbox(self._store)
        self._live = LiveImages(self._store.scratch)
        chance = chance or random.Random()
        private = private_names(settings.sensors)
        self._readings = ReadingsSender(self._store, private)
        self._products = ProductsSender(self._outbox, clock, chance)
        self._line = Backoff(chance)
        self._lanes = (
            Lane("heartbeat", self.say_hello, chance),
            Lane("live image", self.send_live, chance),
            Lane("description", self.send_camera, chance),
            Lane("readings", self.send_readings, chance),
            Lane("products", self.send_product, chance),
        )
        self._hub: HubClient | None = None
        self._key_seen: tuple[int, int] | None = None
        self._hello_due_s = self._live_due_s = self._readings_due_s = 0.0
        self._live_done: dt.datetime | None = None
        self._look_at_camera = True
        self._described: CameraDescription | None = None
        self._asked_for: set[tuple[str, str]] = set()
        self._said: ProgramState | None = None

    def step(self) -> float:
        """Send the most urgent thing that waits and return the seconds until there may be more."""
        if not self._settings.hub.url:
            self._say("no hub", "No hub is configured: hub.url is empty.")
            return REST_WITHOUT_HUB_S
        try:
            hub = self._connected()
            if wait_s := self._line.wait_s(self._clock.monotonic()):
                return min(wait_s, LOOK_FOR_KEY_EVERY_S)
            if any(self._try(lane, hub) for lane in self._lanes):
                return 0.0
        except NoKeyError as error:
            self._say("no key", str(error))
            return LOOK_FOR_KEY_EVERY_S
        except LineError as error:
            return self._line_failed(error)
        self._say("online", self._problem())
        until_hello_s = self._hello_due_s - self._clock.monotonic()
        return max(1.0, min(LOOK_EVERY_S, until_hello_s))

    def close(self) -> None:
        """Close the connection and the store."""
        if self._hub:
            self._hub.close()
        self._store.close()

    def say_hello(self, hub: HubClient) -> bool:
        """Send the heartbeat when it is due, and queue the nights again that the hub has differently."""
        if self._clock.monotonic() < self._hello_due_s:
            return False
        hello = heartbeat(self._store, self._outbox, self._clock)
        answer = hub.hello(hello)
        self._line.succeeded()
        self._hello_due_s = (
            self._clock.monotonic() + self._settings.hub.hello_interval_s
        )
        self._look_at_camera = True
        self._heed(answer, hello.digests)
        self._say("online", self._problem())
        return True

    def send_live(self, hub: HubClient) -> bool:
        """Send the newest frame, once and not too often; one that is overtaken is never sent."""
        if self._clock.monotonic() < self._live_due_s:
            return False
        newest = self._live.newest()
        if newest is None or newest[0].taken_utc == self._live_done:
            return False
        facts, images = newest
        try:
            hub.put_live(facts, images)
        except HubError as error:
            if error.permanent:
                self._live_done = facts.taken_utc
            raise
        self._live_done = facts.taken_utc
        self._live_due_s = self._clock.monotonic() + self._settings.hub.live_interval_s
        return True

    def send_camera(self, hub: HubClient) -> bool:
        """Send the description when it changed; looked at once after every heartbeat."""
        if not self._look_at_camera:
            return False
        description = describe(self._settings, self._store)
        if description != self._described:
            hub.put_camera(description)
            self._described = description
        self._look_at_camera = False
        return False

    def send_readings(self, hub: HubClient) -> bool:
        """Send a batch of readings, and the rest of a backlog without waiting."""
        if self._clock.monotonic() < self._readings_due_s:
            return False
        if self._readings.send(hub):
            return True
        self._readings_due_s = self._clock.monotonic() + READINGS_EVERY_S
        return False

    def send_product(self, hub: HubClient) -> bool:
        """Send one file or one manifest of the product that is due."""
        return self._products.send(hub)

    def _try(self, lane: Lane, hub: HubClient) -> bool:
        """Let a lane do one unit of work, unless it waits after a failure; return whether it did."""
        if lane.backoff.wait_s(self._clock.monotonic()):
            return False
        try:
            found = lane.send(hub)
        except LineError:
            raise
        except HubError as error:
            lane.backoff.failed(self._clock.monotonic(), error.retry_after_s)
            lane.problem = f"{lane.name}: {error}"
            logger.warning("%s", lane.problem)
            return False
        lane.backoff.succeeded()
        lane.problem = ""
        return found

    def _connected(self) -> HubClient:
        """Return the client with the key of this moment; a new key begins anew. Raise `NoKeyError` without one."""
        seen = _identity(key_path(self._config_dir))
        if self._hub is None or seen != self._key_seen:
            key = read_key(self._config_dir)
            if self._hub:
                self._hub.close()
            self._hub = HubClient(self._settings.hub.url, key)
            self._key_seen, self._hello_due_s, self._described = seen, 0.0, None
            self._line.succeeded()
        return self._hub

    def _heed(self, answer: HelloAnswer, digests: dict[str, str]) -> None:
        """Take the limits of the hub, and send again what it lacks: a night once for each digest."""
        self._readings.limit = max(1, min(LARGEST_BATCH, answer.limits.points))
        self._products.largest_blob_bytes = answer.limits.blob_bytes
        for night in answer.nights:
            asked = (night, digests.get(night, ""))
            if asked in self._asked_for:
                continue
            self._asked_for.add(asked)
            if queued := self._outbox.ledger.queue_night_again(
                night, self._clock.now()
            ):
                logger.info(
                    "The hub lacks something of %s: %d products queued again",
                    night,
                    queued,
                )

    def _line_failed(self, error: LineError) -> float:
        now_s = self._clock.monotonic()
        self._line.failed(now_s, error.retry_after_s)
        self._hello_due_s = now_s
        wait_s = self._line.wait_s(now_s)
        self._say(error.state, str(error), wait_s)
        return min(wait_s, LOOK_FOR_KEY_EVERY_S)

    def _problem(self) -> str:
        """Return what is not being sent although the hub answers."""
        problems = [lane.problem for lane in self._lanes if lane.problem]
        return next(iter(problems), self._outbox.problem())

    def _say(self, state: str, reason: str, wait_s: float | None = None) -> None:
        """Store the state, and log it, when it is not what was said last."""
        now = self._clock.now()
        due = now + dt.timedelta(seconds=wait_s) if wait_s is not None else None
        said = self._said
        changed = said is None or (said.state, said.reason) != (state, reason)
        if said is not None and not changed and said.next_utc == due:
            return
        self._said = ProgramState(self.name, state, reason, now, due)
        self._store.set_state(self._said)
        if changed:
            level = logging.WARNING if reason else logging.INFO
            logger.log(level, "%s%s", state, f": {reason}" if reason else "")


def build_sync(settings: Settings, config_dir: Path, clock: Clock) -> Sync:
    """Return the program ``sync``."""
    return Sync(settings, config_dir, clock)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file is written anew; None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
