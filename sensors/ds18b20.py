"""DS18B20 and its relatives on the 1-Wire bus of the kernel, through w1thermsensor."""

import contextlib
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sensors.libraries import w1thermsensor
from sensors.reading import (
    Reading,
    SensorNotFoundError,
    SensorNotReadyError,
    within,
)
from sensors.surroundings import Surroundings

DEVICES = Path("sys/bus/w1/devices")
NO_BUS = (
    "there is no 1-Wire bus: add dtoverlay=w1-gpio to /boot/firmware/config.txt, with gpiopin=<n> if the data line is"
    " not at GPIO 4, and restart"
)
# DS18S20, DS1822, DS18B20, DS1825 and MAX31850K, DS28EA00.
FAMILIES = frozenset({"10", "22", "28", "3b", "42"})
CABLE = "check the cable and the resistor of 4.7 kΩ between data and 3.3 V"


class DS18B20:
    """A thermometer. ``id`` is its number, as in ``28-0316a2794bff``; empty for the only one on the bus."""

    def __init__(
        self,
        name: str,
        surroundings: Surroundings,
        id: str,  # noqa: A002 - the word of the settings and of the bus
    ) -> None:
        self.name = name
        self._folder = surroundings.root / DEVICES
        self._library = w1thermsensor()
        self._device = self._only_one() if not id else self._open(id)

    def read(self) -> Sequence[Reading]:
        """Return the temperature; the chip takes three quarters of a second to measure it."""
        with _explaining(self._library.errors):
            temperature_c = self._device.get_temperature()
        within("temperature", temperature_c, -55, 125, "°C")
        return [Reading(self.name, "temperature", round(temperature_c, 3), "°C")]

    def _only_one(self) -> Any:
        found = thermometers(self._folder)
        if len(found) == 1:
            return self._open(found[0])
        if found:
            raise SensorNotFoundError(
                f'there are {len(found)} thermometers on the 1-Wire bus, so name one with "id": {", ".join(found)}'
            )
        raise SensorNotFoundError(
            f"no thermometer is on the 1-Wire bus: {CABLE}"
            if self._folder.is_dir()
            else NO_BUS
        )

    def _open(self, full_id: str) -> Any:
        if not self._folder.is_dir():
            raise SensorNotFoundError(NO_BUS)
        found = thermometers(self._folder)
        if full_id not in found:
            there = f"there is {', '.join(found)}" if found else "there is none"
            raise SensorNotFoundError(
                f"no thermometer {full_id} is on the 1-Wire bus, {there}: {CABLE}"
            )
        family, _, number = full_id.partition("-")
        kind = self._library.Sensor.from_id_string(family)
        with _explaining(self._library.errors):
            return _thermometer_in(self._folder)(kind, number)


def thermometers(folder: Path) -> list[str]:
    """Return the full ids of the thermometers in ``/sys/bus/w1/devices``, in order; none where there is no bus."""
    return sorted(
        path.name for path in folder.glob("??-*") if path.name[:2] in FAMILIES
    )


@contextlib.contextmanager
def _explaining(errors: Any) -> Iterator[None]:
    """Turn the errors of the library into ours, with a remedy each."""
    try:
        yield
    except errors.NoSensorFoundError as error:
        raise SensorNotFoundError(
            f"the thermometer is gone from the 1-Wire bus: {CABLE}"
        ) from error
    except errors.ResetValueError as error:
        raise SensorNotReadyError(
            f"the thermometer says 85.0 °C, which it does when it lost its supply while measuring: {CABLE}"
        ) from error
    except (errors.SensorNotReadyError, IndexError, ValueError) as error:
        raise SensorNotReadyError(
            f"the thermometer gave a disturbed answer (wrong CRC): {CABLE}"
        ) from error


@functools.cache
def _thermometer_in(folder: Path) -> Any:
    """Return the library's class of a thermometer for another folder than ``/sys/bus/w1/devices``."""
    library = w1thermsensor()
    return type("Thermometer", (library.W1ThermSensor,), {"BASE_DIRECTORY": folder})
