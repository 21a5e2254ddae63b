"""Which camera the settings ask for; only its own driver is imported."""

import datetime as dt
from collections.abc import Callable
from typing import assert_never

from edge.cameras import Camera
from edge.clock import Clock
from edge.config import Settings
from edge.picture.camera import PreparedCamera
from edge.picture.preparation import Preparation


def _nothing_stored(_taken_utc: dt.datetime) -> bool:
    return False


def open_camera(
    settings: Settings,
    clock: Clock,
    is_stored: Callable[[dt.datetime], bool] = _nothing_stored,
) -> Camera:
    """Return the open camera that ``settings`` name, its frames prepared.

    Parameters
    ----------
    settings, clock
        Which camera, and its time.
    is_stored
        Says of a moment whether its frame is stored; a folder of another program is not read again then.

    Raises
    ------
    CameraError
        It cannot be opened.
    """
    camera = open_bare_camera(settings, clock, is_stored)
    if not Preparation.wanted(settings.camera):
        return camera
    return PreparedCamera(camera, Preparation(settings.camera))


def open_bare_camera(
    settings: Settings,
    clock: Clock,
    is_stored: Callable[[dt.datetime], bool] = _nothing_stored,
) -> Camera:
    """Return the same camera with frames as they come from the sensor: to draw a mask on, and to calibrate."""
    match settings.camera.driver:
        case "simulator":
            from edge.cameras.simulator import SimulatedCamera

            return SimulatedCamera(settings, clock, raw=settings.camera.raw == "on")
        case "folder":
            from edge.cameras.folder import FolderCamera

            folder, zone = settings.camera.folder, settings.site.tz
            return FolderCamera(folder, zone, clock, is_stored)
        case "picamera2":
            from edge.cameras.picamera import PicameraCamera

            return PicameraCamera(settings.camera, clock)
        case driver:
            assert_never(driver)
