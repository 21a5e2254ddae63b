"""The brightness of a frame as one plane of whole numbers: luma of a developed picture, or superpixels of a raw mosaic.

Star finding works in the plane's own levels, where the noise is even; `Plane.linear` turns levels into light.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from products.scaling import Rgb

if TYPE_CHECKING:  # the wire's models take 10 MB that rendering a folder does without
    from products.manifest import Circle

SEEN_PART = 0.95
"""Part of the circle's radius within which there is sky; its rim shows the horizon."""
STAR_SIGMA_PX = 1.0
"""Width of a usual star, in pixels of the frame (FWHM 2.4)."""

_STRIP_ROWS = 64

Floats = NDArray[np.float32]
Places = NDArray[np.intp]


class Mosaic(Protocol):
    """The sensor's own linear pixels, as `edge.cameras.RawImage` holds them.

    ``mosaic`` is (H, W) uint16, ``pattern`` names its first 2x2 pixels row by row; ``black`` and ``white`` are the
    levels of no light and of saturation.
    """

    @property
    def mosaic(self) -> NDArray[np.uint16]:
        """The pixels."""

    @property
    def pattern(self) -> str:
        """'RGGB', 'BGGR', ..."""

    @property
    def black(self) -> int:
        """The level of no light."""

    @property
    def white(self) -> int:
        """The level of saturation."""


@dataclass(frozen=True, slots=True)
class Disc:
    """Where the sky is: centre and radius in pixels of the frame, counted from the centre of its first pixel."""

    x_px: float
    y_px: float
    radius_px: float

    @classmethod
    def of(cls, circle: "Circle", width: int) -> "Disc":
        """Return the part of the fisheye's circle that shows sky, in a frame of this width."""
        return cls(
            circle.x * width - 0.5,
            circle.y * width - 0.5,
            circle.radius * width * SEEN_PART,
        )

    def box(self, height: int, width: int) -> tuple[slice, slice]:
        """Return rows and columns of the frame that hold the disc, beginning at even pixels."""

        def side(centre_px: float, length: int) -> slice:
            first = max(0, math.floor(centre_px - self.radius_px))
            last = min(length, math.ceil(centre_px + self.radius_px) + 1)
            return slice(min(first // 2 * 2, length), max(last, 0))

        return side(self.y_px, height), side(self.x_px, width)


@dataclass(frozen=True, slots=True)
class OpenSky:
    """The owner's mask above a frame of ``height`` x ``width`` pixels: ``mask`` is bool of any size, true for sky."""

    mask: NDArray[np.bool_]
    height: int
    width: int

    def at(self, x_px: Floats, y_px: Floats) -> NDArray[np.bool_]:
        """Return which places of the frame, counted from the centre of its first pixel, show the sky."""
        rows, columns = self.mask.shape
        row = ((y_px + 0.5) * (rows / self.height)).astype(np.intp)
        column = ((x_px + 0.5) * (columns / self.width)).astype(np.intp)
        inside = self.mask[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
        return np.asarray(inside)


@dataclass(frozen=True, slots=True)
class Plane:
    """The brightness of the part of a frame that shows the sky.

    ``values`` is (H, W), uint8, uint16 or uint32; each stands for ``across`` x ``across`` pixels of the frame, of which
    the first is at (``left``, ``top``). ``photosites`` is nearest to single photosites: the mosaic, or the values
    themselves. Levels are light where ``linear_from`` to ``linear_to`` is given, else they follow the sRGB curve.
    ``weights`` smooth the plane in both directions so that stars of its usual sharpness stand out best.
    ``open_sky`` says what the owner masked.
    """

    values: NDArray[Any]
    photosites: NDArray[Any]
    across: int
    left: int
    top: int
    disc: Disc | None
    weights: tuple[int, int, int]
    linear_from: float | None = None
    linear_to: float = 255.0
    open_sky: OpenSky | None = None

    @property
    def sum_type(self) -> np.dtype[Any]:
        """A type of whole numbers that holds weighted sums of values."""
        return np.dtype(np.uint16 if self.values.dtype == np.uint8 else np.uint32)

    @property
    def peak_part(self) -> float:
        """How much of a usual star's light the highest pixel of the smoothed plane has."""
        line = np.exp(-0.5 * (np.arange(-3, 4) * self.across / STAR_SIGMA_PX) ** 2)
        line /= line.sum()
        return float((line[2:5] @ self.weights / sum(self.weights)) ** 2)

    def sum_of(self, level: float) -> np.float32:
        """Return what a level is in the sums of the smoothed plane."""
        return np.float32(level * sum(self.weights) ** 2)

    def levels(self, sums: Floats) -> Floats:
        """Return levels from the sums of the smoothed plane."""
        return np.asarray(sums / self.sum_of(1), np.float32)

    def linear(self, levels: NDArray[Any]) -> Floats:
        """Return light in parts of saturation; below 0 where noise has gone below the black level."""
        if self.linear_from is None:
            if levels.dtype == np.uint8:
                return np.asarray(_SRGB_LINEAR[levels])
            known = np.interp(levels, np.arange(256), _SRGB_LINEAR)
            return np.asarray(known, np.float32)
        whole = np.float32(self.linear_to - self.linear_from)
        above = levels.astype(np.float32) - np.float32(self.linear_from)
        return np.asarray(above / whole)

    def in_frame(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return places in pixels of the frame."""
        middle = np.float32((self.across - 1) / 2)
        return x * self.across + middle + self.left, y * self.across + middle + self.top

    def is_inside(
        self, rows: Places, columns: Places, part: float = 1.0
    ) -> NDArray[np.bool_]:
        """Return which points of the plane show the sky, or lie in this part of its radius."""
        inside = np.ones(rows.shape, np.bool_)
        x, y = self.in_frame(columns.astype(np.float32), rows.astype(np.float32))
        if self.disc:
            away = np.hypot(x - self.disc.x_px, y - self.disc.y_px)
            inside &= away <= part * self.disc.radius_px
        if self.open_sky:
            inside &= self.open_sky.at(x, y)
        return inside


def luma_plane(rgb: Rgb, disc: Disc | None = None) -> Plane:
    """Return the luma (ITU-R BT.601) of a developed picture (H, W, 3), sRGB-encoded, uint8."""
    rows, columns = _box(disc, *rgb.shape[:2])
    window = rgb[rows, columns]
    values = np.empty(window.shape[:2], np.uint8)
    for top in range(0, len(window) if window.size else 0, _STRIP_ROWS):
        strip = np.ascontiguousarray(window[top : top + _STRIP_ROWS])
        values[top : top + _STRIP_ROWS] = np.asarray(
            Image.fromarray(strip).convert("L")
        )
    return Plane(values, values, 1, columns.start, rows.start, disc, (1, 2, 1))


def superpixel_plane(raw: Mosaic, disc: Disc | None = None) -> Plane:
    """Return the sums of the 2x2 blocks of a mosaic: all colours at half the size, linear, uint16 or uint32."""
    rows, columns = _box(disc, *raw.mosaic.shape)
    height, width = ((side.stop - side.start) // 2 * 2 for side in (rows, columns))
    window = raw.mosaic[rows.start :, columns.start :][:height, :width]
    deep = 4 * raw.white > np.iinfo(np.uint16).max
    values: NDArray[Any] = window[0::2, 0::2].astype(np.uint32 if deep else np.uint16)
    values += window[0::2, 1::2]
    values += window[1::2, 0::2]
    values += window[1::2, 1::2]
    return Plane(
        values,
        window,
        2,
        columns.start,
        rows.start,
        disc,
        (1, 4, 1),
        4.0 * raw.black,
        4.0 * raw.white,
    )


def _box(disc: Disc | None, height: int, width: int) -> tuple[slice, slice]:
    return disc.box(height, width) if disc else (slice(0, height), slice(0, width))


def srgb_linear(encoded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return linear light (0-1) of gamma-encoded values (0-1), IEC 61966-2-1."""
    return np.where(
        encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4
    )


_SRGB_LINEAR = srgb_linear(np.arange(256) / 255).astype(np.float32)
