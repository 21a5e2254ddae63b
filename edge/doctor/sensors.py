"""The sensors: each enabled one is read once."""

from collections.abc import Iterator

from edge.clock import SystemClock
from edge.config import Settings
from edge.doctor.finding import Finding, fine, wrong
from edge.sensor_look import read_sensors


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield for each enabled sensor how many quantities it reads, or why it reads none."""
    for sensor in read_sensors(settings, SystemClock()):
        name, problem = f"sensor {sensor['name']}", sensor["problem"]
        if problem:
            said = f"{problem[0].upper()}{problem[1:].rstrip('.')}."
            remedy = "What is connected: allsky-edge sensors --scan"
            yield wrong(name, said, remedy)
        else:
            count = len(sensor["readings"])
            yield fine(name, f"{count} reading{'' if count == 1 else 's'}.")
