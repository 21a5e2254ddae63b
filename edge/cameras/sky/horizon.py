"""The dark silhouette around the sky: low hills and, here and there, trees."""

import numpy as np
from numpy.typing import NDArray

from edge.cameras.optics import Fisheye

_EDGE_PX = 1.5


def sky_mask(fisheye: Fisheye, seed: int) -> NDArray[np.float32]:
    """Return how much of each pixel sees the sky, 0-1, anti-aliased, (height, width)."""
    y, x = np.mgrid[: fisheye.height, : fisheye.width].astype(np.float32)
    altitude, azimuth = fisheye.unproject(x, y)
    pixel_deg = np.degrees(1 / fisheye.focal_px)
    return np.asarray(
        np.clip((altitude - _skyline(azimuth, seed)) / pixel_deg + 0.5, 0, 1),
        np.float32,
    )


def circle_mask(fisheye: Fisheye) -> NDArray[np.float32]:
    """Return how much light falls on each pixel: 1 at the zenith, falling off to the rim, 0 outside of the circle."""
    y, x = np.mgrid[: fisheye.height, : fisheye.width].astype(np.float32)
    radius = np.hypot(x - fisheye.centre_x_px, y - fisheye.centre_y_px)
    part = radius / np.float32(fisheye.radius_px)
    inside = np.clip((fisheye.radius_px - radius) / _EDGE_PX + 0.5, 0, 1)
    return np.asarray(inside * (1 - 0.28 * np.minimum(part, 1) ** 2), np.float32)


def _skyline(azimuth_deg: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the altitude of the skyline in degrees at each azimuth."""
    chance = np.random.default_rng([seed, 0x5])
    nodes = np.arange(0, 360, 0.05)
    turn = np.radians(nodes)
    hills = sum(
        chance.normal() / k * np.sin(k * turn + chance.uniform(0, 2 * np.pi))
        for k in range(1, 9)
    )
    skyline = 1.6 + 0.55 * np.clip(hills, -2, 3)
    groves = chance.uniform(0, 360, 4)
    for tree in range(80):
        place = groves[tree % groves.size] + chance.normal(0, 13)
        away = (nodes - place + 180) % 360 - 180
        width, height = chance.uniform(0.5, 1.7), chance.uniform(0.6, 3.0)
        crown = height * np.clip(1 - np.abs(away / width) ** 1.6, 0, 1)
        skyline = np.maximum(
            skyline, 1.6 + crown * (0.85 + 0.15 * np.sin(nodes * 9 + height))
        )
    return np.asarray(np.interp(azimuth_deg, nodes, skyline, period=360))
