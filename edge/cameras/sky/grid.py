"""A coarse grid over the fisheye's circle for light that is smooth, and its enlargement to full resolution."""

import numpy as np
from numpy.typing import NDArray

from edge.cameras.optics import Fisheye
from edge.cameras.sky.photometry import Map, transmission

STEP_PX = 4
"""One node every so many pixels, about one degree in a frame of 760 pixels."""


class Grid:
    """Nodes on every fourth pixel of the square around the circle, with what is known of their directions.

    Attributes
    ----------
    rows, columns
        The part of the frame that the grid covers, as slices.
    east, north, up
        The unit vectors of the nodes, each (n, m) float32.
    altitude_deg, azimuth_deg
        The same as angles.
    transmission
        Part of the light that the clear air lets through, (3, n, m).
    stretch
        Solid angle of a pixel there, as a part of that of the pixel at the zenith.
    """

    def __init__(self, fisheye: Fisheye) -> None:
        left, width = _span(fisheye.centre_x_px, fisheye.radius_px, fisheye.width)
        top, height = _span(fisheye.centre_y_px, fisheye.radius_px, fisheye.height)
        self.rows = slice(top, top + height)
        self.columns = slice(left, left + width)
        x, y = _nodes(left, width), _nodes(top, height)
        altitude, azimuth = fisheye.unproject(x[None, :], y[:, None])
        self.altitude_deg = np.asarray(altitude, np.float32)
        self.azimuth_deg = np.asarray(azimuth, np.float32)
        flat = np.cos(np.radians(altitude))
        self.east = np.asarray(flat * np.sin(np.radians(azimuth)), np.float32)
        self.north = np.asarray(flat * np.cos(np.radians(azimuth)), np.float32)
        self.up = np.asarray(np.sin(np.radians(altitude)), np.float32)
        self.transmission = transmission(self.up)
        zenith_distance = np.radians(np.maximum(90 - altitude, 1e-3))
        self.stretch = np.asarray(np.sin(zenith_distance) / zenith_distance, np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns of nodes."""
        return (int(self.up.shape[0]), int(self.up.shape[1]))

    def cosine_from(self, direction: NDArray[np.float64]) -> Map:
        """Return the cosine of the angle between each node and a unit vector."""
        east, north, up = direction.astype(np.float32)
        cosine: Map = self.east * east + self.north * north + self.up * up
        return cosine

    def nearest(
        self, x_px: NDArray[np.float64], y_px: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return row and column of the nodes nearest to points of the frame."""
        rows, columns = self.shape
        row = np.rint((y_px - self.rows.start) / STEP_PX)
        column = np.rint((x_px - self.columns.start) / STEP_PX)
        return (
            np.clip(row, 0, rows - 1).astype(np.intp),
            np.clip(column, 0, columns - 1).astype(np.intp),
        )

    def distance_deg(self, direction: NDArray[np.float64]) -> Map:
        """Return the angle between each node and a unit vector, in degrees."""
        return np.asarray(
            np.degrees(np.arccos(np.clip(self.cosine_from(direction), -1, 1)))
        )

    def enlarge(self, coarse: Map, into: NDArray[np.float32]) -> None:
        """Write ``coarse`` (n, m), linearly interpolated, to ``into`` (H, W): the part of the frame the grid covers."""
        height = into.shape[0]
        between = np.diff(coarse, axis=0)
        tall = np.empty((height, coarse.shape[1]), np.float32)
        for phase in range(STEP_PX):
            rows = tall[phase::STEP_PX]
            np.multiply(between[: len(rows)], np.float32(phase / STEP_PX), out=rows)
            rows += coarse[: len(rows)]
        between = np.diff(tall, axis=1)
        for phase in range(STEP_PX):
            columns = into[:, phase::STEP_PX]
            count = columns.shape[1]
            np.multiply(between[:, :count], np.float32(phase / STEP_PX), out=columns)
            columns += tall[:, :count]


def _span(centre_px: float, radius_px: float, size_px: int) -> tuple[int, int]:
    """Return where the square around the circle begins on one axis, and how long it is, within the frame."""
    first = max(0, int(centre_px - radius_px) - 1)
    last = min(size_px - 1, int(centre_px + radius_px) + 2)
    return first, last - first + 1


def _nodes(first: int, length: int) -> NDArray[np.float64]:
    """Return the pixels of the nodes on one axis; the last one is at or behind the end."""
    return np.arange(first, first + length + STEP_PX, STEP_PX, dtype=np.float64)
