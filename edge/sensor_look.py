"""Look at the sensors: read each enabled one now, and say what is connected at all."""

import datetime as dt
import json
from dataclasses import asdict
from typing import Any

from rich.table import Table

from edge.clock import Clock
from edge.config import Settings
from edge.environment import surroundings
from edge.polling import Polled
from edge.settings.sensors import SensorSettings
from products.quantities import QUANTITIES
from sensors.reading import (
    Reading,
    SensorError,
    SensorNotReadyError,
    SensorSaturatedError,
)
from sensors.scan import Found, Scan


class Looked:
    """One enabled sensor, what it said last, and how often it failed.

    ``readings`` are what it gives now; ``problem`` is a sentence when that is nothing, or not all; ``available`` is
    false when something is wrong with it.
    """

    def __init__(self, polled: Polled, clock: Clock) -> None:
        self._polled, self._clock = polled, clock
        self.name, self.driver = polled.name, polled.settings.driver
        self.readings: list[Reading] = []
        self.problem, self.available = "", False
        self.read_utc: dt.datetime | None = None
        self.times = self.failures = 0

    def look(self) -> None:
        """Read it once."""
        self.readings, self.problem, self.available = [], "", True
        try:
            self.readings = self._polled.read()
            self.problem = self._polled.doubts
        except SensorSaturatedError as error:
            self.problem = str(error)
        except SensorNotReadyError as error:
            self.readings = list(error.readings)
            self.problem, self.available = str(error), bool(error.readings)
        except (SensorError, OSError) as error:
            self.problem, self.available = str(error), False
            self._polled.reopen()
        self.read_utc = self._clock.now()
        self.times += 1
        self.failures += bool(self.problem)

    def facts(self) -> dict[str, Any]:
        """Return the last look for a machine."""
        return {
            "name": self.name,
            "driver": self.driver,
            "available": self.available,
            "problem": self.problem,
            "readings": [
                {"quantity": one.quantity, "value": one.value, "unit": one.unit}
                for one in self.readings
            ],
        }


def enabled_sensors(settings: Settings, clock: Clock) -> list[Looked]:
    """Return the enabled sensors, not yet read."""
    around = surroundings(settings, clock)
    return [
        Looked(Polled(one, around, clock.monotonic()), clock)
        for one in settings.sensors
        if one.enabled
    ]


def read_sensors(settings: Settings, clock: Clock) -> list[dict[str, Any]]:
    """Read each enabled sensor once; return the `Looked.facts` of each."""
    sensors = enabled_sensors(settings, clock)
    for sensor in sensors:
        sensor.look()
    return [sensor.facts() for sensor in sensors]


def sensor_table(facts: list[dict[str, Any]]) -> Table:
    """Return what `read_sensors` found, as a table for people."""
    table = Table("sensor", "driver", "reads")
    for sensor in facts:
        table.add_row(sensor["name"], sensor["driver"], _says(sensor))
    return table


def watch_table(sensors: list[Looked]) -> Table:
    """Return what the sensors said last, and how often they failed, as a table for people."""
    table = Table("sensor", "driver", "reads", "at (UTC)", "failed")
    for sensor in sensors:
        when = f"{sensor.read_utc:%H:%M:%S}" if sensor.read_utc else ""
        says = _says(sensor.facts()) if sensor.read_utc else "..."
        failed = f"{sensor.failures} of {sensor.times}" if sensor.failures else ""
        table.add_row(sensor.name, sensor.driver, says, when, failed)
    return table


def _says(sensor: dict[str, Any]) -> str:
    lines = [_value(**reading) for reading in sensor["readings"]]
    return "\n".join([*lines, *([sensor["problem"]] if sensor["problem"] else [])])


def _value(quantity: str, value: float, unit: str) -> str:
    known = QUANTITIES.get(quantity)
    name, decimals = (known.en, known.decimals) if known else (quantity, 2)
    return f"{name} {value:.{decimals}f} {unit}".rstrip()


def scan_facts(scan: Scan, configured: list[SensorSettings]) -> dict[str, Any]:
    """Return a scan for a machine; ``used_by`` is the name of the enabled sensor that reads a thing, or empty."""
    return {
        "found": [
            asdict(one) | {"used_by": _used_by(one, configured)} for one in scan.found
        ],
        "remarks": scan.remarks,
    }


def scan_table(facts: dict[str, Any]) -> Table:
    """Return what `scan_facts` says, as a table for people."""
    table = Table("where", "what", "sensor", "entry for config.json")
    for one in facts["found"]:
        entry = {"name": one["driver"], "driver": one["driver"]}
        if one["options"]:
            entry["options"] = one["options"]
        shown = "" if one["used_by"] or not one["driver"] else json.dumps(entry)
        table.add_row(one["where"], one["what"], one["used_by"], shown)
    return table


def _used_by(found: Found, configured: list[SensorSettings]) -> str:
    """Return the name of the enabled sensor at that place, else of one that names no place: the only thermometer."""
    for place in (lambda value: (value,), lambda _: ("",)):
        for sensor in configured:
            options = sensor.options.model_dump()
            asked = {"bus": 1, **found.options} if "bus" in options else found.options
            if (
                sensor.enabled
                and sensor.driver == found.driver
                and all(
                    options.get(key) in place(value) for key, value in asked.items()
                )
            ):
                return sensor.name
    return ""
