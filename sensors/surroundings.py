"""Where a sensor is: what some drivers need to know besides their own options."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
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
    """The time, the place, the data folder, and the simulated sky for drivers that simulate.

    ``now`` returns the aware time: simulated time where the whole camera is simulated.
    """

    now: Callable[[], dt.datetime]
    latitude_deg: float
    longitude_deg: float
    elevation_m: float = 0.0
    data: Path = Path()
    simulated: SimulatedSky = SimulatedSky()
