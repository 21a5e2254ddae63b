"""What is connected: the cameras that libcamera knows, the sensors that answer on the buses, and what these read."""

from pathlib import Path
from typing import Any

from edge.cameras import CameraError
from edge.cameras.picamera import connected_models
from edge.clock import Clock, SystemClock
from edge.config import parse
from edge.sensor_look import read_sensors
from edge.wizard.questions import FoundSensor
from sensors.scan import scan
from sensors.surroundings import Surroundings


def cameras_here() -> list[str]:
    """Return the models of the cameras that picamera2 sees; none where it is not installed, or does not answer."""
    try:
        return connected_models()
    except CameraError:
        return []


def sensors_here(root: Path = Path("/")) -> list[FoundSensor]:
    """Return the sensors that answer, and the computer itself, which always does; ``root`` is where ``/dev`` is."""
    around = Surroundings(SystemClock().now, 0.0, 0.0, root=root)
    connected = [
        FoundSensor(one.driver, one.driver, f"{one.what}, {one.where}", one.options)
        for one in scan(around).found
        if one.driver
    ]
    itself = "the computer's own temperature, load, memory and disk"
    return [*connected, FoundSensor("system", "system", itself)]


def live_reading(site: dict[str, Any], sensor: FoundSensor, clock: Clock) -> str:
    """Return what a found sensor reads now, in words, at ``site`` (that section of config.json)."""
    alone = parse({"site": site, "sensors": [sensor.settings]})
    (facts,) = read_sensors(alone, clock)
    return reading_words(facts)


def reading_words(facts: dict[str, Any]) -> str:
    """Return the readings of a sensor in words, or why there are none."""
    values = [
        f"{one['quantity']} {one['value']:.2f} {one['unit']}".rstrip()
        for one in facts["readings"]
    ]
    return ", ".join(values) or facts["problem"].rstrip(".") or "it reads nothing yet"
