"""A camera whose frames are prepared: nobody behind it ever has a pixel that is to be hidden."""

from edge.cameras import Camera, Exposure, ExposureLimits, Frame, SensorMode
from edge.picture.preparation import Preparation


class PreparedCamera:
    """Another camera, with every frame prepared."""

    def __init__(self, camera: Camera, preparation: Preparation) -> None:
        self._camera, self._preparation = camera, preparation

    @property
    def model(self) -> str:
        """The camera's model."""
        return self._camera.model

    @property
    def limits(self) -> ExposureLimits:
        """What the sensor can do."""
        return self._camera.limits

    def capture(self, wanted: Exposure) -> Frame:
        """Expose once and prepare the frame; raise `CameraError` when none comes, or it may not be seen."""
        return self._preparation.prepared(self._camera.capture(wanted))

    def modes(self) -> list[SensorMode]:
        """Return how the sensor can be read out."""
        return self._camera.modes()

    def reopen(self) -> None:
        """Close and open the device after a fault."""
        self._camera.reopen()

    def close(self) -> None:
        """Release the device."""
        self._camera.close()
