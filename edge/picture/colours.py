"""The colour gains of a camera measured: something grey in the middle of its frames, in daylight."""

from dataclasses import dataclass

import numpy as np

from edge.cameras import Camera, Exposure, Frame
from edge.picture.window import Window
from edge.progress import Bar
from edge.settings.picture import CropSettings
from products.grey_patch import GreyPatch

AIM, DARKEST, BRIGHTEST = 0.4, 0.05, 0.8
"""Of the brightest colour, in parts of saturation: what is aimed at, and what will do."""

_LONGEST_US = 1_000_000
_FIRST_US = 1000
_TRIES = 10
_STEP = 16.0  # largest change from one try to the next
_UNEVEN = 0.08  # more is a cloud's edge, or a lamp


class NotGreyError(Exception):
    """The middle of the frame does not do; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class MeasuredGains:
    """What red and blue are to be multiplied by, how much that differed between frames, and how it was measured."""

    red: float
    blue: float
    spread: float
    exposure_us: int
    frames: int


def measure_gains(
    camera: Camera, crop: CropSettings, frames: int, bar: Bar
) -> MeasuredGains:
    """Find an exposure, take so many frames, and return the gains.

    Raises
    ------
    CameraError
        The camera does not give a frame.
    NotGreyError
        There are no raw pixels, or the middle is too dark, too bright or not even.
    """
    wanted = _exposed(camera, crop)
    patches = []
    for done in range(frames):
        bar.update(done, said=f"{wanted.exposure_us / 1000:.3g} ms")
        patches.append(_even(_patch(camera.capture(wanted), crop)))
    bar.update(frames)
    gains = np.array([patch.gains for patch in patches])
    red, blue = np.median(gains, axis=0)
    spread = float((np.ptp(gains, axis=0) / (red, blue)).max())
    return MeasuredGains(float(red), float(blue), spread, wanted.exposure_us, frames)


def _exposed(camera: Camera, crop: CropSettings) -> Exposure:
    """Return an exposure at the lowest gain that is neither too dark nor too bright."""
    limits = camera.limits
    shortest_us = limits.shortest_us
    longest_us = min(limits.longest_us, _LONGEST_US)
    wanted = Exposure(max(_FIRST_US, shortest_us), limits.lowest_gain)
    for _ in range(_TRIES):
        patch = _patch(camera.capture(wanted), crop)
        if DARKEST <= patch.brightest <= BRIGHTEST and patch.saturated == 0:
            return wanted
        factor = AIM / max(patch.brightest, AIM / _STEP)
        if patch.saturated:
            factor = 1 / _STEP
        exposure_us = round(wanted.exposure_us * factor)
        nearest_us = min(max(exposure_us, shortest_us), longest_us)
        if nearest_us == wanted.exposure_us:
            break
        wanted = Exposure(nearest_us, wanted.gain)
    too = "dark"
    if patch.saturated:
        too = "bright in parts (is that the sun?)"
    elif patch.brightest > BRIGHTEST:
        too = "bright"
    raise NotGreyError(
        f"The middle of the frame is too {too} at {wanted.exposure_us / 1e6:.3g} s: measure by day, with nothing but"
        " daylight on a grey or white sheet, or under an overcast sky."
    )


def _even(patch: GreyPatch) -> GreyPatch:
    if patch.saturated or patch.uneven > _UNEVEN:
        raise NotGreyError(
            f"The middle of the frame is not evenly lit (its colours differ by {patch.uneven:.0%}): let a grey or white"
            " sheet in daylight fill it, or wait for an overcast sky."
        )
    return patch


def _patch(frame: Frame, crop: CropSettings) -> GreyPatch:
    """Measure the middle of the circle, or of the frame where it is not known."""
    raw = frame.raw
    if raw is None:
        raise NotGreyError(
            "This camera gives no raw pixels, from which alone colours can be measured."
        )
    window = Window.of(crop, *raw.mosaic.shape)
    mosaic = raw.mosaic[window.of_frame(*raw.mosaic.shape)]
    return GreyPatch.of(mosaic, raw.pattern, raw.black, raw.white)
