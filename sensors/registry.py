"""The drivers by name. To add one: its module, a line here, a row in ``docs/sensors.md``, a test that meets its chip.

A driver is a class whose constructor takes ``name`` and its options as keywords, and ``surroundings`` if it wants to
know where it is. Its module is imported only when a sensor of it is opened.
"""

import importlib
import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from sensors.reading import Sensor, SensorNotFoundError
from sensors.surroundings import Surroundings

DRIVERS = {
    "simulated-climate": "sensors.simulated:SimulatedClimate",
    "simulated-sky": "sensors.simulated:SimulatedSkyMeter",
    "system": "sensors.system:System",
}


def open_sensor(
    driver: str, name: str, options: Mapping[str, Any], surroundings: Surroundings
) -> Sensor:
    """Return the sensor ``name``, opened.

    Raises
    ------
    ValueError
        The driver or an option is unknown, or the value of an option is wrong.
    SensorNotFoundError
        The device, or the library of its driver, is not there.
    """
    make = _driver(driver)
    parameters = inspect.signature(make).parameters
    known = set(parameters) - {"name", "surroundings"}
    if unknown := set(options) - known:
        listed = f"it has {', '.join(sorted(known))}" if known else "it has none"
        raise ValueError(
            f"{driver} has no option {', '.join(sorted(unknown))}; {listed}"
        )
    context = {"surroundings": surroundings} if "surroundings" in parameters else {}
    return make(name=name, **options, **context)


def _driver(driver: str) -> Callable[..., Sensor]:
    if driver not in DRIVERS:
        close = get_close_matches(driver, DRIVERS, n=1)
        hint = f", did you mean {close[0]}?" if close else "."
        raise ValueError(
            f"unknown driver {driver!r}{hint} The drivers are {', '.join(sorted(DRIVERS))}"
        )
    module, _, name = DRIVERS[driver].partition(":")
    try:
        found: Callable[..., Sensor] = getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise SensorNotFoundError(
            f"{driver} needs a library that is not installed ({error.name}): pip install 'allsky-network[pi]'"
        ) from error
    return found
