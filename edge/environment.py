"""Poll the sensors, each at its own interval, and append what they say to `edge.db`.

A reading is what a sensor said, or it is absent. One failing sensor never stops the others; that it fails is logged and
stored once, and again when it works.
"""

import contextlib
import datetime as dt
import logging
import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from edge.clock import Clock
from edge.config import Settings
from edge.describe import AVAILABLE, UNAVAILABLE, sensor_state_name
from edge.history import History
from edge.latest import Latest
from edge.settings.sensors import SensorSettings
from edge.store import ProgramState, Store
from edge.switching import enabled_switches
from edge.trouble import DISK_ERRORS, sentence
from products.quantities import QUANTITIES
from sensors.derived import derived
from sensors.reading import (
    Reading,
    Sensor,
    SensorError,
    SensorNotReadyError,
    SensorSaturatedError,
)
from sensors.registry import open_sensor
from sensors.surroundings import SimulatedSky, Surroundings

REST_WITHOUT_SENSORS_S = 3600.0
MOST_ROUNDS_IN_MEMORY = 1000

Round = tuple[dt.datetime, list[dict[str, Any]]]

logger = logging.getLogger(__name__)


class Polled:
    """One sensor of the settings: opened when it is first due, and again after it was not found."""

    def __init__(
        self, settings: SensorSettings, surroundings: Surroundings, due_s: float
    ) -> None:
        self.settings = settings
        self.due_s = due_s
        self._surroundings = surroundings
        self._sensor: Sensor | None = None

    @property
    def name(self) -> str:
        """The name that the settings give it."""
        return self.settings.name

    def read(self) -> list[Reading]:
        """Return what the sensor says, with its offsets, and what follows from it; raise what its driver raises."""
        if self._sensor is None:
            one = self.settings
            self._sensor = open_sensor(
                one.driver, one.name, one.options.model_dump(), self._surroundings
            )
        try:
            return self._complete(self._sensor.read())
        except SensorNotReadyError as error:
            raise SensorNotReadyError(
                str(error), self._complete(error.readings)
            ) from error

    def _complete(self, measured: Sequence[Reading]) -> list[Reading]:
        """Return what was measured with its offsets, and what follows from it."""
        if not all(math.isfinite(reading.value) for reading in measured):
            raise SensorNotReadyError("the sensor gave something that is no number")
        offsets = self.settings.offsets
        readings = [
            replace(one, value=one.value + offsets[one.quantity])
            if one.quantity in offsets
            else one
            for one in measured
        ]
        return [*readings, *derived(readings, self._surroundings.elevation_m)]

    def rest(self, now_s: float) -> None:
        """Wait for the next beat of the sensor's own interval; beats that were missed are skipped."""
        beats = 1 + (now_s - self.due_s) // self.settings.interval_s
        self.due_s += beats * self.settings.interval_s

    def reopen(self) -> None:
        """Open the sensor anew next time."""
        self._sensor = None


class Environment:
    """The program that reads the sensors."""

    name = "environment"
    silence_s = 600.0
    alive = True

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        root: Path = Path("/"),
        pins: Any = None,
    ) -> None:
        self._clock = clock
        self._store = Store(settings.data)
        around, now_s = surroundings(settings, clock, root), clock.monotonic()
        self._polled = [
            Polled(one, around, now_s) for one in settings.sensors if one.enabled
        ]
        self._said: dict[str, tuple[str, str]] = {}
        self._rounds: deque[Round] = deque(maxlen=MOST_ROUNDS_IN_MEMORY)
        self._cannot_store = False
        self._latest = Latest()
        self._switches = enabled_switches(settings, clock, self._latest, pins)
        self._history = History(settings, clock, self._store)
        names = ", ".join(polled.name for polled in self._polled)
        reason = f"Reading {names}." if names else "No sensor is enabled."
        self._store.set_state(
            self._state(self.name, "polling" if names else "no sensors", reason)
        )

    def step(self) -> float:
        """Read every sensor that is due, store the readings at once, and return the seconds until the next is due."""
        taken_utc = self._clock.now()
        now_s = self._clock.monotonic()
        readings: list[Reading] = []
        for polled in self._polled:
            if polled.due_s <= now_s:
                readings += self._read(polled)
                polled.rest(now_s)
        for switch in self._switches:
            if switch.due_s <= now_s:
                readings += switch.round(self._store)
        if readings:
            self._rounds.append((taken_utc, [asdict(one) for one in readings]))
            self._store_rounds()
        self._care_for_history()
        if not self._polled:
            return REST_WITHOUT_SENSORS_S
        next_s = min(
            self._history.due_s,
            *(one.due_s for one in self._polled),
            *(one.due_s for one in self._switches),
        )
        return max(0.0, next_s - self._clock.monotonic())

    def close(self) -> None:
        """Switch everything off and close the store."""
        for switch in self._switches:
            switch.close(self._store)
        self._store.close()

    def _read(self, polled: Polled) -> list[Reading]:
        """Return the readings of one sensor, none when it has none; note how it is."""
        try:
            readings = polled.read()
        except SensorSaturatedError as error:
            self._note(polled.name, AVAILABLE, str(error))
        except SensorNotReadyError as error:
            if error.readings:
                self._note(polled.name, AVAILABLE, str(error), gives="less")
            else:
                self._note(polled.name, UNAVAILABLE, str(error))
            self._latest.put(error.readings, self._clock.monotonic())
            return list(error.readings)
        except (SensorError, OSError) as error:
            polled.reopen()
            self._note(polled.name, UNAVAILABLE, str(error))
        else:
            self._note(polled.name, AVAILABLE, "")
            self._latest.put(readings, self._clock.monotonic())
            return readings
        return []

    def _care_for_history(self) -> None:
        """Shorten the history; what a full disk refuses is done later."""
        with contextlib.suppress(*DISK_ERRORS):
            self._history.step()

    def _store_rounds(self) -> None:
        """Store the readings, oldest first; what a full disk does not take is kept in memory for the next time."""
        try:
            while self._rounds:
                self._store.add_readings(*self._rounds[0])
                self._rounds.popleft()
        except DISK_ERRORS as error:
            if not self._cannot_store:
                logger.error("%s", sentence(error, "readings"))
            self._cannot_store = True
        else:
            self._cannot_store = False

    def _note(
        self, sensor: str, state: str, reason: str, gives: str = "nothing"
    ) -> None:
        """Store how a sensor is, and log it, when that changed."""
        before = self._said.get(sensor)
        if before == (state, reason):
            return
        self._said[sensor] = (state, reason)
        self._store.set_state(self._state(sensor_state_name(sensor), state, reason))
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
    """Return the program ``environment``."""
    return Environment(settings, clock)
