"""What the capture loop needs of a camera, whichever it is: picamera2, the simulated sky, or a folder of frames."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class CameraError(Exception):
    """The camera did not deliver a frame; reopening it may help."""


class NoNewFrameError(CameraError):
    """Nothing is wrong, but whoever takes the frames has not finished another one yet."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is asked of the sensor: exposure time in microseconds and analogue gain (1 = none)."""

    exposure_us: int
    gain: float


@dataclass(frozen=True, slots=True)
class ExposureLimits:
    """What the sensor can do, read from the camera at run time."""

    shortest_us: int
    longest_us: int
    lowest_gain: float
    highest_gain: float


@dataclass(frozen=True, slots=True)
class SensorMode:
    """One way to read a sensor out; ``longest_us`` is the longest exposure in microseconds, None if it does not say."""

    width: int
    height: int
    bits: int
    frames_per_s: float
    longest_us: int | None


@dataclass(frozen=True, slots=True)
class RawImage:
    """The sensor's own linear pixels.

    ``mosaic`` is (H, W) uint16, ``pattern`` names its first 2x2 pixels row by row ('RGGB', 'BGGR', ...); ``black`` and
    ``white`` are the levels of no light and of saturation, in the same counts.
    """

    mosaic: NDArray[np.uint16]
    pattern: str
    black: int
    white: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One exposure with its own metadata: what the sensor did, not what it was asked to do.

    ``rgb`` is (H, W, 3) uint8 in the order R, G, B, gamma-encoded (sRGB); it may be a buffer that the camera uses again
    after the next `Camera.capture`: copy what must last. ``taken_utc`` is the beginning of the exposure.
    ``exposure`` is what was asked where a replayed frame does not say what was done (``exposure_known`` is False).
    """

    rgb: NDArray[np.uint8]
    taken_utc: dt.datetime
    exposure: Exposure
    raw: RawImage | None = None
    sensor_temperature_c: float | None = None
    facts: dict[str, float | str] = field(default_factory=dict)
    exposure_known: bool = True

    @property
    def exposure_us(self) -> int | None:
        """Exposure time in microseconds; None when it is not known."""
        return self.exposure.exposure_us if self.exposure_known else None

    @property
    def gain(self) -> float | None:
        """Analogue gain; None when it is not known."""
        return self.exposure.gain if self.exposure_known else None

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.rgb.shape[0])


class Camera(Protocol):
    """A source of frames. Opened by its constructor, and again by `reopen`."""

    @property
    def model(self) -> str:
        """What the camera is called."""

    @property
    def limits(self) -> ExposureLimits:
        """What the sensor can do."""

    def capture(self, wanted: Exposure) -> Frame:
        """Expose once as near to ``wanted`` as the sensor can; raise `CameraError` when no frame comes."""

    def modes(self) -> list[SensorMode]:
        """Return how the sensor can be read out, as far as the camera says; the last frame is lost with it."""

    def reopen(self) -> None:
        """Close and open the device after a fault; raise `CameraError` when that fails too."""

    def close(self) -> None:
        """Release the device."""
