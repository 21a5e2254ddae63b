"""A frame with its smaller versions, so that whoever needs one finds what another made: video, web page, thumbnail."""

from products import jpeg
from products.scaling import Rgb, shrink

QUALITY = 88  # good enough to be encoded as video, small enough to be sent


class Scaled:
    """A frame, (H, W, 3) uint8, and its smaller versions, each made once, when it is first asked for."""

    def __init__(self, rgb: Rgb) -> None:
        self.rgb = rgb
        self._pixels: dict[int, Rgb] = {}
        self._jpegs: dict[int, bytes] = {}

    @classmethod
    def of(cls, frame: "Rgb | Scaled") -> "Scaled":
        """Return ``frame``, with room for smaller versions if it is only pixels."""
        return frame if isinstance(frame, Scaled) else cls(frame)

    def within(self, longest_side: int) -> Rgb:
        """Return the frame with even sides of at most ``longest_side`` pixels, as `shrink` does."""
        if longest_side not in self._pixels:
            self._pixels[longest_side] = shrink(self.rgb, longest_side)
        return self._pixels[longest_side]

    def jpeg_within(self, longest_side: int) -> bytes:
        """Return the same as a JPEG."""
        if longest_side not in self._jpegs:
            small = self.within(longest_side)
            self._jpegs[longest_side] = jpeg.encode(small, QUALITY)
        return self._jpegs[longest_side]
