"""The world around the simulated cameras: which are plugged in, what they see, what goes wrong, how time passes."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from .sensors import Sensor


@dataclass
class World:
    """Knobs for tests.

    Parameters
    ----------
    sensors
        What is plugged in.
    pi5
        Whether raw pixels come as from a Pi 5: 16 bits, left-aligned, rows a multiple of 64 bytes.
    speed
        Simulated seconds that pass in one real second.
    electrons_s
        Electrons per second in a green photosite in the middle of the frame, at a simulated monotonic time in seconds.
    """

    sensors: list[Sensor]
    pi5: bool = False
    speed: float = 1.0
    electrons_s: Callable[[float], float] = lambda _: 4000.0
    temperature_c: float = 21.0
    slow_s: float = 0.0
    """Each frame comes so many simulated seconds too late."""
    dead: threading.Event = field(default_factory=threading.Event)
    """While set, requests never complete, as with a sensor that has crashed or whose cable was pulled."""
    stuck: threading.Event = field(default_factory=threading.Event)
    """While set, stopping a camera blocks, as with a driver that hangs in the kernel."""
    failures: dict[str, deque[Exception]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    """What the next call of ``acquire``, ``configure``, ``start`` or ``create_request`` raises, one exception each."""
    starts: list[dict] = field(default_factory=list)
    """The controls given with each start."""
    exposed: list[tuple[int, int]] = field(default_factory=list)
    """Sequence and exposure (µs) of every frame that the sensor began, also of those nobody saw."""

    def monotonic_ns(self) -> int:
        """Return the simulated time on the clock of the sensors' time stamps."""
        return round(time.monotonic_ns() * self.speed)

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        """Let simulated seconds pass; return whether ``stop`` was set meanwhile."""
        return stop.wait(max(0.0, seconds) / self.speed)

    def unplug(self) -> None:
        """Pull every cable: frames stop, and who looks for cameras anew finds none."""
        self.sensors, self._unplugged = [], self.sensors
        self.dead.set()

    def plug_in(self) -> None:
        """Put the cables back."""
        self.sensors = self._unplugged
        self.dead.clear()

    def may_fail(self, call: str) -> None:
        """Raise what a test has ordered for this call."""
        if self.failures[call]:
            raise self.failures[call].popleft()


current = World([])
"""The world that the next `CameraManager` finds."""
