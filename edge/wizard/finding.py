"""What is connected: the cameras that libcamera knows, the sensors that answer on the buses."""

from edge.wizard.questions import FoundSensor


def cameras_here() -> list[str]:
    """Return the models of the cameras that picamera2 sees; none where it is not installed."""
    return []


def sensors_here() -> list[FoundSensor]:
    """Return the sensors that answer, and the computer itself, which always does."""
    return [
        FoundSensor(
            "system", "system", "the computer's own temperature, load, memory and disk"
        )
    ]
