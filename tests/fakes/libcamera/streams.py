"""Streams, their formats and strides, and the buffers that frames are written to."""

import enum
import mmap
import os

from .sensors import MONO, Mode, Sensor
from .values import FrameMetadata, Orientation, PixelFormat, Size, StreamRole

BYTES_PER_PIXEL = {"RGB888": 3, "BGR888": 3, "XBGR8888": 4, "XRGB8888": 4}
_PACKED = {False: "CSI2P", True: "PISP_COMP1"}  # on a Pi 4, on a Pi 5


class Stream:
    """What a configured stream is known by."""

    configuration = None


class StreamFormats:
    """Which formats and sizes a stream can have."""

    def __init__(self, sizes: dict[str, list[tuple[int, int]]]) -> None:
        self._sizes = sizes

    @property
    def pixel_formats(self) -> list[PixelFormat]:
        return [PixelFormat(name) for name in self._sizes]

    def sizes(self, pixel_format: PixelFormat) -> list[Size]:
        return [Size(*size) for size in self._sizes[str(pixel_format)]]


class StreamConfiguration:
    """One stream of a configuration; ``validate`` of the whole fills in stride and size in bytes."""

    def __init__(self, role, formats: StreamFormats) -> None:
        self.role, self.formats, self.stream = role, formats, Stream()
        self.pixel_format = formats.pixel_formats[-1]
        self.size = formats.sizes(self.pixel_format)[-1]
        self.buffer_count, self.stride, self.frame_size = 4, 0, 0
        self.color_space = None


class CameraConfiguration:
    """Streams, orientation and sensor mode; what cannot be had is adjusted, as libcamera does."""

    class Status(enum.Enum):
        Valid = 0
        Adjusted = 1
        Invalid = 2

    def __init__(self, sensor: Sensor, streams, *, pi5: bool) -> None:
        self._sensor, self._streams, self._pi5 = sensor, streams, pi5
        self.orientation, self.sensor_config = Orientation.Rotate0, None
        self.mode = sensor.modes[-1]

    def at(self, index: int) -> StreamConfiguration:
        return self._streams[index]

    def __iter__(self):
        return iter(self._streams)

    @property
    def pattern(self) -> str:
        """The colour filters as the mirrored sensor is read out: the sensor mirrors, so the order changes."""
        if (pattern := self._sensor.pattern) == MONO:
            return MONO
        rows = [pattern[:2], pattern[2:]]
        if self.orientation.hflip:
            rows = [row[::-1] for row in rows]
        return "".join(reversed(rows) if self.orientation.vflip else rows)

    def validate(self) -> Status:
        self.mode = self._nearest_mode()
        found = [self._validate(stream) for stream in self._streams]
        return max(found, key=lambda status: status.value)

    def _nearest_mode(self) -> Mode:
        wanted = self.sensor_config
        if wanted is None:
            return self._sensor.modes[-1]
        size = (wanted.output_size.width, wanted.output_size.height)
        fitting = [mode for mode in self._sensor.modes if mode.size == size]
        exact = [mode for mode in fitting if mode.bits == wanted.bit_depth]
        return (exact or fitting or self._sensor.modes)[-1]

    def _validate(self, stream: StreamConfiguration) -> Status:
        if stream.role is StreamRole.Raw:
            asked = (str(stream.pixel_format), stream.size)
            packed = "_" in asked[0]
            stream.pixel_format = PixelFormat(
                raw_format(self.pattern, self.mode.bits, packed=packed, pi5=self._pi5)
            )
            stream.size = Size(*self.mode.size)
            row = stream.size.width * 2
            if packed:
                row = stream.size.width * (8 if self._pi5 else self.mode.bits) // 8
            changed = asked != (str(stream.pixel_format), stream.size)
        else:
            if str(stream.pixel_format) not in BYTES_PER_PIXEL:
                return self.Status.Invalid
            row = stream.size.width * BYTES_PER_PIXEL[str(stream.pixel_format)]
            changed = False
        align = 64 if self._pi5 else 32
        stream.stride = -(-row // align) * align
        stream.frame_size = stream.stride * stream.size.height
        return self.Status.Adjusted if changed else self.Status.Valid


def raw_format(pattern: str, bits: int, *, packed: bool, pi5: bool) -> str:
    """Return libcamera's name of a raw format."""
    mono = pattern == MONO
    if packed and pi5:
        return f"{pattern}_PISP_COMP1"
    name = f"{'R' if mono else 'S' + pattern}{16 if pi5 else bits}"
    return f"{name}_CSI2P" if packed else name


def raw_sizes(sensor: Sensor) -> dict[str, list[tuple[int, int]]]:
    """Return the sizes of the sensor's modes by format."""
    sizes: dict[str, list[tuple[int, int]]] = {}
    for mode in sensor.modes:
        name = raw_format(sensor.pattern, mode.bits, packed=True, pi5=False)
        sizes.setdefault(name, []).append(mode.size)
    return sizes


class FrameBuffer:
    """Memory behind a file descriptor that both sides map."""

    class Plane:
        """Part of a buffer; setting ``fd`` keeps a duplicate, as libcamera does."""

        def __init__(self) -> None:
            self._fd, self.offset, self.length = -1, 0, 0

        @property
        def fd(self) -> int:
            return self._fd

        @fd.setter
        def fd(self, fd: int) -> None:
            self._fd = os.dup(fd)

        def __del__(self) -> None:
            if self._fd >= 0:
                os.close(self._fd)

    def __init__(self, planes: list[Plane]) -> None:
        self.planes, self.metadata = planes, FrameMetadata()
        self.memory = mmap.mmap(planes[0].fd, planes[0].length)
