"""The camera: what the capture program says of it, or, while that is not running, the camera itself."""

from collections.abc import Iterator
from contextlib import closing

from edge.cameras import CameraError
from edge.cameras.opening import open_camera
from edge.clock import SystemClock
from edge.config import Settings
from edge.doctor.finding import Finding, fine, wrong
from edge.service import is_running
from edge.store import Store


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what is known of the camera; it is opened only when nobody else uses it."""
    if not is_running(settings.data, "capture"):
        yield _opened(settings)
        return
    with closing(Store(settings.data)) as store:
        state = store.states().get("capture")
    if state is None:
        yield wrong("camera", "Capture has said nothing yet.", "Ask again in a minute.")
    elif state.state == "recover":
        yield wrong(
            "camera",
            state.reason,
            "Check the cable of the camera; capture goes on trying.",
        )
    else:
        yield fine("camera", state.reason)


def _opened(settings: Settings) -> Finding:
    try:
        camera = open_camera(settings, SystemClock())
    except CameraError as error:
        return wrong(
            "camera",
            f"It cannot be opened: {error}.",
            "Check the cable, and camera.driver in the settings; of a folder, that the services may read it.",
        )
    if settings.camera.driver == "folder":
        return fine("camera", f"The frames in {settings.camera.folder.path} are read.")
    with closing(camera):
        longest_s = camera.limits.longest_us / 1e6
        return fine("camera", f"{camera.model}, exposes for up to {longest_s:.0f} s.")
