"""The sensor of the Raspberry Pi High Quality Camera: from light to counts, and from counts to a picture.

Light is counted in electrons per photosite. A frame smaller than the sensor is the mean of the photosites behind each
pixel, which lowers the noise, not the signal. The figures are those of Sony's flyer and of published measurements of
single cameras; no particular device is meant.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.cameras import Exposure, ExposureLimits, RawImage

MODEL = "imx477"
LIMITS = ExposureLimits(
    shortest_us=114, longest_us=694_422_939, lowest_gain=1.0, highest_gain=1024 / 46
)
WIDTH_PX = 4056
PHOTOSITE_UM = 1.55
FULL_WELL_E = 8180.0
READ_NOISE_E = 3.0
BLACK = 256
WHITE = 4095
RESPONSE = np.array([0.58, 1.0, 0.66], np.float32)
"""Electrons of the three colours for the same sunlight."""

_LINE_US = 19  # exposures are whole lines; 114 µs are six
_GAIN_CODES = 1024
_HOT_PART = 1.5e-4  # of all pixels
_BLOCK_ROWS = 64
_NOISE_LENGTH = 1 << 21


@dataclass(frozen=True, slots=True)
class DarkCurrent:
    """Hot pixels at fixed places: their index in a plane, and electrons per second of each, at 20 °C."""

    pixels: NDArray[np.intp]
    electrons_s: NDArray[np.float32]


class Imx477:
    """A sensor read out as ``width`` x ``height`` pixels; the seed chooses its hot pixels."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._size = (height, width)
        chance = np.random.default_rng([seed, 477])
        self._noise = chance.standard_normal(_NOISE_LENGTH, dtype=np.float32)
        hot = max(1, round(_HOT_PART * width * height))
        self._dark = DarkCurrent(
            chance.choice(width * height, hot, replace=False),
            chance.gamma(0.5, 0.9, hot).astype(np.float32),
        )
        photosites = (WIDTH_PX / width) ** 2
        self._averaged = tuple(
            max(1.0, photosites * part) for part in (0.25, 0.5, 0.25)
        )
        self._seed = seed
        self._tables = _picture_tables()
        self._counts = np.empty((3, height, width), np.uint16)
        self._rgb = np.empty((height, width, 3), np.uint8)

    @staticmethod
    def nearest(wanted: Exposure) -> Exposure:
        """Return what the sensor really does when ``wanted`` is asked: whole lines, whole gain codes, its limits."""
        lines = max(1, round(wanted.exposure_us / _LINE_US))
        exposure_us = min(max(lines * _LINE_US, LIMITS.shortest_us), LIMITS.longest_us)
        gain = min(max(wanted.gain, LIMITS.lowest_gain), LIMITS.highest_gain)
        code = round(_GAIN_CODES * (1 - 1 / gain))
        return Exposure(exposure_us, _GAIN_CODES / (_GAIN_CODES - code))

    def expose(
        self,
        light: NDArray[np.float32],
        used: Exposure,
        temperature_c: float,
        moment_us: int,
    ) -> NDArray[np.uint16]:
        """Return the counts (3, H, W) that ``light`` (3, H, W, mean electrons per photosite) leaves; a reused buffer.

        At gain 1 a full well is white, at higher gains the converter is full earlier. ``light`` is overwritten. The
        noise belongs to the seed, the moment and the exposure.
        """
        per_electron = np.float32((WHITE - BLACK) / FULL_WELL_E * used.gain)
        warm = np.float32(2 ** ((temperature_c - 20) / 6.5) * used.exposure_us / 1e6)
        chance = np.random.default_rng(
            [self._seed, moment_us, used.exposure_us, round(used.gain * 1000)]
        )
        for plane, counts, averaged in zip(
            light, self._counts, self._averaged, strict=True
        ):
            plane.reshape(-1)[self._dark.pixels] += self._dark.electrons_s * warm
            for top in range(0, plane.shape[0], _BLOCK_ROWS):
                block = plane[top : top + _BLOCK_ROWS]
                begin = int(chance.integers(_NOISE_LENGTH - block.size))
                noise = self._noise[begin : begin + block.size].reshape(block.shape)
                spread = block + np.float32(READ_NOISE_E**2)
                spread *= np.float32(1 / averaged)
                np.sqrt(spread, out=spread)
                spread *= noise
                block += spread
                block *= per_electron
                block += np.float32(BLACK + 0.5)
                np.clip(block, 0, WHITE, out=block)
                counts[top : top + _BLOCK_ROWS] = block
        return self._counts

    def picture(self, counts: NDArray[np.uint16]) -> NDArray[np.uint8]:
        """Return the developed picture (H, W, 3) of ``counts``: white balance and sRGB curve; a reused buffer."""
        for top in range(0, self._size[0], _BLOCK_ROWS):
            for channel, table in enumerate(self._tables):
                block = counts[channel, top : top + _BLOCK_ROWS].astype(np.intp)
                self._rgb[top : top + _BLOCK_ROWS, :, channel] = table.take(block)
        return self._rgb

    @staticmethod
    def raw(counts: NDArray[np.uint16]) -> RawImage:
        """Return the mosaic of ``counts``: each pixel keeps the colour of its filter, RGGB."""
        mosaic = counts[1].copy()
        mosaic[0::2, 0::2] = counts[0, 0::2, 0::2]
        mosaic[1::2, 1::2] = counts[2, 1::2, 1::2]
        return RawImage(mosaic, "RGGB", BLACK, WHITE)


def _picture_tables() -> list[NDArray[np.uint8]]:
    """Return for each channel which byte of the picture a count becomes: black level, white balance, IEC 61966-2-1."""
    linear = np.maximum(np.arange(WHITE + 1) - BLACK, 0) / (WHITE - BLACK)
    tables = []
    for response in RESPONSE:
        balanced = np.minimum(linear / response, 1)
        curve = np.where(
            balanced <= 0.0031308,
            12.92 * balanced,
            1.055 * balanced ** (1 / 2.4) - 0.055,
        )
        tables.append(np.rint(255 * curve).astype(np.uint8))
    return tables
