"""The camera: a sensor that rolls on, requests that it fills, and the manager that hands them back."""

import contextlib
import enum
import errno
import json
import os
import queue
import threading
import weakref
from pathlib import Path

import numpy as np

from . import chip, controls, light, properties, world
from .sensors import MONO, Sensor
from .streams import (
    BYTES_PER_PIXEL,
    CameraConfiguration,
    StreamConfiguration,
    StreamFormats,
    raw_sizes,
)
from .values import ControlInfo, FrameMetadata, Rectangle, Size, StreamRole

_CONVERGENCE_FRAMES = 7  # what automatic exposure hides at the first start
_AUTOMATIC_GAINS = (2.1, 1.9)


class Request:
    """Buffers to be filled with one frame, controls on the way in, metadata on the way out."""

    class Status(enum.Enum):
        Pending = 0
        Complete = 1
        Cancelled = 2

    def __init__(self, cookie: int) -> None:
        self.cookie, self.buffers = cookie, {}
        self.reuse()

    def add_buffer(self, stream, buffer) -> None:
        self.buffers[stream] = buffer

    def set_control(self, control, value) -> None:
        self.controls[control.name] = value

    def reuse(self) -> None:
        self.metadata, self.controls = {}, {}
        self.status = Request.Status.Pending


class Camera:
    """One simulated camera. Everything slow happens in its thread, as in libcamera's."""

    def __init__(self, manager: "CameraManager", number: int, sensor: Sensor) -> None:
        self._ready, self._world, self.sensor = manager.ready, manager.world, sensor
        self._look = manager.look
        self._manager = weakref.ref(manager)
        self._held: CameraManager | None = None  # by an acquired camera
        self.id = f"/base/soc/i2c0mux/i2c@{number}/{sensor.model}@1a"
        self._mode, self._configuration = sensor.modes[-1], None
        self._acquired = False
        self._thread: threading.Thread | None = None
        self._stop, self._queued = threading.Event(), queue.SimpleQueue()
        colours = sensor.pattern != MONO
        self._asked = chip.Asked(auto_white_balance=colours)
        self._first_start = True

    @property
    def properties(self) -> dict:
        return {
            properties.Model: self.sensor.model,
            properties.Location: 2,
            properties.Rotation: 180,
            properties.PixelArraySize: Size(*self.sensor.size),
            properties.draft.ColorFilterArrangement: self.sensor.arrangement,
        }

    @property
    def controls(self) -> dict:
        mode, sensor = self._mode, self.sensor
        crop = Rectangle(*mode.crop)
        ranges = {
            "AeEnable": (False, True, True),
            "ExposureTimeMode": (0, 1, 0),
            "AnalogueGainMode": (0, 1, 0),
            "ExposureTime": (mode.shortest_us, mode.longest_us, 20000),
            "AnalogueGain": (*sensor.gain, 1.0),
            "FrameDurationLimits": (
                round(1e6 / mode.fps),
                mode.longest_frame_us,
                (33333, 33333),
            ),
            "NoiseReductionMode": (0, 4, 0),
            "Sharpness": (0.0, 16.0, 1.0),
            "ScalerCrop": (Rectangle(0, 0, 64, 64), crop, crop),
        }
        if sensor.pattern != MONO:
            ranges |= {"AwbEnable": (False, True), "ColourGains": (0.0, 32.0)}
        if sensor.autofocus:
            ranges |= {"AfMode": (0, 2, 0), "LensPosition": (0.0, 15.0, 1.0)}
        return {
            controls.ALL[name]: ControlInfo(*limits) for name, limits in ranges.items()
        }

    def acquire(self) -> None:
        self._world.may_fail("acquire")
        if self._acquired:
            raise RuntimeError("Device or resource busy")
        self._acquired, self._held = True, self._manager()

    def release(self) -> None:
        if self._thread:
            raise RuntimeError("a running camera cannot be released")
        self._acquired, self._held = False, None

    def generate_configuration(self, roles) -> CameraConfiguration:
        sizes = {
            StreamRole.Raw: raw_sizes(self.sensor),
            StreamRole.Viewfinder: {"XBGR8888": [self.sensor.size]},
        }
        streams = [
            StreamConfiguration(role, StreamFormats(sizes[role])) for role in roles
        ]
        return CameraConfiguration(self.sensor, streams, pi5=self._world.pi5)

    def configure(self, configuration: CameraConfiguration) -> int:
        self._world.may_fail("configure")
        configuration.validate()
        self._mode, self._configuration = configuration.mode, configuration
        for stream in configuration:
            stream.stream.configuration = stream
        return 0

    def create_request(self, cookie: int) -> Request:
        self._world.may_fail("create_request")
        return Request(cookie)

    def start(self, start_controls: dict) -> None:
        given = {control.name: value for control, value in start_controls.items()}
        self._world.starts.append(given)
        self._world.may_fail("start")
        if not self._world.sensors:
            raise OSError(errno.EREMOTEIO, os.strerror(errno.EREMOTEIO))
        self._asked = chip.after(self._asked, self._mode, given)
        hidden = self.sensor.hidden_frames
        automatic = self._asked.auto_exposure or self._asked.auto_white_balance
        if self._first_start and automatic:
            hidden = max(hidden, _CONVERGENCE_FRAMES)
        self._first_start = False
        self._stop, self._queued = threading.Event(), queue.SimpleQueue()
        self._thread = threading.Thread(target=self._roll, args=(hidden,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        while self._world.stuck.is_set():
            self._stop.wait(0.01)
        if self._thread:
            self._stop.set()
            self._thread.join()
            self._thread = None
        while not self._queued.empty():
            request = self._queued.get()
            request.status = Request.Status.Cancelled
            self._ready(request)

    def queue_request(self, request: Request) -> None:
        self._queued.put(request)

    def _roll(self, hidden: int) -> None:
        """Expose frame after frame; one for which no request waits is lost."""
        coming: list[tuple[int, chip.Done]] = []
        used, sequence = chip.done(self._asked, self.sensor, self._mode), 0
        while not self._stop.is_set():
            while coming and coming[0][0] <= sequence:
                used = coming.pop(0)[1]
            began_ns = self._world.monotonic_ns()
            self._world.exposed.append((sequence, used.exposure_us))
            lasts_s = used.frame_us / 1e6 + self._world.slow_s
            if self._world.wait(self._stop, lasts_s):
                return
            while self._world.dead.is_set():
                if self._stop.wait(0.01):
                    return
            if not self._queued.empty():
                request = self._queued.get()
                good = sequence >= hidden
                self._fill(request, used, sequence, began_ns, good=good)
                if request.controls:
                    self._asked = chip.after(self._asked, self._mode, request.controls)
                    now = chip.done(self._asked, self.sensor, self._mode)
                    coming.append((sequence + 1 + self.sensor.delay_frames, now))
                self._ready(request)
            sequence += 1

    def _fill(
        self, request, used: chip.Done, sequence: int, began_ns: int, *, good: bool
    ) -> None:
        """Write the frame into the buffers of a request and say what was done."""
        status = FrameMetadata.Status
        asked, sensor = self._asked, self.sensor
        extra = chip.digital_gain(asked, used)
        gains = _AUTOMATIC_GAINS if asked.auto_white_balance else asked.colour_gains
        if good:
            self._render(
                request, used, (gains[0] * extra, extra, gains[1] * extra), began_ns
            )
        for buffer in request.buffers.values():
            buffer.metadata.sequence = sequence
            buffer.metadata.timestamp = began_ns + used.exposure_us * 1000
            buffer.metadata.status = status.Success if good else status.Startup
        said = {
            "SensorTimestamp": began_ns + used.exposure_us * 1000,
            "ExposureTime": used.exposure_us,
            "AnalogueGain": used.gain,
            "DigitalGain": extra,
            "FrameDuration": used.frame_us,
            "ColourGains": gains,
            "ColourTemperature": 5500,
            "Lux": 0.0,
            "SensorBlackLevels": (sensor.black,) * 4,
            "FocusFoM": 1000,
        }
        if sensor.thermometer:
            said["SensorTemperature"] = self._world.temperature_c
        request.metadata = {controls.ALL[name]: value for name, value in said.items()}
        request.status = Request.Status.Complete

    def _render(self, request, used: chip.Done, gains, began_ns: int) -> None:
        configuration, mode = self._configuration, self._mode
        orientation, pattern = configuration.orientation, configuration.pattern
        shape = light.sky_shape(*mode.size, orientation.hflip, orientation.vflip)
        electrons = self._world.electrons_s(began_ns / 1e9) * used.exposure_us / 1e6
        mosaic = light.expose(
            self.sensor, pattern, shape, electrons, used.gain, mode.bits
        )
        for stream, buffer in request.buffers.items():
            wanted = stream.configuration
            size = (wanted.size.width, wanted.size.height)
            rows = np.frombuffer(buffer.memory, np.uint8).reshape(
                size[1], wanted.stride
            )
            rows[:] = 0xAA  # what stands in the padding is nobody's business
            name = str(wanted.pixel_format)
            if wanted.role is StreamRole.Raw:
                shift = 16 - mode.bits if self._world.pi5 else 0
                pixels = (mosaic << shift).view(np.uint8)
            else:
                levels = light.levels_of(self.sensor, mode.bits)
                picture = light.develop(
                    mosaic, pattern, levels, gains, size, self._look
                )
                pixels = _in_memory(picture, name).reshape(size[1], -1)
            if "_" not in name:  # packed pixels are never looked at
                rows[:, : pixels.shape[1]] = pixels


def _in_memory(picture, name: str):
    """Return the bytes of a picture as libcamera's formats have them: their names are written back to front."""
    ordered = picture[..., ::-1] if "RGB" in name else picture
    if BYTES_PER_PIXEL[name] == 4:
        opaque = np.full((*picture.shape[:2], 1), 255, np.uint8)
        ordered = np.concatenate([ordered, opaque], axis=2)
    return np.ascontiguousarray(ordered)


class CameraManager:
    """Finds the cameras when it is made; there is one as long as somebody holds it."""

    _one: "weakref.ref | None" = None

    def __init__(self) -> None:
        self.world = world.current
        self.event_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._done: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self.look, found = light.STOCK, self.world.sensors
        if tuning := os.environ.get("LIBCAMERA_RPI_TUNING_FILE"):
            try:
                self.look = light.Look.of(json.loads(Path(tuning).read_text()))
            except (KeyError, ValueError):
                found = []  # a camera whose tuning cannot be read is not registered
        self.cameras = [
            Camera(self, number, sensor) for number, sensor in enumerate(found)
        ]

    def __del__(self) -> None:
        os.close(self.event_fd)

    @classmethod
    def singleton(cls) -> "CameraManager":
        found = cls._one() if cls._one else None
        if found is None:
            found = cls()
            cls._one = weakref.ref(found)
        return found

    def get(self, name: str) -> Camera:
        return next(camera for camera in self.cameras if camera.id == name)

    @property
    def ready(self):
        """A function that hands a request back; it does not keep the manager alive."""
        done, event_fd = self._done, self.event_fd

        def hand_back(request: Request) -> None:
            done.put(request)
            os.eventfd_write(event_fd, 1)

        return hand_back

    def get_ready_requests(self) -> list[Request]:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self.event_fd)
        found = []
        while not self._done.empty():
            found.append(self._done.get())
        return found
