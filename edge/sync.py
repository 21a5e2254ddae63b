"""Send everything to the hub: verbs that each do one unit of work, in the order of what must not wait.

Heartbeat, newest frame, description, readings, products by their lanes: after every unit the order starts again from
the top. On a camera the newest frame has a thread and a connection of its own, so that it never waits behind a large
file. Readings and products stay in `edge.db` until the hub has confirmed them, and the hub takes the same twice without
harm, so an answer that is lost loses and doubles nothing.
"""

import contextlib
import datetime as dt
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from edge.allowance import HEARTBEAT, LIVE, Allowance
from edge.bandwidth import Bandwidth
from edge.blob_sender import BlobSender
from edge.breaker import Breaker
from edge.clock import Clock
from edge.config import Settings
from edge.describe import describe
from edge.events_sender import EventsSender
from edge.heartbeat_sender import HeartbeatSender, Senders
from edge.hub_client import HubClient
from edge.hub_connection import Terms
from edge.hub_errors import LineError, StoppedError
from edge.hub_key import NoKeyError, key_path, read_key
from edge.live_sender import LiveSender, LiveThread
from edge.outbox import Outbox
from edge.outbox_lanes import LaneBook, Traffic
from edge.outbox_rows import LANES
from edge.products_sender import ProductsSender
from edge.readings_sender import ReadingsSender
from edge.service import BeginAnewError
from edge.settings.sensors import private_names
from edge.store import ProgramState, Store
from edge.sync_lanes import Lane, Lanes
from edge.trouble import DISK_ERRORS
from products.manifest import CameraDescription

LOOK_EVERY_S = 10.0
READINGS_EVERY_S = 60.0
REST_WITHOUT_HUB_S = 600.0
LOOK_FOR_KEY_EVERY_S = 60.0
PURGE_EVERY_S = 86400.0
LINE = "line"

logger = logging.getLogger(__name__)


class Sync:
    """The sender. ``chance`` draws the waits after failures; with ``threads`` the newest frame goes beside the rest."""

    name = "sync"
    silence_s = 900.0
    alive = True

    def __init__(
        self,
        settings: Settings,
        config_dir: Path,
        clock: Clock,
        chance: random.Random | None = None,
        *,
        threads: bool = False,
    ) -> None:
        self._settings, self._config_dir, self._clock = settings, config_dir, clock
        self._store = Store(settings.data)
        self._outbox = Outbox(self._store)
        self._book = LaneBook(self._store.db)
        chance = chance or random.Random()
        limit_kb_s = settings.hub.limit_kb_s
        self._bandwidth = Bandwidth(clock, limit_kb_s and limit_kb_s * 1000)
        traffic = Traffic(self._store.db)
        self._allowance = Allowance(settings, clock, self._bandwidth, traffic)
        self._hello = HeartbeatSender(
            self._store, self._outbox, clock, settings, self._allowance
        )
        self._senders = self._made_senders(chance)
        self._live = LiveSender(
            self._store.scratch, clock, self._allowance, self._bandwidth
        )
        self._line = Breaker(chance)
        self._lanes = self._made_lanes(chance, live=not threads)
        self._hub: HubClient | None = None
        self._key_seen: tuple[int, int] | None = None
        self._readings_due_s = self._purge_due_s = 0.0
        self._look_at_camera = True
        self._described: CameraDescription | None = None
        self._said: ProgramState | None = None
        self._thread = (
            LiveThread(self._live, clock, random.Random(), self._may_send_live)
            if threads
            else None
        )

    def step(self) -> float:
        """Send the most urgent thing that waits and return the seconds until there may be more."""
        if not self._settings.hub.url:
            self._say("no hub", "No hub is configured: hub.url is empty.")
            return REST_WITHOUT_HUB_S
        if self._thread and not self._thread.alive:
            raise BeginAnewError("The thread of the live image has ended by a mistake.")
        try:
            return self._send_one()
        except NoKeyError as error:
            self._disconnect()
            self._say("no key", str(error))
            return LOOK_FOR_KEY_EVERY_S
        except StoppedError:
            return 0.0
        except LineError as error:
            return self._line_failed(error)
        finally:
            self._keep_books()

    def close(self) -> None:
        """Close the connections and the store; let others have what this sender was at work on."""
        if self._thread:
            self._thread.close()
        self._disconnect()
        with contextlib.suppress(*DISK_ERRORS):
            self._outbox.leases.give_all_back()
        self._allowance.write_down(at_once=True)
        self._store.close()

    def say_hello(self, hub: HubClient) -> bool:
        """Send the heartbeat when it is due; it is also the probe of a line that was broken."""
        if not self._hello.send(hub, self._senders, self._problem()):
            return False
        self._line.succeeded()
        self._book.succeeded(LINE, self._clock.now())
        self._look_at_camera = True
        self._say("online", self._problem())
        return True

    def send_live(self, _hub: HubClient) -> bool:
        """Send the newest frame over its own connection."""
        return self._live.send()

    def send_camera(self, hub: HubClient) -> bool:
        """Send the description when it changed; looked at once after every heartbeat."""
        if not self._look_at_camera:
            return False
        description = describe(self._settings, self._store)
        changed = description != self._described
        if changed:
            hub.put_camera(description)
            self._described = description
        self._look_at_camera = False
        return changed

    def send_event(self, hub: HubClient) -> bool:
        """Send an event or its picture."""
        return self._senders.events.send(hub)

    def send_readings(self, hub: HubClient) -> bool:
        """Send a batch of readings, and the rest of a backlog without waiting."""
        if self._clock.monotonic() < self._readings_due_s:
            return False
        if self._senders.readings.send(hub):
            return True
        self._readings_due_s = self._clock.monotonic() + READINGS_EVERY_S
        return False

    def send_product(self, hub: HubClient, lane: str) -> bool:
        """Send one file, one piece or one manifest of the product of a lane that is due."""
        return self._senders.products.send(hub, lane)

    def _send_one(self) -> float:
        hub = self._connected()
        if wait_s := self._line.wait_s(self._clock.monotonic()):
            return min(wait_s, LOOK_FOR_KEY_EVERY_S)
        if self._lanes.do_one(hub):
            return 0.0
        self._say("online", self._problem())
        until_hello_s = self._hello.due_s - self._clock.monotonic()
        return max(1.0, min(LOOK_EVERY_S, until_hello_s))

    def _made_senders(self, chance: random.Random) -> Senders:
        blobs = BlobSender(self._bandwidth)
        products = ProductsSender(
            self._outbox,
            self._clock,
            chance,
            self._allowance,
            blobs,
            self._hello.deletions,
        )
        events = EventsSender(
            self._store, self._clock, chance, blobs, self._hello.deletions
        )
        private = private_names(self._settings.sensors)
        readings = ReadingsSender(
            self._store, self._outbox.leases, self._clock, private
        )
        return Senders(readings, events, products, blobs)

    def _made_lanes(self, chance: random.Random, *, live: bool) -> Lanes:
        verbs: dict[str, Callable[[HubClient], bool]] = {
            HEARTBEAT: self.say_hello,
            **({LIVE: self.send_live} if live else {}),
            "description": self.send_camera,
            "events": self.send_event,
            "readings": self.send_readings,
            **{lane: partial(self.send_product, lane=lane) for lane in LANES},
        }
        lanes = tuple(Lane(name, verb, chance) for name, verb in verbs.items())
        return Lanes(lanes, self._clock, self._allowance, self._book)

    def _connected(self) -> HubClient:
        """Return the client with the key of this moment; a new key begins anew. Raise `NoKeyError` without one."""
        seen = _identity(key_path(self._config_dir))
        if self._hub is None or seen != self._key_seen:
            key, chosen = read_key(self._config_dir), self._settings.hub
            terms = Terms(chosen, self._clock, self._bandwidth)
            self._disconnect()
            self._hub = HubClient(chosen.url, key, terms)
            self._live.hub = HubClient(chosen.url, key, replace(terms, urgent=True))
            self._senders.products.identity = key
            self._senders.blobs.begin_anew()
            self._key_seen, self._hello.due_s, self._described = seen, 0.0, None
            self._line.succeeded()
            if self._thread:
                self._thread.begin_anew()
        return self._hub

    def _disconnect(self) -> None:
        """Close the connections; nothing is sent until there are others."""
        for hub in (self._hub, self._live.hub):
            if hub:
                hub.close()
        self._hub = self._live.hub = None

    def _may_send_live(self) -> bool:
        """Say, to the thread of the live image, whether the line is there and allowed."""
        return not (self._line.is_open or self._allowance.refusal(LIVE))

    def _line_failed(self, error: LineError) -> float:
        now_s = self._clock.monotonic()
        self._line.failed(now_s, error.retry_after_s)
        self._hello.due_s = now_s
        wait_s = self._line.wait_s(now_s)
        next_utc = self._clock.now() + dt.timedelta(seconds=wait_s)
        self._book.failed(LINE, self._line.failures, str(error), next_utc)
        self._say(error.state, str(error), wait_s)
        return min(wait_s, LOOK_FOR_KEY_EVERY_S)

    def _keep_books(self) -> None:
        """Write down what was transferred and how the live image fares; once a day forget what was sent long ago."""
        self._allowance.write_down()
        now, now_s = self._clock.now(), self._clock.monotonic()
        with contextlib.suppress(*DISK_ERRORS):
            if self._thread:
                self._note_live(self._thread, now)
            if now_s >= self._purge_due_s:
                self._purge_due_s = now_s + PURGE_EVERY_S
                self._outbox.purge(now)

    def _note_live(self, thread: LiveThread, now: dt.datetime) -> None:
        if why := self._allowance.refusal(LIVE):
            self._book.held(LIVE, why)
        elif thread.problem:
            rest_s = max(0.0, thread.next_s - self._clock.monotonic())
            next_utc = now + dt.timedelta(seconds=round(rest_s))
            self._book.failed(LIVE, thread.failures, thread.problem, next_utc)
        elif self._live.sent_utc:
            self._book.succeeded(LIVE, self._live.sent_utc)

    def _problem(self) -> str:
        """Return what is not being sent although the hub answers."""
        return self._lanes.problem or self._outbox.problem() or self._hello.problem

    def _say(self, state: str, reason: str, wait_s: float | None = None) -> None:
        """Store the state, and log it, when it is not what was said last."""
        now = self._clock.now()
        due = now + dt.timedelta(seconds=wait_s) if wait_s is not None else None
        said = self._said
        changed = said is None or (said.state, said.reason) != (state, reason)
        if said is not None and not changed and said.next_utc == due:
            return
        self._said = ProgramState(self.name, state, reason, now, due)
        with contextlib.suppress(*DISK_ERRORS):
            self._store.set_state(self._said)
        if changed:
            level = logging.WARNING if reason else logging.INFO
            logger.log(level, "%s%s", state, f": {reason}" if reason else "")


def build_sync(settings: Settings, config_dir: Path, clock: Clock) -> Sync:
    """Return the program ``sync`` for a time that is simulated."""
    return Sync(settings, config_dir, clock)


def build_service(settings: Settings, config_dir: Path, clock: Clock) -> Sync:
    """Return the program ``sync`` for a camera: the newest frame has a thread."""
    return Sync(settings, config_dir, clock, threads=True)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file is written anew; None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
