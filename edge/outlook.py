"""Which part of a frame shows the sky: within the lens's circle, where the owner's mask is white."""

import numpy as np
from numpy.typing import NDArray

from edge.config import Settings
from edge.describe import circle
from products.sky_mask import SkyMask, SkyMaskError
from products.sky_plane import Disc

_DIVISOR = 4  # a mask in the size of a 12-megapixel frame would take 12 MB


class Outlook:
    """The open sky of one camera; ``trouble`` says why the owner's mask is not used, if it is not."""

    def __init__(self, settings: Settings) -> None:
        self.trouble = ""
        self.circle = circle(settings.camera)
        self._path = settings.camera.sky_mask
        self._made: dict[tuple[int, int], NDArray[np.bool_] | None] = {}

    def open_sky(self, height: int, width: int) -> NDArray[np.bool_] | None:
        """Return where a frame of this size shows the sky, bool, a quarter as high and wide; None for everywhere."""
        if (height, width) not in self._made:
            self._made = {(height, width): self._make(height, width)}
        return self._made[height, width]

    def _make(self, height: int, width: int) -> NDArray[np.bool_] | None:
        rows, columns = max(1, height // _DIVISOR), max(1, width // _DIVISOR)
        inside = self._masked(rows, columns)
        if self.circle:
            disc = Disc.of(self.circle, width)
            y = (np.arange(rows)[:, None] + 0.5) * (height / rows) - 0.5
            x = (np.arange(columns) + 0.5) * (width / columns) - 0.5
            lens = np.hypot(x - disc.x_px, y - disc.y_px) <= disc.radius_px
            inside = lens if inside is None else inside & lens
        return inside

    def _masked(self, rows: int, columns: int) -> NDArray[np.bool_] | None:
        self.trouble = ""
        if self._path is None:
            return None
        try:
            return SkyMask.load(self._path).at(rows, columns)
        except SkyMaskError as error:
            self.trouble = str(error)
            return None
