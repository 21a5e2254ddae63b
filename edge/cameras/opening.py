"""Which camera the settings ask for; only its own driver is imported."""

from typing import assert_never

from edge.cameras import Camera
from edge.clock import Clock
from edge.config import Settings


def open_camera(settings: Settings, clock: Clock) -> Camera:
    """Return the open camera that ``settings`` name; raise `CameraError` when it cannot be opened."""
    match settings.camera.driver:
        case "simulator":
            from edge.cameras.simulator import SimulatedCamera

            return SimulatedCamera(settings, clock)
        case "folder":
            from edge.cameras.folder import FolderCamera

            return FolderCamera(settings.camera.folder.path, settings.site.tz)
        case "picamera2":
            from edge.cameras.picamera import PicameraCamera

            return PicameraCamera(settings.camera, clock)
        case driver:
            assert_never(driver)
