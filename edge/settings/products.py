"""What is made of the frames."""

from typing import Literal

from pydantic import Field

from edge.settings.section import Section
from products.comet import HALF_LIFE_MAX, HALF_LIFE_MIN


class ProductSettings(Section):
    """Keogram, startrails, timelapse, and the videos of months and years."""

    live_interval_s: float = Field(default=600.0, ge=10, le=86400)
    """Seconds between two versions of keogram and startrails while the night goes on."""
    archive_interval_min: int = Field(default=10, ge=0, le=1440)
    """Minutes between the frames, as they are shown, that go into the hub's archive, day and night; 0 keeps none."""
    startrails_sun_below_deg: float = Field(default=-12.0, ge=-18, le=0)
    """Frames with the sun above this altitude never go into the startrails."""
    startrails_mask: bool = False
    """Where camera.sky_mask is black, startrails show one frame, not the maximum of all: a house stays a house."""
    startrails_comet_min: float | None = Field(
        default=None, ge=HALF_LIFE_MIN, le=HALF_LIFE_MAX
    )
    """Also makes startrails that fade behind the stars like comets, to half in so many minutes; null makes none."""
    keogram_crop_top: float = Field(default=0.0, ge=0, le=0.45)
    """Part of the keogram's line to cut off at its north end: what lies outside the circle of the sky."""
    keogram_crop_bottom: float = Field(default=0.0, ge=0, le=0.45)
    """The same at its south end."""
    keogram_strip: bool = False
    """Draws how bright the sky was under the keogram, in magnitudes, at equal exposure."""
    timelapse_fps: int = Field(default=25, ge=1, le=60)
    """Frames per second of the video."""
    timelapse_longest_side_px: int = Field(default=1440, ge=240, le=2560)
    """Longest side of the video; larger frames are scaled down."""
    timelapse_crf: int = Field(default=27, ge=0, le=40)
    """Quality of the video: smaller is better and larger."""
    timelapse_encoder: Literal["x264", "h264_v4l2m2m", "auto"] = "x264"
    """h264_v4l2m2m is the hardware of a Raspberry Pi 4 or older; auto takes it where it works. Without it: x264."""
    timelapse_deflicker: bool = False
    """Draws the brightness of single night frames in the video towards that of their neighbours; twilight stays."""
    timelapse_time_stamp: bool = False
    """Burns the local time into the videos of night and day; the stored frames stay clean."""
    startrails_video_every: int = Field(default=5, ge=0, le=1000)
    """Frames from one picture of the video of the growing startrails to the next; 0 makes no such video."""
    day_video_every: int = Field(default=2, ge=0, le=1000)
    """Where frames are taken by day, every n-th of them goes into the video of the day; 0 makes none."""
    measure_sky: bool = True
    """Count the stars of every night frame and measure its brightness and clouds: readings of the sensor camera."""
    meteors: bool = True
    """Look for meteors in the night frames; frames more than two minutes apart show none that can be told."""
    longterm_frames_per_night: int = Field(default=16, ge=1, le=120)
    """Pictures of each night in the videos of months and years, evenly in its darkness; for nights from now on."""
