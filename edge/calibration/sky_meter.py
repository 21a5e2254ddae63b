"""The constant between a light sensor and a meter of sky brightness, from comparisons on several nights.

Each comparison is kept in a file beside the settings, with what the sensor read without any offset, so that all of them
count again whenever one is added. The constant is the median over the nights of the median of each night: one cloudy
night, or one wrong figure, does not move it.
"""

import datetime as dt
import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from products.files import write_atomically
from products.utc import parse_utc, utc_text

FILE_NAME = "sky-brightness.json"
ENOUGH_NIGHTS = 3


@dataclass(frozen=True, slots=True)
class Comparison:
    """What meter and sensor read at the same time, in mag/arcsec²; ``sensor_mag`` is without offset."""

    taken_utc: dt.datetime
    night: str
    sensor: str
    meter_mag: float
    sensor_mag: float

    @property
    def difference_mag(self) -> float:
        """What has to be added to the sensor."""
        return self.meter_mag - self.sensor_mag


@dataclass(frozen=True, slots=True)
class Constant:
    """What is added to a sensor, by comparisons on so many nights; ``residuals_mag`` are what then is left of each."""

    sensor: str
    offset_mag: float
    nights: int
    residuals_mag: tuple[float, ...]

    @property
    def spread_mag(self) -> float:
        """The median of the absolute residuals."""
        return statistics.median(map(abs, self.residuals_mag))


def constant_of(comparisons: Sequence[Comparison]) -> Constant:
    """Return the constant of one sensor from its comparisons, at least one."""
    nights: dict[str, list[float]] = {}
    for one in comparisons:
        nights.setdefault(one.night, []).append(one.difference_mag)
    offset = statistics.median(map(statistics.median, nights.values()))
    return Constant(
        comparisons[0].sensor,
        round(offset, 3),
        len(nights),
        tuple(round(one.difference_mag - offset, 3) for one in comparisons),
    )


class SkyMeterLog:
    """The file of comparisons, and of the constants that were set, each with its date."""

    def __init__(self, path: Path) -> None:
        self._path = path
        content: dict[str, Any] = {"comparisons": [], "constants": []}
        if path.exists():
            content |= json.loads(path.read_text(encoding="utf-8"))
        self.comparisons = [
            Comparison(**one | {"taken_utc": parse_utc(one["taken_utc"])})
            for one in content["comparisons"]
        ]
        self.constants: list[dict[str, Any]] = content["constants"]

    def of(self, sensor: str) -> list[Comparison]:
        """Return the comparisons of a sensor, oldest first."""
        return [one for one in self.comparisons if one.sensor == sensor]

    def add(self, comparison: Comparison) -> None:
        """Keep a comparison."""
        sensor_mag = round(comparison.sensor_mag, 3)
        self.comparisons.append(replace(comparison, sensor_mag=sensor_mag))
        self._write()

    def forget_last(self, sensor: str) -> bool:
        """Remove the newest comparison of a sensor, and say whether there was one."""
        if not (found := self.of(sensor)):
            return False
        self.comparisons.remove(found[-1])
        self._write()
        return True

    def set(self, constant: Constant, now: dt.datetime) -> None:
        """Keep a constant that was set, with its date."""
        self.constants.append(asdict(constant) | {"dated_utc": utc_text(now)})
        self._write()

    def _write(self) -> None:
        rows = [
            asdict(one) | {"taken_utc": utc_text(one.taken_utc)}
            for one in self.comparisons
        ]
        content = {"comparisons": rows, "constants": self.constants}
        write_atomically(self._path, (json.dumps(content, indent=2) + "\n").encode())
