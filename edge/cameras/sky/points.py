"""Points of light on the sensor: stars with a sub-pixel place, and the halo of what is too bright for the lens."""

import numpy as np
from numpy.typing import NDArray

from edge.cameras.optics import Fisheye, Pixels

Planes = NDArray[np.float32]
"""Red, green and blue light on each pixel, (3, height, width)."""

SIGMA_PX = 0.82
"""Width of a star at the zenith (FWHM 1.9 pixels); a third more at the rim of the circle."""
_REACH_PX = 3
_HALO_PART = 0.03
_HALO_CORE_PX = 3.0
_FAINTEST_HALO = 0.4


def add_points(
    planes: Planes, x_px: Pixels, y_px: Pixels, light: Planes, fisheye: Fisheye
) -> None:
    """Add points at (``x_px``, ``y_px``), each (N,), with a total ``light`` of (3, N), in place.

    All of a point's light arrives: the profile is normalised. Points nearer than three pixels to the edge of the
    frame are left out.
    """
    _, height, width = planes.shape
    column, row = np.rint(x_px).astype(np.intp), np.rint(y_px).astype(np.intp)
    whole = (
        (column >= _REACH_PX)
        & (column < width - _REACH_PX)
        & (row >= _REACH_PX)
        & (row < height - _REACH_PX)
    )
    column, row, x, y = column[whole], row[whole], x_px[whole], y_px[whole]
    part = (
        np.hypot(x - fisheye.centre_x_px, y - fisheye.centre_y_px) / fisheye.radius_px
    )
    sigma = SIGMA_PX * (1 + 0.33 * part**2)
    reach = np.arange(-_REACH_PX, _REACH_PX + 1)
    across, down = _profile(column - x, sigma, reach), _profile(row - y, sigma, reach)
    profile = down[:, :, None] * across[:, None, :]
    pixels = (
        (row[:, None, None] + reach[None, :, None]) * width
        + column[:, None, None]
        + reach[None, None, :]
    )
    flat = pixels.ravel()
    for plane, colour in zip(planes, light[:, whole], strict=True):
        np.add.at(plane.reshape(-1), flat, (profile * colour[:, None, None]).ravel())


def add_halo(
    planes: Planes, x_px: float, y_px: float, light: NDArray[np.float32], lens: Planes
) -> None:
    """Add the light that lens and cover scatter around one bright body of a total ``light`` (3,), in place.

    Three per cent of the light in a Moffat profile with wings that fall with the third power, where the ``lens``
    (H, W) lets light fall.
    """
    _, height, width = planes.shape
    scattered = light * np.float32(_HALO_PART / (2 * np.pi * _HALO_CORE_PX**2))
    brightest = float(scattered.max())
    if brightest <= _FAINTEST_HALO:
        return
    radius = min(_HALO_CORE_PX * (brightest / _FAINTEST_HALO) ** (1 / 3), 0.3 * height)
    left, right = max(0, int(x_px - radius)), min(width, int(x_px + radius) + 2)
    top, bottom = max(0, int(y_px - radius)), min(height, int(y_px + radius) + 2)
    if left >= right or top >= bottom:
        return
    y, x = np.ogrid[top:bottom, left:right]
    distance2 = ((x - x_px) ** 2 + (y - y_px) ** 2).astype(np.float32)
    edge = (1 + (radius / _HALO_CORE_PX) ** 2) ** -1.5
    profile = np.maximum(
        (1 + distance2 / np.float32(_HALO_CORE_PX**2)) ** -1.5 - np.float32(edge), 0
    )
    profile *= lens[top:bottom, left:right]
    planes[:, top:bottom, left:right] += scattered[:, None, None] * profile


def _profile(
    offset: Pixels, sigma: Pixels, reach: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return normalised Gaussians (N, 7) centred at -``offset`` from the middle pixel."""
    away = (offset[:, None] + reach) / sigma[:, None]
    bell = np.exp(-0.5 * away.astype(np.float32) ** 2)
    return np.asarray(bell / bell.sum(axis=1, keepdims=True), np.float32)
