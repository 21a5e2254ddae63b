"""How a video is made."""

from dataclasses import dataclass

from products.encoder import FORMAT, Encoder


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """Frames per second, the longest side in pixels, the quality (CRF: smaller is better), and the encoder."""

    fps: int = 25
    longest_side_px: int = 1440
    crf: int = 27
    encoder: Encoder = Encoder.X264

    @property
    def folder_name(self) -> str:
        """The name of the folder of the segments: other settings need others, and so does another encoder."""
        return f"{self.longest_side_px}-{self.fps}-{self.crf}-{self.encoder}-{FORMAT}"
