"""Ask the sensors: each at its own interval, each bus for itself.

Sensors on one bus take turns; a line is such a bus with its sensors. `Line.step` asks those that are due, once each. On
a camera every line has a thread (`Threads`), so one that is slow, or hangs, delays no other; where time is simulated
the lines are stepped one after the other.
"""

import datetime as dt
import math
import queue
import statistics
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from edge.clock import Clock
from edge.config import Settings
from edge.describe import AVAILABLE, UNAVAILABLE
from edge.plausibility import Mark, Plausibility, why
from edge.settings.sensors import SensorSettings
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
from sensors.surroundings import Surroundings

ASK_AGAIN_S = 2.0
LONGEST_REST_S = 900.0
PATIENT_FAILURES = 3
DOUBTFUL = "doubtful values"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking one sensor: its readings, how it is and why, and which quantities are marked.

    ``gives`` says what it gives while there is a reason: nothing, less, or doubtful values.
    """

    sensor: str
    taken_utc: dt.datetime
    taken_s: float
    state: str
    reason: str = ""
    readings: Sequence[Reading] = ()
    marks: dict[str, Mark] = field(default_factory=dict)
    gives: str = "nothing"

    @property
    def good(self) -> list[Reading]:
        """The readings that are not marked."""
        return [one for one in self.readings if one.quantity not in self.marks]


class Polled:
    """One sensor of the settings: opened when it is first due, and again after it was not found.

    One that has no valid measurement is asked once more two seconds later before anything is said. One that was not
    there three times in a row is asked less and less often, at least every quarter of an hour or at its interval.
    """

    def __init__(
        self, settings: SensorSettings, surroundings: Surroundings, due_s: float
    ) -> None:
        self.settings = settings
        self.due_s = self._beat_s = due_s
        self.marks: dict[str, Mark] = {}
        self._surroundings = surroundings
        self._sensor: Sensor | None = None
        self._memory: dict[str, Plausibility] = {}
        self._failures, self._asks_again = 0, False

    @property
    def name(self) -> str:
        """The name that the settings give it."""
        return self.settings.name

    @property
    def doubts(self) -> str:
        """Why quantities of the last reading cannot be true, in words; empty when all can."""
        return "; ".join(why(name, mark) for name, mark in self.marks.items())

    def poll(self, clock: Clock) -> Outcome | None:
        """Ask the sensor; None when it is to be asked again before anything is said."""
        taken_utc, taken_s = clock.now(), clock.monotonic()

        def outcome(
            state: str,
            reason: str,
            readings: Sequence[Reading] = (),
            gives: str = "nothing",
        ) -> Outcome:
            marks = self.marks if readings else {}
            return Outcome(
                self.name, taken_utc, taken_s, state, reason, readings, marks, gives
            )

        failures, self._failures = self._failures, 0
        asks_again, self._asks_again = self._asks_again, False
        try:
            readings = self.read()
        except SensorSaturatedError as error:
            return outcome(AVAILABLE, str(error))
        except SensorNotReadyError as error:
            if error.readings:
                return outcome(AVAILABLE, str(error), error.readings, "less")
            self._asks_again = not asks_again
            return None if self._asks_again else outcome(UNAVAILABLE, str(error))
        except (SensorError, OSError) as error:
            self.reopen()
            self._failures = failures + 1
            return outcome(UNAVAILABLE, str(error))
        return outcome(AVAILABLE, self.doubts, readings, DOUBTFUL)

    def read(self) -> list[Reading]:
        """Return what the sensor says, with its offsets, and what follows from it; raise what its driver raises.

        ``marks`` then says which quantities cannot be true.
        """
        if self._sensor is None:
            one = self.settings
            self._sensor = open_sensor(
                one.driver, one.name, one.options.model_dump(), self._surroundings
            )
        try:
            return self._complete(self._measured(self._sensor))
        except SensorNotReadyError as error:
            raise SensorNotReadyError(
                str(error), self._complete(error.readings)
            ) from error

    def _measured(self, sensor: Sensor) -> Sequence[Reading]:
        """Return what the sensor says, or of several times the medians; more than half of them must succeed."""
        many = self.settings.median_of
        rounds: list[Sequence[Reading]] = []
        failed: SensorNotReadyError | None = None
        for _ in range(many):
            try:
                rounds.append(sensor.read())
            except SensorNotReadyError as error:
                failed = error
        if failed is not None and len(rounds) <= many // 2:
            raise failed
        if len(rounds) == 1:
            return rounds[0]
        values: dict[str, list[Reading]] = {}
        for one in (reading for readings in rounds for reading in readings):
            values.setdefault(one.quantity, []).append(one)
        return [
            replace(same[0], value=statistics.median_low(one.value for one in same))
            for same in values.values()
            if len(same) > many // 2
        ]

    def _complete(self, measured: Sequence[Reading]) -> list[Reading]:
        """Return what was measured with its offsets, and what follows from what is not marked."""
        if not all(math.isfinite(reading.value) for reading in measured):
            raise SensorNotReadyError("the sensor gave something that is no number")
        offsets = self.settings.offsets
        readings = [
            replace(one, value=one.value + offsets.get(one.quantity, 0.0))
            for one in measured
        ]
        self.marks = self._judged(readings)
        good = [one for one in readings if one.quantity not in self.marks]
        measured_too = {one.quantity for one in readings}
        follows = [
            one
            for one in derived(good, self._surroundings.elevation_m)
            if one.quantity not in measured_too
        ]
        return [*readings, *follows]

    def _judged(self, readings: Iterable[Reading]) -> dict[str, Mark]:
        """Return the quantities that cannot be true, and why."""
        now_s, marks = self._surroundings.monotonic(), {}
        for one in readings:
            if one.quantity not in self._memory:
                known = QUANTITIES[one.quantity]
                self._memory[one.quantity] = Plausibility(known)
            mark = self._memory[one.quantity].judge(one.value, now_s)
            if mark is not None:
                marks[one.quantity] = mark
        return marks

    def rest(self, now_s: float) -> None:
        """Wait for the next beat of the sensor's own interval; beats that were missed are skipped."""
        interval_s = self.settings.interval_s
        if self._asks_again:
            self.due_s = now_s + min(ASK_AGAIN_S, interval_s / 2)
            return
        self._beat_s += (1 + (now_s - self._beat_s) // interval_s) * interval_s
        doublings = min(max(self._failures - PATIENT_FAILURES, 0), 20)
        rest_s = interval_s * (2**doublings - 1)
        at_most_s = max(0.0, LONGEST_REST_S - interval_s)
        self.due_s = self._beat_s + min(rest_s, at_most_s) // interval_s * interval_s

    def reopen(self) -> None:
        """Open the sensor anew next time."""
        self._sensor = None


class Line:
    """Sensors that must be asked one after the other."""

    def __init__(self, polled: Sequence[Polled], clock: Clock) -> None:
        self.polled, self._clock = polled, clock
        self.asking_since_s: float | None = None

    @property
    def due_s(self) -> float:
        """When the next of them is due, in monotonic seconds."""
        return min(one.due_s for one in self.polled)

    def step(self) -> list[Outcome]:
        """Ask every sensor that is due."""
        outcomes = []
        for one in self.polled:
            if one.due_s <= self._clock.monotonic():
                self.asking_since_s = self._clock.monotonic()
                outcome = one.poll(self._clock)
                one.rest(self._clock.monotonic())
                outcomes += [outcome] if outcome else []
        self.asking_since_s = None
        return outcomes


class Threads:
    """A thread for every line; what they find comes together in one place."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._stop = threading.Event()
        self._found: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, args=(line,), daemon=True)
            for line in lines
        ]
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """Whether all threads are at work; one ends only by a mistake in the program."""
        return all(thread.is_alive() for thread in self._threads)

    def collect(self) -> list[Outcome]:
        """Return what was found since the last time."""
        found = []
        while not self._found.empty():
            found.append(self._found.get())
        return found

    def close(self, patience_s: float = 2.0) -> None:
        """Let the threads end; one whose bus hangs is left behind and ends with the process."""
        self._stop.set()
        until_s = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))

    def _run(self, line: Line) -> None:
        while not self._stop.is_set():
            for outcome in line.step():
                self._found.put(outcome)
            self._stop.wait(max(0.0, line.due_s - time.monotonic()))


def lines(settings: Settings, clock: Clock, around: Surroundings) -> list[Line]:
    """Return the enabled sensors by the bus that they share; what shares none has a line of its own."""
    found: dict[tuple[str, object], list[Polled]] = {}
    for one in settings.sensors:
        if one.enabled:
            polled = Polled(one, around, clock.monotonic())
            found.setdefault(_bus(one), []).append(polled)
    return [Line(polled, clock) for polled in found.values()]


def _bus(sensor: SensorSettings) -> tuple[str, object]:
    if "bus" in type(sensor.options).model_fields:
        return "i2c", sensor.options.model_dump()["bus"]
    if sensor.driver == "ds18b20":
        return "1-wire", 0
    return "alone", sensor.name
