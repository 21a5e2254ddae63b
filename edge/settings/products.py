"""What is made of the frames."""

from pydantic import Field

from edge.settings.section import Section


class ProductSettings(Section):
    """Keogram, startrails and timelapse."""

    live_interval_s: float = Field(default=600.0, ge=10, le=86400)
    """Seconds between two versions of keogram and startrails while the night goes on."""
    startrails_sun_below_deg: float = Field(default=-12.0, ge=-18, le=0)
    """Frames with the sun above this altitude never go into the startrails."""
    timelapse_fps: int = Field(default=25, ge=1, le=60)
    """Frames per second of the video."""
    timelapse_longest_side_px: int = Field(default=1440, ge=240, le=2560)
    """Longest side of the video; larger frames are scaled down."""
    timelapse_crf: int = Field(default=27, ge=0, le=40)
    """Quality of the video: smaller is better and larger."""
    measure_sky: bool = True
    """Count the stars of every night frame and measure its brightness and clouds: readings of the sensor camera."""
    meteors: bool = True
    """Look for meteors in the night frames; frames more than two minutes apart show none that can be told."""
