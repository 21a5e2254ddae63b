"""From the sky to counts, and from counts to a picture.

An even sky that is twice as bright at the right edge as at the left, and half as bright again at the bottom, so that
a mirrored frame can be told. Light is in electrons per second and photosite; a count is linear in electrons x gain.
"""

from functools import lru_cache

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


def develop(
    sensor: Sensor, pattern: str, mosaic, bits: int, gains, size: tuple[int, int]
):
    """Return the picture, (H, W, 3) uint8 sRGB: black taken off, ``gains`` of red, green, blue, the sRGB curve."""
    white, black = (1 << bits) - 1, sensor.black >> (16 - bits)
    levels = (np.arange(white + 1, dtype=np.float32) - black) / (white - black)
    width, height = size
    rows = (np.arange(height) * (mosaic.shape[0] // 2) // height) * 2
    columns = (np.arange(width) * (mosaic.shape[1] // 2) // width) * 2
    picture = np.empty((height, width, 3), np.uint8)
    for channel, colour in enumerate("RGB"):
        place = 0 if pattern == MONO else pattern.index(colour)
        plane = mosaic[np.ix_(rows + place // 2, columns + place % 2)]
        picture[..., channel] = _curve(levels * gains[channel])[plane]
    return picture


def _curve(linear):
    """Return the bytes of linear light by IEC 61966-2-1."""
    linear = np.clip(linear, 0, 1)
    encoded = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    return np.rint(255 * encoded).astype(np.uint8)
