"""A first frame and a first reading of every sensor, before anything is installed for good."""

from pathlib import Path
from typing import Any

from edge.cameras import CameraError
from edge.clock import Clock
from edge.config import parse
from edge.hardware import camera_lines, take_frame
from edge.sensor_look import read_sensors
from edge.wizard.asking import Asker
from edge.wizard.finding import reading_words


def look(asker: Asker, config: dict[str, Any], clock: Clock, target: Path) -> list[str]:
    """Show one frame and all readings; return a sentence for each thing that gave nothing."""
    settings = parse(config)
    wrong = []
    asker.say("\n[bold]A first look[/bold]")
    asker.say(
        "Reading a frame of the other program."
        if settings.camera.driver == "folder"
        else "Taking a frame; by night it is exposed for as long as later on the roof."
    )
    try:
        facts = take_frame(settings, clock, target)
    except (CameraError, OSError) as error:
        wrong.append(f"No frame: {error}.")
    else:
        asker.say(camera_lines(facts))
        asker.say(f"Look at it: {target.resolve().as_uri()}")
    for sensor in read_sensors(settings, clock):
        if not sensor["available"]:
            wrong.append(f"The sensor {sensor['name']}: {sensor['problem']}")
            continue
        asker.say(f"{sensor['name']}: {reading_words(sensor)}")
    for sentence in wrong:
        asker.say(sentence)
    return wrong
