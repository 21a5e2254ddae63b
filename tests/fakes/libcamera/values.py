"""The plain values of libcamera's Python bindings, as far as picamera2 touches them."""

import enum
from dataclasses import dataclass, field


class ControlType(enum.Enum):
    """What a control holds."""

    Null = 0
    Bool = 1
    Byte = 2
    Integer32 = 5
    Integer64 = 6
    Float = 7
    String = 8
    Rectangle = 9
    Size = 10
    Point = 11


@dataclass(frozen=True)
class ControlId:
    """The name of a control, of a piece of metadata or of a property."""

    name: str
    type: ControlType

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class ControlInfo:
    """The range of a control."""

    min: object
    max: object
    default: object = None
    values: tuple = ()


@dataclass(frozen=True)
class Size:
    width: int = 0
    height: int = 0

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True)
class Rectangle:
    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0


class PixelFormat:
    """A pixel format is its name."""

    def __init__(self, name: str = "") -> None:
        self._name = str(name)

    def __str__(self) -> str:
        return self._name

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self._name)


class Transform:
    """Mirroring left-right and top-bottom, and swapping of rows and columns."""

    def __init__(self, other=None, *, hflip=False, vflip=False, transpose=False):
        if other is not None:
            hflip, vflip, transpose = other.hflip, other.vflip, other.transpose
        self.hflip, self.vflip = bool(hflip), bool(vflip)
        self.transpose = bool(transpose)

    def __str__(self) -> str:
        names = [n for n in ("hflip", "vflip", "transpose") if getattr(self, n)]
        return ",".join(names) or "identity"

    def __hash__(self) -> int:
        return hash(str(self))

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)


class Orientation(enum.Enum):
    """The numbers are those of EXIF."""

    Rotate0 = 1
    Rotate0Mirror = 2
    Rotate180 = 3
    Rotate180Mirror = 4
    Rotate90Mirror = 5
    Rotate270 = 6
    Rotate270Mirror = 7
    Rotate90 = 8

    @property
    def hflip(self) -> bool:
        return self in (Orientation.Rotate0Mirror, Orientation.Rotate180)

    @property
    def vflip(self) -> bool:
        return self in (Orientation.Rotate180Mirror, Orientation.Rotate180)


class ColorSpace:
    """Only the name matters here; picamera2 also reads and writes the four parts."""

    class YcbcrEncoding(enum.Enum):
        Null = 0
        Rec601 = 1
        Rec709 = 2

    class Range(enum.Enum):
        Full = 0
        Limited = 1

    def __init__(self, name) -> None:
        self.primaries = self.transferFunction = getattr(name, "primaries", name)
        self.ycbcrEncoding = ColorSpace.YcbcrEncoding.Rec601
        self.range = ColorSpace.Range.Full

    def __hash__(self) -> int:
        return hash(self.primaries)

    def __str__(self) -> str:
        return self.primaries

    @classmethod
    def Raw(cls):  # noqa: N802  libcamera's name
        return cls("Raw")

    @classmethod
    def Sycc(cls):  # noqa: N802  libcamera's name
        return cls("Sycc")

    @classmethod
    def Smpte170m(cls):  # noqa: N802  libcamera's name
        return cls("Smpte170m")

    @classmethod
    def Rec709(cls):  # noqa: N802  libcamera's name
        return cls("Rec709")


class StreamRole(enum.Enum):
    Raw = 0
    StillCapture = 1
    VideoRecording = 2
    Viewfinder = 3


class FrameMetadata:
    """What a buffer says of the frame in it."""

    class Status(enum.Enum):
        Success = 0
        Error = 1
        Cancelled = 2
        Startup = 3

    def __init__(self) -> None:
        self.status = FrameMetadata.Status.Success
        self.sequence = 0
        self.timestamp = 0


@dataclass
class SensorConfiguration:
    """Which mode of the sensor is wanted."""

    bit_depth: int = 0
    output_size: Size = field(default_factory=Size)
