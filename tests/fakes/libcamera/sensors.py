"""The sensors: what their modes, delays and quirks are.

Limits as listed by real cameras (picamera2's ``sensor_modes`` in public threads); delays and hidden frames as in
libcamera's camera helpers of Raspberry Pi. Full well and read noise are of the right size, not measured.
"""

from dataclasses import dataclass, replace
from typing import Self

MONO = "MONO"
_ARRANGEMENTS = ("RGGB", "GRBG", "GBRG", "BGGR", "RGB", MONO)


@dataclass(frozen=True)
class Mode:
    """One way to read the sensor out; times in microseconds."""

    bits: int
    size: tuple[int, int]
    crop: tuple[int, int, int, int]
    fps: float
    shortest_us: int
    longest_us: int
    longest_frame_us: int


@dataclass(frozen=True)
class Sensor:
    """A sensor as its data sheet and libcamera know it.

    ``delay_frames`` pass between the frame in which a control is handled and the first frame it holds for;
    ``hidden_frames`` are spoilt after every start. ``black`` is on libcamera's scale of 16 bits.
    """

    model: str
    size: tuple[int, int]
    pattern: str
    gain: tuple[float, float]
    modes: tuple[Mode, ...]
    delay_frames: int = 2
    hidden_frames: int = 0
    black: int = 4096
    full_well_e: float = 8000.0
    read_noise_e: float = 3.0
    thermometer: bool = False
    autofocus: bool = False

    @property
    def arrangement(self) -> int:
        """libcamera's number of the colour filters."""
        return _ARRANGEMENTS.index(self.pattern)

    def small(self, divisor: int = 8) -> Self:
        """Return the same sensor with fewer pixels: quick to simulate."""
        modes = [
            replace(mode, size=_even(mode.size, divisor), crop=(0, 0, *mode.size))
            for mode in self.modes
        ]
        return replace(self, size=_even(self.size, divisor), modes=tuple(modes))


def _even(size: tuple[int, int], divisor: int) -> tuple[int, int]:
    width, height = (side // divisor // 2 * 2 for side in size)
    return width, height


IMX477 = Sensor(
    "imx477",
    (4056, 3040),
    "RGGB",
    (1.0, 22.260870),
    (
        Mode(10, (1332, 990), (696, 528, 2664, 1980), 120.05, 31, 667234896, 667244877),
        Mode(12, (2028, 1520), (0, 0, 4056, 3040), 40.01, 60, 674181621, 674193371),
        Mode(12, (4056, 3040), (0, 0, 4056, 3040), 10.0, 114, 694422939, 694434742),
    ),
    delay_frames=3,
    thermometer=True,
)
IMX708 = Sensor(
    "imx708",
    (4608, 2592),
    "RGGB",
    (1.122807, 16.0),
    (
        Mode(10, (2304, 1296), (0, 0, 4608, 2592), 56.03, 13, 112015443, 112034048),
        Mode(10, (4608, 2592), (0, 0, 4608, 2592), 14.35, 26, 220416802, 220535845),
    ),
    delay_frames=3,
    thermometer=True,
    autofocus=True,
)
IMX219 = Sensor(
    "imx219",
    (3280, 2464),
    "RGGB",
    (1.0, 10.666667),
    (
        Mode(10, (1640, 1232), (0, 0, 3280, 2464), 41.85, 75, 11766829, 11767556),
        Mode(10, (3280, 2464), (0, 0, 3280, 2464), 21.19, 75, 11766829, 11767556),
    ),
)
OV5647 = Sensor(
    "ov5647",
    (2592, 1944),
    "GBRG",
    (1.0, 63.9375),
    (
        Mode(10, (1296, 972), (0, 0, 2592, 1944), 46.34, 87, 3066985, 3067093),
        Mode(10, (2592, 1944), (0, 0, 2592, 1944), 15.63, 130, 3280000, 3280500),
    ),
    hidden_frames=2,
)
IMX462 = Sensor(
    "imx462",
    (1920, 1080),
    "RGGB",
    (1.0, 29.512093),
    (
        Mode(10, (1920, 1080), (0, 0, 1920, 1080), 60.0, 14, 115686258, 115687148),
        Mode(12, (1920, 1080), (0, 0, 1920, 1080), 60.0, 14, 115686258, 115687148),
    ),
    hidden_frames=1,
)
# Without colours, and with no longest exposure: some releases of libcamera report 0.
IMX296 = Sensor(
    "imx296",
    (1456, 1088),
    MONO,
    (1.0, 251.188644),
    (Mode(10, (1456, 1088), (0, 0, 1456, 1088), 60.38, 29, 0, 15534444),),
)
# No sensor of this name exists: an odd number of columns and rows.
ODD = replace(
    IMX462,
    model="odd",
    size=(641, 481),
    modes=(Mode(12, (641, 481), (0, 0, 641, 481), 60.0, 14, 115686258, 115687148),),
    hidden_frames=0,
)
