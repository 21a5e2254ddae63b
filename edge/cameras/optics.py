"""The fisheye: which pixel sees which direction.

An equidistant fisheye that points at the zenith, r = f * zenith distance. One looks up at the sky: with north up, east
is on the left. Pixel coordinates count from the centre of the top left pixel, x to the right and y down.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from products.manifest import Circle

VIEW_DEG = 185.0
"""Angle across the image circle."""
FILLS = 0.97
"""Diameter of the image circle as a part of the shorter side of the frame."""
_ARCSEC = math.degrees(1) * 3600

Degrees = NDArray[np.float64]
Pixels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fisheye:
    """A fisheye in front of a sensor of ``width`` x ``height`` pixels, its north ``rotation_deg`` clockwise from up."""

    width: int
    height: int
    rotation_deg: float = 0.0

    @property
    def centre_x_px(self) -> float:
        """Where the zenith is, in pixels from the left."""
        return (self.width - 1) / 2

    @property
    def centre_y_px(self) -> float:
        """Where the zenith is, in pixels from the top."""
        return (self.height - 1) / 2

    @property
    def radius_px(self) -> float:
        """Radius of the image circle in pixels."""
        return FILLS * min(self.width, self.height) / 2

    @property
    def focal_px(self) -> float:
        """Focal length in pixels: pixels per radian of zenith distance."""
        return self.radius_px / math.radians(VIEW_DEG / 2)

    @property
    def pixel_arcsec2(self) -> float:
        """Solid angle of the pixel at the zenith, in square seconds of arc."""
        return (_ARCSEC / self.focal_px) ** 2

    @property
    def circle(self) -> Circle:
        """The image circle in fractions of the width of the frame."""
        return Circle(
            x=(self.centre_x_px + 0.5) / self.width,
            y=(self.centre_y_px + 0.5) / self.width,
            radius=self.radius_px / self.width,
        )

    def project(
        self, altitude_deg: Degrees, azimuth_deg: Degrees
    ) -> tuple[Pixels, Pixels]:
        """Return x and y of directions, in pixels; also for directions that the circle does not show."""
        radius = self.focal_px * np.radians(90 - np.asarray(altitude_deg, np.float64))
        angle = np.radians(self.rotation_deg - np.asarray(azimuth_deg, np.float64))
        return (
            self.centre_x_px + radius * np.sin(angle),
            self.centre_y_px - radius * np.cos(angle),
        )

    def unproject(self, x_px: Pixels, y_px: Pixels) -> tuple[Degrees, Degrees]:
        """Return altitude and azimuth (0-360) that the points see; the inverse of `project`."""
        right = np.asarray(x_px, np.float64) - self.centre_x_px
        up = self.centre_y_px - np.asarray(y_px, np.float64)
        altitude_deg = 90 - np.degrees(np.hypot(right, up) / self.focal_px)
        azimuth_deg = (self.rotation_deg - np.degrees(np.arctan2(right, up))) % 360
        return altitude_deg, azimuth_deg

    def project_vectors(
        self, east_north_up: NDArray[np.float64]
    ) -> tuple[Pixels, Pixels]:
        """Return x and y of unit vectors (N, 3) in the horizon system: east, north, up."""
        east, north, up = east_north_up.T
        flat = np.hypot(east, north)
        return self.project(
            np.degrees(np.arctan2(up, flat)), np.degrees(np.arctan2(east, north))
        )
