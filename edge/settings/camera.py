"""The camera, its frames and its exposure."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from edge.settings.picture import CropSettings
from edge.settings.section import Section


class SimulatorSettings(Section):
    """The simulated camera: a true sky above the site, seen through a fisheye, with made-up weather."""

    width: int = Field(default=1014, ge=64, le=4056, multiple_of=2)
    """Width of a frame in pixels."""
    height: int = Field(default=760, ge=64, le=3040, multiple_of=2)
    """Height of a frame in pixels."""
    seed: int = Field(default=1, ge=0)
    """The same seed gives the same weather and noise."""
    clouds: Literal["clear", "broken", "overcast", "changing"] = "changing"
    """What the weather is like."""
    sky_mag_arcsec2: float = Field(default=21.3, ge=16, le=22)
    """Brightness of the moonless sky at the zenith, mag/arcsec² (22 is darkest; a city has 18)."""
    aurora: bool = False
    """Northern lights, on some nights."""
    meteors_per_hour: float = Field(default=0.0, ge=0, le=1000)
    """Meteors of magnitude -3 and brighter by night; fainter ones would not show."""
    airplanes_per_hour: float = Field(default=0.0, ge=0, le=1000)
    """Airplanes with their lights by night."""
    defocus_px: float = Field(default=0.0, ge=0, le=50)
    """How far out of focus the lens is: width (sigma) of what it makes of a point, in pixels."""
    covered: bool = False
    """Whether the lens is covered, as for measuring hot pixels."""


class FolderSettings(Section):
    """The live folder of another all-sky program: its JPEG frames are shown as they come, at its own cadence."""

    path: Path = Path("frames-of-another-program")
    """The folder, which may have folders of days in it: images of AllskyTeam allsky, images/ccd_... of indi-allsky."""
    days_back: float = Field(default=1.0, gt=0, le=36525)
    """How many days back frames are taken up that came while nobody looked; 36525 brings in a whole archive."""


class ColourGains(Section):
    """Fixed white balance of a Raspberry Pi camera; without a value, that of daylight in the camera's tuning file."""

    red: float | None = Field(default=None, gt=0, le=32)
    """Amplification of red against green."""
    blue: float | None = Field(default=None, gt=0, le=32)
    """Amplification of blue against green."""


class CameraSettings(Section):
    """Which camera, and how it hangs."""

    driver: Literal["picamera2", "simulator", "folder"] = "picamera2"
    """picamera2 on a Raspberry Pi; simulator needs no hardware; folder follows the live folder of another program."""
    model: str = ""
    """Of several Raspberry Pi cameras, the model (imx477) or the Id of the one to use; empty: the only one."""
    raw: Literal["auto", "on", "off"] = "auto"
    """Whether frames bring the sensor's linear pixels; auto: those of a Raspberry Pi camera, when there is memory."""
    tone: Literal["srgb", "libcamera"] = "srgb"
    """srgb: Raspberry Pi cameras show the same light as the same level; libcamera: contrast adapts to each frame."""
    flip_left_right: bool = False
    """Mirrors the frames of a Raspberry Pi camera left to right; together with flip_top_bottom it turns them around."""
    flip_top_bottom: bool = False
    """Mirrors the frames of a Raspberry Pi camera top to bottom."""
    colour_gains: ColourGains = ColourGains()
    rotation_deg: float = Field(default=0.0, ge=-180, le=180)
    """Where north is in the frame: degrees clockwise from up. The keogram samples along north-south."""
    sky_mask: Path | None = None
    """A picture in the shape of the frames, black over what is no sky and not to be metered: trees, houses, lamps."""
    privacy_mask: Path | None = None
    """A picture in the shape of the whole, uncut frame, black over what nobody may see: it is never stored or shown."""
    hot_pixels: Path | None = None
    """The map of hot pixels that 'allsky-edge calibrate hot-pixels' writes; what it predicts to show is removed."""
    zero_point_mag: float | None = Field(default=None, ge=0, le=40)
    """What added to the reading sky_background gives mag/arcsec², as a sky meter reads it; only for raw pixels."""
    crop: CropSettings = CropSettings()
    simulator: SimulatorSettings = SimulatorSettings()
    folder: FolderSettings = FolderSettings()


class CaptureSettings(Section):
    """When a frame is taken."""

    interval_s: float = Field(default=30.0, ge=1, le=3600)
    """Seconds from the start of one frame to the start of the next."""
    day_interval_s: float | None = Field(default=None, ge=1, le=3600)
    """The same while the sun is up; null: as by night."""
    sun_below_deg: float = Field(default=0.0, ge=-18, le=90)
    """Capture while the sun is below this altitude; 90 captures day and night."""
    keep_day_frames: bool = True
    """false only shows the frames that are taken while the sun is up, and stores none of them."""
    jpeg_quality: int = Field(default=90, ge=50, le=100)
    """JPEG quality of the stored frames."""
    keep_free_mb: int = Field(default=200, ge=0)
    """Frames are only shown, not stored, while the disk has less than this free (MB): the rest needs room to work."""


class ExposureSettings(Section):
    """What the exposure control aims at, and how far it may go. The sensor's own limits hold too."""

    target: float = Field(default=0.10, gt=0, le=0.5)
    """Linear brightness of the sky's background that the control aims at by day, as a part of saturation."""
    target_night: float = Field(default=0.04, gt=0, le=0.5)
    """The same by night, when a darker sky shows its stars better; in twilight the aim moves smoothly between them."""
    longest_s: float = Field(default=30.0, gt=0, le=600)
    """Longest exposure in seconds; also never so long that the frame could not be stored before the next is due."""
    highest_gain: float = Field(default=8.0, ge=1, le=64)
    """Highest analogue gain."""
