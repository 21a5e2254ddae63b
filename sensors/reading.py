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
    """The sensor has no valid measurement now: try again next time.

    ``readings`` are those quantities that it did measure, where only some of them failed.
    """

    def __init__(self, message: str, readings: Sequence[Reading] = ()) -> None:
        super().__init__(message)
        self.readings = tuple(readings)


class SensorSaturatedError(SensorError):
    """The quantity is outside what the sensor can tell, too bright or too dark: nothing is wrong with it."""


class Sensor(Protocol):
    """A device that yields readings when asked."""

    name: str

    def read(self) -> Sequence[Reading]:
        """Return one reading per quantity, or raise a `SensorError`."""


def within(what: str, value: float, lowest: float, highest: float, unit: str) -> float:
    """Return ``value`` if such a chip can measure it at all, else raise `SensorNotReadyError`.

    The limits are those of the data sheet. What lies outside is a loose contact or a broken chip, not weather.
    """
    if not lowest <= value <= highest:
        raise SensorNotReadyError(
            f"the {what} of {value:.6g} {unit} is outside of what the chip can measure ({lowest:g} to {highest:g}"
            f" {unit}): check the cable, the plugs and the supply"
        )
    return value
