"""How the products of a night are made."""

from dataclasses import dataclass, replace

from products.encoder import Encoder
from products.keogram import COLUMN_S
from products.sky_mask import SkyMask
from products.video_settings import VideoSettings


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """How the products of a night are made; see the settings of the camera for the meaning of each."""

    rotation_deg: float = 0.0
    column_s: float = COLUMN_S
    keogram_crop: tuple[float, float] = (0.0, 0.0)
    keogram_strip: bool = False
    trails_sun_below_deg: float = -12.0
    fps: int = 25
    longest_side_px: int = 1440
    crf: int = 27
    jpeg_quality: int = 90
    timelapse: bool = True
    every: int = 1
    encoder: Encoder = Encoder.X264
    deflicker: bool = False
    time_stamp: bool = False
    startrails_video_every: int = 0
    day_video_every: int = 1
    measure_stars: bool = False
    startrails_limit: float | None = None
    startrails_mask: SkyMask | None = None
    comet_half_life_min: float | None = None
    zone: str = "UTC"
    lossless: bool = False

    @property
    def video(self) -> VideoSettings:
        """What concerns the video of the night's frames."""
        return replace(self.day_video, deflicker=self.deflicker)

    @property
    def day_video(self) -> VideoSettings:
        """What concerns the video of the day's frames, which are not measured and cannot be deflickered."""
        stamp_zone = self.zone if self.time_stamp else None
        return replace(self.trail_video, stamp_zone=stamp_zone)

    @property
    def trail_video(self) -> VideoSettings:
        """What concerns the video of the startrails, which neither flickers nor shows a time."""
        return VideoSettings(self.fps, self.longest_side_px, self.crf, self.encoder)
