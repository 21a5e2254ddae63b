"""Where a sensor is: what some drivers need to know besides their own options."""

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SimulatedSky:
    """The made-up weather and sky of a simulated camera, so that its sensors agree with its frames.

    ``clouds`` is a kind of `sensors.weather.KINDS`; ``mag_arcsec2`` is the moonless, cloudless zenith.
    """

    seed: int = 1
    clouds: str = "changing"
    mag_arcsec2: float = 21.3


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The time, the place, the computer, and the simulated sky for drivers that simulate.

    Attributes
    ----------
    now
        Returns the aware time: simulated time where the whole camera is simulated.
    latitude_deg, longitude_deg, elevation_m
        The exact place.
    data
        The data folder.
    units
        The unit of every quantity by its name, for drivers that are told names only.
    monotonic, wait
        Seconds that never jump, and a way to let some of them pass.
    root
        Where ``/dev``, ``/sys`` and ``/proc`` of the computer are.
    """

    now: Callable[[], dt.datetime]
    latitude_deg: float
    longitude_deg: float
    elevation_m: float = 0.0
    data: Path = Path()
    simulated: SimulatedSky = SimulatedSky()
    units: Mapping[str, str] = field(default_factory=dict)
    monotonic: Callable[[], float] = time.monotonic
    wait: Callable[[float], object] = time.sleep
    root: Path = Path("/")
