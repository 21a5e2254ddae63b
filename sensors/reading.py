"""What every driver speaks: a reading, a sensor, and three ways to fail because callers do three different things."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured quantity; names and units are those of the table in ``products/quantities.py``."""

    sensor: str
    quantity: str
    value: float
    unit: str


class SensorError(Exception):
    """What a driver may raise; the message says what to do."""


class SensorNotFoundError(SensorError):
    """Nothing, or the wrong chip, answers where the sensor was expected: tell the owner."""


class SensorNotReadyError(SensorError):
    """The sensor answered, but has no valid measurement yet: try again next time."""


class SensorSaturatedError(SensorError):
    """The quantity is outside the present range of the sensor: change the range."""


class Sensor(Protocol):
    """A device that yields readings when asked."""

    name: str

    def read(self) -> Sequence[Reading]:
        """Return one reading per quantity, or raise a `SensorError`."""
