"""The stars of a frame, and their compact form: six bytes a star."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

_FORMAT = 1
_HEADER = struct.Struct("<BBI")  # format, steps per pixel, number of stars
_FINEST_STEPS = 16  # of a pixel
_STEPS_MAX = 0xFFFF
_FAINTEST_MAG, _MILLI = 30.0, 1000.0  # of a whole saturated pixel less: 30 mag

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StarList:
    """Stars of one frame, brightest first; arrays (N,) float32.

    ``x`` and ``y`` count in pixels of the frame from the centre of its first pixel. ``flux`` is linear light above the
    background, in saturated pixels: 1 is as much light as one pixel can hold. What is brighter than saturation is lost,
    so that the flux of a star with a saturated middle is too small.
    """

    x: Floats
    y: Floats
    flux: Floats

    def __len__(self) -> int:
        return len(self.x)

    @classmethod
    def empty(cls) -> Self:
        """Return no stars."""
        return cls(*(np.empty(0, np.float32) for _ in range(3)))

    @classmethod
    def joined(cls, lists: Sequence["StarList"]) -> Self:
        """Return the stars of several lists."""
        if not lists:
            return cls.empty()
        x, y, flux = (
            np.concatenate([getattr(one, name) for one in lists])
            for name in ("x", "y", "flux")
        )
        order = np.argsort(-flux, kind="stable")
        return cls(x[order], y[order], flux[order])

    def brightest(self, count: int) -> "StarList":
        """Return at most ``count`` stars."""
        return StarList(self.x[:count], self.y[:count], self.flux[:count])

    def pack(self) -> bytes:
        """Return the stars in six bytes each, within 1/32 pixel (wide frames: 1/8) and 0.0005 mag.

        Little-endian: format (1 byte), steps per pixel (1 byte), number of stars (4 bytes), then all x and all y in
        steps, and all magnitudes below a saturated pixel + 30 in thousandths, 2 bytes each.
        """
        widest = float(max(self.x.max(), self.y.max())) if len(self) else 0.0
        steps = _FINEST_STEPS
        while widest * steps > _STEPS_MAX:
            steps //= 2
        magnitude = -2.5 * np.log10(self.flux.astype(np.float64)) + _FAINTEST_MAG
        columns = (self.x * steps, self.y * steps, magnitude * _MILLI)
        packed = (
            np.clip(np.rint(column), 0, _STEPS_MAX).astype("<u2").tobytes()
            for column in columns
        )
        return _HEADER.pack(_FORMAT, steps, len(self)) + b"".join(packed)

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Return the stars that `pack` wrote; raise ValueError for anything else."""
        if len(packed) < _HEADER.size:
            raise ValueError("a list of stars has at least six bytes")
        form, steps, count = _HEADER.unpack_from(packed)
        if form != _FORMAT or not steps:
            raise ValueError(f"unknown form {form} of a list of stars")
        if len(packed) != _HEADER.size + 6 * count:
            raise ValueError(
                f"a list of {count} stars does not have {len(packed)} bytes"
            )
        x, y, milli = np.frombuffer(packed, "<u2", offset=_HEADER.size).reshape(
            3, count
        )
        flux = 10 ** (-0.4 * (milli / _MILLI - _FAINTEST_MAG))
        return cls(
            (x / steps).astype(np.float32),
            (y / steps).astype(np.float32),
            flux.astype(np.float32),
        )
