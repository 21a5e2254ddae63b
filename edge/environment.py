"""The program that reads the sensors, appends what they say to `edge.db`, and switches heater and fan by it.

A reading is what a sensor said, or it is absent. That one fails is logged and stored once, and again when it works.
"""

import contextlib
import datetime as dt
import logging
import math
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge.clock import Clock
from edge.clock_trust import ClockTrust, by_the_clock_of_now
from edge.cloud_readings import Clouds
from edge.config import Settings
from edge.describe import AVAILABLE, UNAVAILABLE, sensor_state_name
from edge.history import History
from edge.latest import Latest
from edge.polling import Outcome, Threads, lines
from edge.service import BeginAnewError
from edge.store import ProgramState, Store
from edge.store_clock import date_readings, hold_readings
from edge.switching import enabled_switches
from edge.trouble import DISK_ERRORS, sentence
from products.quantities import QUANTITIES
from sensors.surroundings import SimulatedSky, Surroundings

REST_WITHOUT_SENSORS_S = 3600.0
COLLECT_EVERY_S = 1.0
HANGS_S = 600.0  # longer than any driver takes for one reading
MOST_ROUNDS_IN_MEMORY = 1000

DATED_AT_ONCE = 500  # held readings in one step
# Readings are written together: every so often, or as soon as there are so many. Each commit writes whole pages.
WRITE_EVERY_S, WRITE_FROM_ROWS = 30.0, 25
WRITE_AGAIN_AFTER_S = 30.0  # what a full disk did not take


@dataclass(frozen=True, slots=True)
class Round:
    """Readings that belong together, and when they were read: by the clock of then, and in monotonic seconds."""

    taken_utc: dt.datetime
    taken_s: float
    rows: list[dict[str, Any]]


logger = logging.getLogger(__name__)


class Environment:
    """The program that reads the sensors; with ``threads`` every bus is read for itself.

    ``root`` is where ``/dev`` and ``/sys`` of the computer are, ``pins`` makes gpiozero's pins.
    """

    name = "environment"
    silence_s = 600.0
    alive = True

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        root: Path = Path("/"),
        pins: Any = None,
        *,
        threads: bool = False,
    ) -> None:
        self._clock = clock
        self._store = Store(settings.data)
        self._lines = lines(settings, clock, surroundings(settings, clock, root))
        self._said: dict[str, tuple[str, str]] = {}
        self._rounds: deque[Round] = deque(maxlen=MOST_ROUNDS_IN_MEMORY)
        self._cannot_store, self._write_again_s = False, 0.0
        self._trust = ClockTrust(self._store, clock, settings.clock)
        self._to_date = True
        self._latest, self._clouds = Latest(), Clouds(settings.clouds)
        self._switches = enabled_switches(settings, clock, self._latest, pins)
        self._history = History(settings, clock, self._store)
        names = ", ".join(one.name for one in settings.sensors if one.enabled)
        reason = f"Reading {names}." if names else "No sensor is enabled."
        self._store.set_state(
            self._state(self.name, "polling" if names else "no sensors", reason)
        )
        self._threads = Threads(self._lines) if threads else None

    def step(self) -> float:
        """Store what the sensors say, switch, care for the history, and return the seconds until there is more."""
        for outcome in self._outcomes():
            self._take(outcome)
        self._switch()
        if self._write_due_s() <= self._clock.monotonic():
            self._store_rounds()
        # What a full disk refuses is done later.
        with contextlib.suppress(*DISK_ERRORS):
            self._date_held()
            if self._trust.look():
                self._history.step()
        return self._rest_s()

    def close(self) -> None:
        """Switch everything off, let the sensors go, write the last readings, and close the store."""
        for switch in self._switches:
            switch.close(self._store)
        if self._threads:
            self._threads.close()
        self._store_rounds()
        self._store.close()

    def _outcomes(self) -> list[Outcome]:
        """Return what the sensors said: asked now, or by their threads."""
        if self._threads is None:
            return [outcome for line in self._lines for outcome in line.step()]
        if not self._threads.alive:
            raise BeginAnewError("The thread of a bus has ended by a mistake.")
        self._note_what_hangs()
        return self._threads.collect()

    def _note_what_hangs(self) -> None:
        """Say of the sensors on a bus that does not come back that they give nothing."""
        now_s = self._clock.monotonic()
        for line in self._lines:
            since_s = line.asking_since_s
            limit_s = HANGS_S * max(one.settings.median_of for one in line.polled)
            if since_s is not None and now_s - since_s > limit_s:
                hangs = f"its bus has not answered for {limit_s / 60:.0f} minutes"
                for polled in line.polled:
                    self._note(polled.name, UNAVAILABLE, hangs)

    def _take(self, outcome: Outcome) -> None:
        """Note how a sensor is, and keep what it said for the store and for what goes by it."""
        self._note(outcome.sensor, outcome.state, outcome.reason, outcome.gives)
        self._latest.put(outcome.good, outcome.taken_s)
        follows = self._clouds.readings(outcome, self._latest)
        rows = [
            asdict(one) | {"quality": outcome.marks.get(one.quantity, "")}
            for one in (*outcome.readings, *follows)
        ]
        if rows:
            self._rounds.append(Round(outcome.taken_utc, outcome.taken_s, rows))

    def _switch(self) -> None:
        """Let heater and fan do what is due."""
        now_s, now = self._clock.monotonic(), self._clock.now()
        for switch in self._switches:
            if switch.due_s <= now_s and (told := switch.round(self._store)):
                rows = [asdict(one) for one in told]
                self._rounds.append(Round(now, now_s, rows))

    def _rest_s(self) -> float:
        """Return the seconds until something is due."""
        if not self._lines:
            return REST_WITHOUT_SENSORS_S
        dues = [self._history.due_s, *(one.due_s for one in self._switches)]
        dues.append(self._write_due_s())
        now_s = self._clock.monotonic()
        if self._threads is None:
            dues += [line.due_s for line in self._lines]
        else:
            dues.append(now_s + COLLECT_EVERY_S)
        return max(0.0, min(dues) - now_s)

    def _store_rounds(self) -> None:
        """Store the readings, oldest first; what a full disk does not take is kept in memory for the next time."""
        if not self._rounds:
            return
        try:
            self._store_all(list(self._rounds))
            self._rounds.clear()
        except DISK_ERRORS as error:
            if not self._cannot_store:
                logger.error("%s", sentence(error, "readings"))
            self._cannot_store = True
            self._write_again_s = self._clock.monotonic() + WRITE_AGAIN_AFTER_S
        else:
            self._cannot_store = False

    def _store_all(self, rounds: list[Round]) -> None:
        """Store readings under their times, or hold them while those are not known."""
        if self._trust.look():
            self._store.add_rounds(
                (by_the_clock_of_now(self._clock, one.taken_utc, one.taken_s), one.rows)
                for one in rounds
            )
        elif boot_id := self._clock.boot_id():
            for one in rounds:
                hold_readings(self._store, boot_id, one.taken_s, one.rows)
            self._to_date = True

    def _write_due_s(self) -> float:
        """Return when the readings in memory are to be written, in monotonic seconds."""
        if not self._rounds:
            return math.inf
        if sum(len(one.rows) for one in self._rounds) >= WRITE_FROM_ROWS:
            return self._write_again_s
        return max(self._rounds[0].taken_s + WRITE_EVERY_S, self._write_again_s)

    def _date_held(self) -> None:
        """Give some of the held readings their time as soon as it is known."""
        if self._to_date and self._trust.look():
            self._to_date = date_readings(self._store, DATED_AT_ONCE) > 0

    def _note(
        self, sensor: str, state: str, reason: str, gives: str = "nothing"
    ) -> None:
        """Store how a sensor is, and log it, when that changed."""
        before = self._said.get(sensor)
        if before == (state, reason):
            return
        try:
            self._store.set_state(self._state(sensor_state_name(sensor), state, reason))
        except DISK_ERRORS:
            return  # said the next time: a full disk stops no reading and no heater
        self._said[sensor] = (state, reason)
        if reason:
            level = logging.INFO if state == AVAILABLE else logging.WARNING
            logger.log(level, "Sensor %s gives %s: %s", sensor, gives, reason)
        elif before is not None:
            logger.info("Sensor %s gives readings again", sensor)

    def _state(self, name: str, state: str, reason: str) -> ProgramState:
        return ProgramState(name, state, reason, self._clock.now(), None)


def surroundings(
    settings: Settings, clock: Clock, root: Path = Path("/")
) -> Surroundings:
    """Return what the drivers may know: time, exact place, data folder, and the sky of the simulated camera.

    ``root`` is where ``/dev`` and ``/sys`` of the computer are.
    """
    site, simulator = settings.site, settings.camera.simulator
    return Surroundings(
        now=clock.now,
        latitude_deg=site.latitude_deg,
        longitude_deg=site.longitude_deg,
        elevation_m=site.elevation_m,
        data=settings.data,
        units={one.name: one.unit for one in QUANTITIES.values()},
        monotonic=clock.monotonic,
        wait=time.sleep,  # a program that is told to stop lets a chip finish
        root=root,
        simulated=SimulatedSky(
            simulator.seed, simulator.clouds, simulator.sky_mag_arcsec2
        ),
    )


def build_environment(
    settings: Settings, _config_dir: Path, clock: Clock
) -> Environment:
    """Return the program ``environment`` for a time that is simulated."""
    return Environment(settings, clock)


def build_service(settings: Settings, _config_dir: Path, clock: Clock) -> Environment:
    """Return the program ``environment`` for a camera: every bus has a thread."""
    return Environment(settings, clock, threads=True)
