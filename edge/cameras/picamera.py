"""Raspberry Pi cameras, through picamera2: the only file that knows it.

The sensor runs only while it exposes (`edge.cameras.shutter`), nothing is automatic, and of a frame only its own
metadata are believed. Whatever fails closes the camera, and capture opens it again.
"""

import contextlib
import datetime as dt
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from typing import Any

import psutil

from edge.cameras import (
    CameraError,
    Exposure,
    ExposureLimits,
    Frame,
    RawImage,
    SensorMode,
)
from edge.cameras.bayer import BayerLayout
from edge.cameras.frame_memory import FrameMemory
from edge.cameras.patience import Patience
from edge.cameras.picamera_facts import exposure_limits, position_of, sensor_mode
from edge.cameras.shutter import RUN_UP_US, Shutter
from edge.cameras.tuning import USUAL_GAINS, daylight_gains, plain, use
from edge.clock import Clock
from edge.settings.camera import CameraSettings

_MISSING = (
    "picamera2 is missing: sudo apt install python3-picamera2, and make the virtual environment with"
    " python3 -m venv --system-site-packages"
)
# What picamera2 and libcamera raise when the device, or the memory for it, fails.
_FAILURES = (RuntimeError, OSError, ValueError, KeyError, CancelledError)
# Left to everything else where raw pixels are kept: capture takes up to 250 MB, the other programs about as much.
_MEMORY_FOR_OTHERS = 500_000_000
_BYTES_PER_PIXEL = 5  # three of the picture, two of the raw pixels
_MANUAL_FOCUS, _INFINITY_DIOPTRES, _NO_NOISE_REDUCTION = 0, 0.0, 0
_FACTS = {
    "DigitalGain": "digital_gain",
    "FocusFoM": "focus_measure",
    "LensPosition": "lens_position_dioptres",
}

log = logging.getLogger(__name__)


class PicameraCamera:
    """A camera on the ribbon cable of a Raspberry Pi.

    The pixels of a frame are in memory that the next `capture` writes to. After a failure the device is closed.

    Parameters
    ----------
    settings
        Which camera, and how its frames come.
    clock
        Its monotonic time is that of the sensor's time stamps.
    patience
        When to give up waiting.

    Raises
    ------
    CameraError
        The camera cannot be opened, or does not give the short frame that it is asked for to begin with.
    """

    model: str
    limits: ExposureLimits

    def __init__(
        self, settings: CameraSettings, clock: Clock, patience: Patience | None = None
    ) -> None:
        self._settings, self._clock = settings, clock
        self._patience = patience or Patience()
        self._memory = FrameMemory()
        self._picam2: Any = None
        self._shutter: Shutter | None = None
        self._request: Any = None  # of the last frame: its buffers are being read
        self._leaving: threading.Thread | None = None
        self._sensor_bits = 0
        self.reopen()

    def capture(self, wanted: Exposure) -> Frame:
        """Expose once, as near to ``wanted`` as the sensor can; raise `CameraError` when no frame comes."""
        shutter, limits = self._shutter, self.limits
        if shutter is None:
            raise CameraError("the camera is closed")
        asked = Exposure(
            min(max(wanted.exposure_us, limits.shortest_us), limits.longest_us),
            min(max(wanted.gain, limits.lowest_gain), limits.highest_gain),
        )
        with self._closed_on_failure():
            self._give_back()
            self._request = shutter.expose(asked)
            return self._frame(self._request)

    def reopen(self) -> None:
        """Close the camera, look what is connected, open and try it; raise `CameraError` when that fails."""
        self.close()
        with self._closed_on_failure():
            self._open()
            self._configure()

    def close(self) -> None:
        """Release the device; wait for it only so long, because a driver can hang."""
        picam2, self._picam2, self._shutter = self._picam2, None, None
        if picam2 is None:
            return
        request, self._request = self._request, None
        self._memory.clear()
        self._leaving = threading.Thread(
            target=_leave, args=(picam2, request), daemon=True
        )
        self._leaving.start()
        self._leaving.join(self._patience.margin_s)

    def modes(self) -> list[SensorMode]:
        """Return how the sensor can be read out; nothing where the device has no memory to try all of them."""
        with self._closed_on_failure():
            self._give_back()
            try:
                found = [sensor_mode(one) for one in self._picam2.sensor_modes]
            except _FAILURES as error:
                log.warning("the modes of the sensor cannot be read: %s", error)
                found = []
            self._configure()
        return found

    def _open(self) -> None:
        """Open the camera that the settings name."""
        if self._leaving and self._leaving.is_alive():
            raise CameraError(
                "the camera's driver does not let go of it; if this lasts, restart the Raspberry Pi"
            )
        try:
            from picamera2 import Picamera2
        except ImportError as error:
            raise CameraError(f"{_MISSING} ({error})") from None
        position = self._patience.in_time("answer", lambda: self._find(Picamera2))
        self._picam2 = self._patience.in_time(
            "open", lambda: _constructed(Picamera2, position)
        )
        self.model = str(self._picam2.camera_properties["Model"])

    def _find(self, picamera2: Any) -> int:
        """Return where the camera stands in picamera2's list, and let it come with the tuning that is wanted."""
        if not picamera2.global_camera_info():
            picamera2._cm.reset()  # it remembers what was there when it looked first
        found = picamera2.global_camera_info()
        position = position_of(self._settings.model, found)
        if self._settings.tone == "srgb":
            _use_plain_tuning(picamera2, found[position]["Model"])
        return position

    def _configure(self) -> None:
        """Choose whole frames of the sensor's largest mode and one buffer, read the limits, take a short frame."""
        picam2, wish = self._picam2, self._settings.raw
        width, height = picam2.sensor_resolution
        free = psutil.virtual_memory().available - _BYTES_PER_PIXEL * width * height
        wanted = wish == "on" or (wish == "auto" and free >= _MEMORY_FOR_OTHERS)
        raw = wanted and not picam2.is_mono
        self._memory.clear()
        try:
            picam2.configure(self._configuration(raw=raw))
        except _FAILURES as error:
            if not raw or wish == "on":
                raise
            log.warning("no raw pixels: %s", error)
            raw = False
            picam2.configure(self._configuration(raw=raw))
        self.limits = exposure_limits(picam2.camera_controls)
        shutter = Shutter(picam2, self._fixed_controls(), self._patience)
        self._request = shutter.expose(Exposure(RUN_UP_US, self.limits.lowest_gain))
        self._shutter = shutter
        log.info(
            "%s: %d x %d pixels, raw %s; each start spoils %d frames",
            self.model,
            *picam2.camera_config["main"]["size"],
            picam2.camera_config["raw"]["format"] if raw else "off",
            shutter.spoilt_frames,
        )

    def _configuration(self, *, raw: bool) -> dict[str, Any]:
        """Return what picamera2 is to be configured with; it refuses odd sizes."""
        from libcamera import Transform
        from picamera2.sensor_format import SensorFormat

        picam2, wish = self._picam2, self._settings
        native = SensorFormat(picam2.sensor_format)
        self._sensor_bits = native.bit_depth
        size = tuple(side - side % 2 for side in picam2.sensor_resolution)
        configuration: dict[str, Any] = picam2.create_still_configuration(
            main={"size": size, "format": "BGR888"},  # in memory: red, green, blue
            raw={"size": size, "format": native.unpacked} if raw else None,
            transform=Transform(hflip=wish.flip_left_right, vflip=wish.flip_top_bottom),
            buffer_count=1,
            queue=False,
            sensor={
                "output_size": picam2.sensor_resolution,
                "bit_depth": native.bit_depth,
            },
        )
        return configuration

    def _fixed_controls(self) -> dict[str, Any]:
        """Return what every start sets: nothing automatic, and room for the longest exposure.

        Noise reduction takes faint stars for noise, so it is off; a lens that can focus looks at infinity.
        """
        known, wish = self._picam2.camera_controls, self._settings.colour_gains
        red, blue = _daylight_gains(self._picam2, self.model)
        controls = {
            "AeEnable": False,
            "AwbEnable": False,
            "ColourGains": (wish.red or red, wish.blue or blue),
            "FrameDurationLimits": known["FrameDurationLimits"][:2],
            "NoiseReductionMode": _NO_NOISE_REDUCTION,
            "AfMode": _MANUAL_FOCUS,
            "LensPosition": _INFINITY_DIOPTRES,
        }
        return {name: value for name, value in controls.items() if name in known}

    def _frame(self, request: Any) -> Frame:
        """Return the frame of a completed request. Its time stamp is that of the end of the exposure."""
        said = request.get_metadata()
        ended_s = said["SensorTimestamp"] / 1e9
        age_s = self._clock.monotonic() - ended_s + said["ExposureTime"] / 1e6
        return Frame(
            rgb=self._memory.picture(request),
            taken_utc=self._clock.now() - dt.timedelta(seconds=age_s),
            exposure=Exposure(said["ExposureTime"], said["AnalogueGain"]),
            raw=self._raw(request, said.get("SensorBlackLevels")),
            sensor_temperature_c=said.get("SensorTemperature"),
            facts={ours: said[name] for name, ours in _FACTS.items() if name in said},
        )

    def _raw(self, request: Any, black_levels: Sequence[int] | None) -> RawImage | None:
        """Return the raw pixels; None where they were not asked for, or come in a form that cannot be read in place."""
        stream = request.config["raw"]
        if stream is None or black_levels is None:
            return None
        layout = BayerLayout.of(
            stream["format"], stream["size"], stream["stride"], self._sensor_bits
        )
        black = sum(black_levels) / len(black_levels)
        return layout.image(self._memory.of(request, "raw"), black) if layout else None

    def _give_back(self) -> None:
        """Release the last frame: its buffers are needed for the next one."""
        request, self._request = self._request, None
        if request:
            request.release()

    @contextlib.contextmanager
    def _closed_on_failure(self) -> Iterator[None]:
        """Close the camera when it fails, and say why in a `CameraError`."""
        try:
            yield
        except CameraError:
            self.close()
            raise
        except _FAILURES as error:
            self.close()
            cause = f" ({error.__cause__})" if error.__cause__ else ""
            raise CameraError(f"the camera failed: {error}{cause}") from error


def connected_models() -> list[str]:
    """Return the models of the cameras that libcamera finds; none where picamera2 is not installed."""
    try:
        from picamera2 import Picamera2
    except ImportError:
        return []
    found = Patience().in_time("answer", Picamera2.global_camera_info)
    return [str(camera["Model"]) for camera in found]


def _constructed(kind: type[Any], position: int) -> Any:
    """Return ``kind(position)``; when that fails, close the pipe that picamera2 then leaves open each time."""
    picam2: Any = object.__new__(kind)
    try:
        picam2.__init__(position)
    except _FAILURES:
        if not picam2.is_open:
            picam2.notifymeread.close()
            os.close(picam2.notifyme_w)
        raise
    return picam2


def _use_plain_tuning(picamera2: Any, model: str) -> None:
    try:
        use(plain(picamera2.load_tuning_file(f"{model}.json")), picamera2)
    except _FAILURES as error:
        log.warning(
            "pictures follow libcamera's own curve, not sRGB, because of its tuning file: %s",
            error,
        )


def _daylight_gains(picam2: Any, model: str) -> tuple[float, float]:
    try:
        tuning = picam2.load_tuning_file(f"{model}.json")
        return daylight_gains(picam2.find_tuning_algo(tuning, "rpi.awb"))
    except (*_FAILURES, StopIteration) as error:
        log.info("usual colour gains are used: %s", error or "no white balance known")
        return USUAL_GAINS


def _leave(picam2: Any, request: Any) -> None:
    """Release everything that picamera2 holds."""
    steps = [request.release] if request else []
    if picam2.camera and not picam2.started:  # it may have failed half-way
        steps.append(picam2.camera.stop)
    for step in (*steps, picam2.cancel_all_and_flush, picam2.close):
        try:
            step()
        except _FAILURES as error:
            log.warning("on closing the camera: %s", error)
