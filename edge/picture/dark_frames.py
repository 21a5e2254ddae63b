"""Hot pixels measured: frames of a covered lens at several exposures and gains, at the temperature of the moment."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.cameras import Camera, Exposure, Frame, RawImage
from edge.metering import srgb_linear
from edge.picture.hot_pixel_map import PICTURE, RAW, HotPixelMap
from edge.progress import Bar
from products.hot_pixels import HotPixels, HotPixelSearch

LIGHT = 0.02  # parts of saturation above black: no dark current of a whole region
_TILES = 8  # along each side, looked at for light
_SAMPLE = 5
_LINEAR = np.array([srgb_linear(level / 255) for level in range(256)], np.float32)


class NotDarkError(Exception):
    """Light falls on the sensor; the message says how much and what to do."""


@dataclass(frozen=True, slots=True)
class DarkPlan:
    """How the lens is exposed while it is covered: ``times`` at the strongest, then once each at weaker ones."""

    exposure_s: float
    gain: float
    times: int

    def exposures(self) -> list[Exposure]:
        """Return all exposures in their order: the strongest, then the same without gain, and a third as long."""
        strongest = Exposure(round(self.exposure_s * 1e6), self.gain)
        weaker = (
            Exposure(strongest.exposure_us, 1.0),
            Exposure(max(1, strongest.exposure_us // 3), self.gain),
        )
        return [strongest] * self.times + list(weaker)


def measure_hot_pixels(
    camera: Camera, plan: DarkPlan, now: dt.datetime, bar: Bar
) -> HotPixelMap:
    """Take the frames and return the map of the hot pixels in them.

    Raises
    ------
    CameraError
        The camera does not give a frame.
    NotDarkError
        The lens is not covered.
    """
    searches: dict[str, HotPixelSearch] = {}
    used, temperatures = None, []
    exposures = plan.exposures()
    for done, wanted in enumerate(exposures):
        said = f"{wanted.exposure_us / 1e6:g} s at gain {wanted.gain:g}"
        bar.update(done, said=said)
        frame = camera.capture(wanted)
        used = used or frame.exposure
        strength = frame.exposure.exposure_us / 1e6 * frame.exposure.gain
        if frame.sensor_temperature_c is not None:
            temperatures.append(frame.sensor_temperature_c)
        for kind, linear in _linear(frame):
            refuse_light(linear)
            searches.setdefault(kind, HotPixelSearch()).add(linear, strength)
    bar.update(len(exposures))
    assert used is not None  # a plan has at least one exposure
    found: dict[str, HotPixels] = {kind: one.found() for kind, one in searches.items()}
    return HotPixelMap.made(
        found,
        now,
        camera=camera.model,
        temperature_c=round(float(np.mean(temperatures)), 1) if temperatures else None,
        exposure_s=used.exposure_us / 1e6,
        gain=used.gain,
        frames=len(exposures),
    )


def refuse_light(linear: NDArray[np.float32]) -> None:
    """Raise `NotDarkError` when any region of a frame, (H, W) in parts of saturation, is brighter than dark current."""
    sparse = linear[::_SAMPLE, ::_SAMPLE]
    medians = [
        float(np.median(tile))
        for rows in np.array_split(sparse, _TILES)
        for tile in np.array_split(rows, _TILES, axis=1)
        if tile.size
    ]
    if (brightest := max(medians)) > LIGHT:
        raise NotDarkError(
            f"The lens is not covered: light fills {brightest:.0%} of the range. Put its cap on, or a box and"
            " a thick cloth over the dome, and try again."
        )


def _linear(frame: Frame) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield what a frame has to look at, in parts of saturation: its picture, and its raw pixels if it has any."""
    yield PICTURE, _LINEAR[frame.rgb.max(axis=2)]
    if frame.raw:
        yield RAW, _raw_linear(frame.raw)


def _raw_linear(raw: RawImage) -> NDArray[Any]:
    linear = raw.mosaic.astype(np.float32)
    linear -= raw.black
    linear /= raw.white - raw.black
    return linear
