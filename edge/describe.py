"""What this camera is, in the words that the public may read: the place rounded, the sensors as they are now."""

import platform
from importlib.metadata import version
from pathlib import Path

from edge.cameras.optics import Fisheye
from edge.config import Settings
from edge.settings.camera import CameraSettings
from edge.settings.sensors import SensorSettings
from edge.store import ProgramState, Store
from products.manifest import CameraDescription, Circle, SensorDescription

BOARD = Path("/proc/device-tree/model")
_INSCRIBED = Circle(x=0.5, y=0.5, radius=0.5)  # what a frame cut to the circle shows
AVAILABLE, UNAVAILABLE = "available", "unavailable"


def sensor_state_name(sensor: str) -> str:
    """Return the name under which the state of a sensor stands in the `states` table."""
    return f"sensor/{sensor}"


def describe(settings: Settings, store: Store) -> CameraDescription:
    """Return the description of the camera as it is now."""
    site, states = settings.site, store.states()
    place = site.public_place
    return CameraDescription(
        name=site.name,
        latitude_deg=place.latitude_deg,
        longitude_deg=place.longitude_deg,
        elevation_m=place.elevation_m,
        zone=site.zone,
        country=site.country,
        interval_s=settings.capture.interval_s,
        software=f"allsky-edge {version('allsky-network')}",
        hardware=hardware(settings.camera),
        circle=circle(settings.camera),
        sensors=[
            _sensor(one, states.get(sensor_state_name(one.name)))
            for one in settings.sensors
            if one.public
        ],
    )


def hardware(camera: CameraSettings, board: Path = BOARD) -> dict[str, str]:
    """Return the camera and the computer in words."""
    computer = (
        board.read_text(encoding="ascii", errors="replace").strip("\0 \n")
        if board.exists()
        else f"{platform.system()} {platform.machine()}"
    )
    match camera.driver:
        case "picamera2":
            eye = "Raspberry Pi camera"
        case "simulator":
            eye = "simulated"
        case "folder":
            eye = "frames of another program"
    return {"camera": eye, "computer": computer}


def circle(camera: CameraSettings) -> Circle | None:
    """Return where the fisheye's circle is in the stored frame; None where only the pixels could tell."""
    if camera.crop.radius is not None:
        return _INSCRIBED
    if camera.driver != "simulator":
        return None
    frame = camera.simulator
    return Fisheye(frame.width, frame.height, camera.rotation_deg).circle


def _sensor(sensor: SensorSettings, state: ProgramState | None) -> SensorDescription:
    return SensorDescription(
        name=sensor.name,
        driver=sensor.driver[:40],
        enabled=sensor.enabled,
        available=sensor.enabled and state is not None and state.state == AVAILABLE,
        problem=state.reason[:300] if state and sensor.enabled else "",
    )
