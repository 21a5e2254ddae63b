"""From the sky to counts, and from counts to a picture.

An even sky that is twice as bright at the right edge as at the left, and half as bright again at the bottom, so that
a mirrored frame can be told. Light is in electrons per second and photosite; a count is linear in electrons x gain.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np

from .sensors import MONO, Sensor

RESPONSE = {"R": 0.58, "G": 1.0, "B": 0.66}
DAYLIGHT_GAINS = (1 / RESPONSE["R"], 1 / RESPONSE["B"])
_NOISE = np.random.default_rng(477).standard_normal(1 << 20, dtype=np.float32)


@lru_cache(maxsize=4)
def sky_shape(width: int, height: int, hflip: bool, vflip: bool):
    """Return (H, W) float32, 1 in the middle of the frame."""
    across = np.linspace(2 / 3, 4 / 3, width, dtype=np.float32)
    down = np.linspace(0.8, 1.2, height, dtype=np.float32)
    across = across[::-1] if hflip else across
    down = down[::-1] if vflip else down
    return down[:, None] * across[None, :]


def expose(
    sensor: Sensor, pattern: str, shape, electrons: float, gain: float, bits: int
):
    """Return the mosaic, (H, W) uint16, right-aligned, of ``electrons`` in a green photosite in the middle."""
    light = shape * np.float32(electrons)
    if pattern != MONO:
        for place, colour in enumerate(pattern):
            light[place // 2 :: 2, place % 2 :: 2] *= RESPONSE[colour]
    begin = int(np.random.default_rng().integers(_NOISE.size))
    noise = np.resize(np.roll(_NOISE, begin), light.shape)
    light += noise * np.sqrt(light + np.float32(sensor.read_noise_e**2))
    white, black = (1 << bits) - 1, sensor.black >> (16 - bits)
    np.minimum(light, sensor.full_well_e, out=light)
    light *= np.float32((white - black) / sensor.full_well_e * gain)
    return np.clip(light + np.float32(black + 0.5), 0, white).astype(np.uint16)


@dataclass(frozen=True)
class Look:
    """How the picture is made of the counts, as the tuning says: a curve, and two things that change with the frame."""

    levels: tuple[float, ...]
    values: tuple[float, ...]
    adaptive: bool
    shading: bool

    @classmethod
    def of(cls, tuning: dict) -> Self:
        """Return the look of a tuning file of version 2."""
        sections = {
            name: section
            for algorithm in tuning["algorithms"]
            for name, section in algorithm.items()
        }
        curve = sections["rpi.contrast"]["gamma_curve"]
        return cls(
            tuple(level / 65535 for level in curve[::2]),
            tuple(value / 65535 for value in curve[1::2]),
            adaptive=bool(sections["rpi.contrast"].get("ce_enable", 1)),
            shading="rpi.alsc" in sections,
        )


STOCK = Look(
    (0, 0.02, 0.1, 0.3, 1), (0, 0.2, 0.45, 0.7, 1), adaptive=True, shading=True
)
"""What cameras do with the tuning they come with: a steep curve, the rest made for other lenses."""


def develop(mosaic, pattern: str, levels, gains, size: tuple[int, int], look: Look):
    """Return the picture, (H, W, 3) uint8.

    ``levels`` is the linear light, 0-1, of each count; ``gains`` are those of red, green and blue.
    """
    width, height = size
    rows = (np.arange(height) * (mosaic.shape[0] // 2) // height) * 2
    columns = (np.arange(width) * (mosaic.shape[1] // 2) // width) * 2
    more = 1.0
    if look.adaptive:
        more = min(
            1.3,
            max(
                1.0,
                0.8
                / max(levels[np.percentile(mosaic[::8, ::8], 99).astype(int)], 0.01),
            ),
        )
    picture = np.empty((height, width, 3), np.uint8)
    for channel, colour in enumerate("RGB"):
        place = 0 if pattern == MONO else pattern.index(colour)
        plane = mosaic[np.ix_(rows + place // 2, columns + place % 2)]
        linear = np.clip(levels * (gains[channel] * more), 0, 1)
        table = np.interp(linear, look.levels, look.values)
        picture[..., channel] = np.rint(255 * table).astype(np.uint8)[plane]
    if look.shading:
        across, down = np.linspace(-1, 1, width), np.linspace(-1, 1, height)
        brighter = 1 + 0.2 * (across[None, :, None] ** 2 + down[:, None, None] ** 2)
        np.minimum(picture * brighter, 255, out=picture, casting="unsafe")
    return picture


def levels_of(sensor: Sensor, bits: int):
    """Return the linear light of each count: 0 at the black level, 1 at white."""
    white, black = (1 << bits) - 1, sensor.black >> (16 - bits)
    return (np.arange(white + 1, dtype=np.float32) - black) / (white - black)
