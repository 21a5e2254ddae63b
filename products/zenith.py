"""How bright the sky around the zenith is: linear light, normalised by exposure, gain and solid angle.

One formula for every camera: mu = zero point - 2.5 log10(background / (gain * exposure * pixel)), so that the same sky
has the same mu however it was exposed. ``background`` is light in parts of saturation, black level subtracted;
``pixel`` is the solid angle of a pixel of the frame in square seconds of arc. The zero point, the brightness that would
saturate a pixel of one square second of arc within a second at gain 1, belongs to camera and lens: it is measured.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from products.scaling import Rgb
from products.sky_plane import Disc, Mosaic, srgb_linear

NIGHT_DEG = -18.0
"""Below this altitude of the sun, brightness is that of the night itself."""

_CLIP_SIGMAS, _CLIP_ROUNDS = 3.0, 5
_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_MEDIAN_TO_MEAN = 1.2533  # the error of a median is larger than that of a mean by this
_SATURATED_PART, _SATURATED_LEVEL = 0.98, 250
_TOO_MANY_SATURATED = 0.02  # of the pixels
_DARK_SIGMAS = 3.0  # errors of the median: less than this above black is no light
_DARKEST_LEVEL = 1.0  # of 255: below, an encoded picture has nothing but its own bottom


class Unmeasured(StrEnum):
    """Why something is not known of a frame."""

    BLACK = "too dark for this exposure"
    SATURATED = "the sky is saturated"
    EXPOSURE_UNKNOWN = "exposure or gain is not known"
    LENS_UNKNOWN = "the solid angle of a pixel is not known"
    NO_ZERO_POINT = "the camera has no zero point yet"
    TOO_SMALL = "the frame is too small"
    TWILIGHT = "the sun is not low enough"
    NO_REFERENCE = "no clear sky is known to compare with"


@dataclass(frozen=True, slots=True)
class Background:
    """Linear light of the sky around the zenith, in parts of saturation, or the reason why there is none."""

    light: float | None
    reason: Unmeasured | None = None


@dataclass(frozen=True, slots=True)
class SkyBrightness:
    """The brightness of the sky in mag/arcsec², or the reason why it is not known.

    ``calibrated`` only for linear raw pixels: a developed picture has gone through white balance and a curve that is
    taken to be sRGB's. ``published`` when the sun is far enough below the horizon for a value of the night.
    """

    mag_arcsec2: float | None
    calibrated: bool
    published: bool = False
    reason: Unmeasured | None = None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How a frame was taken, as far as it is known: what its light has to be divided by, and the zero point."""

    exposure_s: float | None
    gain: float | None
    pixel_arcsec2: float | None
    zero_point_mag: float | None

    @property
    def exposure(self) -> float | None:
        """Exposure time times gain, in seconds; None when one is not known, or not positive."""
        if not self.exposure_s or not self.gain or min(self.exposure_s, self.gain) <= 0:
            return None
        return self.exposure_s * self.gain


def raw_background(raw: Mosaic, zenith: Disc) -> Background:
    """Measure the green pixels of a mosaic within a disc."""
    row, column = divmod(raw.pattern.index("G"), 2)
    sample = _within(raw.mosaic, zenith, row, column, 2)
    limit = raw.black + _SATURATED_PART * (raw.white - raw.black)
    if not sample.size:
        return Background(None, Unmeasured.TOO_SMALL)
    if np.mean(sample >= limit) > _TOO_MANY_SATURATED:
        return Background(None, Unmeasured.SATURATED)
    median, error = _clipped_median(sample)
    if median - raw.black <= _DARK_SIGMAS * error:
        return Background(None, Unmeasured.BLACK)
    return Background((median - raw.black) / (raw.white - raw.black))


def rgb_background(rgb: Rgb, zenith: Disc) -> Background:
    """Measure the green of a developed picture (H, W, 3) within a disc, through the inverse of the sRGB curve."""
    sample = _within(rgb[..., 1], zenith, 0, 0, 1)
    if not sample.size:
        return Background(None, Unmeasured.TOO_SMALL)
    if np.mean(sample >= _SATURATED_LEVEL) > _TOO_MANY_SATURATED:
        return Background(None, Unmeasured.SATURATED)
    median, _ = _clipped_median(sample)
    if median < _DARKEST_LEVEL:
        return Background(None, Unmeasured.BLACK)
    return Background(float(srgb_linear(np.array(median / 255))))


def sky_brightness(
    background: Background,
    sensitivity: Sensitivity,
    *,
    linear: bool,
    sun_deg: float | None,
) -> SkyBrightness:
    """Return the brightness of the sky.

    Parameters
    ----------
    background
        What was measured.
    sensitivity
        How it was exposed, and the zero point.
    linear
        Whether it was measured on raw pixels.
    sun_deg
        Altitude of the sun in degrees; None when it is not known.
    """
    known = sensitivity
    exposure = known.exposure
    reason = background.reason
    if background.light is None:
        pass
    elif exposure is None:
        reason = Unmeasured.EXPOSURE_UNKNOWN
    elif known.pixel_arcsec2 is None:
        reason = Unmeasured.LENS_UNKNOWN
    elif known.zero_point_mag is None:
        reason = Unmeasured.NO_ZERO_POINT
    else:
        light = background.light / (exposure * known.pixel_arcsec2)
        magnitude = known.zero_point_mag - 2.5 * math.log10(light)
        night = sun_deg is not None and sun_deg < NIGHT_DEG
        return SkyBrightness(magnitude, linear, published=linear and night)
    return SkyBrightness(None, calibrated=False, reason=reason)


def _within(
    plane: NDArray[Any], disc: Disc, row: int, column: int, step: int
) -> NDArray[Any]:
    """Return every ``step``-th pixel, beginning at ``row`` and ``column``, that lies within a disc."""
    rows, columns = disc.box(*plane.shape[:2])
    window = plane[rows, columns][row::step, column::step]
    y, x = np.ogrid[: window.shape[0], : window.shape[1]]
    down = y * step + row + rows.start - disc.y_px
    right = x * step + column + columns.start - disc.x_px
    return np.asarray(window[down**2 + right**2 <= disc.radius_px**2])


def _clipped_median(sample: NDArray[Any]) -> tuple[float, float]:
    """Return the median without outliers (stars, hot pixels) and its error, in levels."""
    counts = np.bincount(sample)
    levels = np.arange(counts.size)
    median, sigma = 0.0, 0.0
    for _ in range(_CLIP_ROUNDS):
        median = _between_levels(levels, counts)
        apart = np.abs(levels - median)
        order = np.argsort(apart, kind="stable")
        sigma = max(0.5, _MAD_TO_SIGMA * _half_way(apart[order], counts[order]))
        kept = np.where(apart <= _CLIP_SIGMAS * sigma, counts, 0)
        if kept.sum() == counts.sum():
            break
        counts = kept
    return median, _MEDIAN_TO_MEAN * sigma / math.sqrt(int(counts.sum()))


def _half_way(values: NDArray[np.float64], counts: NDArray[np.intp]) -> float:
    below = np.cumsum(counts)
    return float(values[np.searchsorted(below, below[-1] / 2)])


def _between_levels(levels: NDArray[np.intp], counts: NDArray[np.intp]) -> float:
    """Return the median, between the levels that occur: a dark sky in 8 bits has only a few, 16 bits may hold 12."""
    occurring = np.flatnonzero(counts)
    levels, counts = levels[occurring], counts[occurring]
    below = np.cumsum(counts)
    half = below[-1] / 2
    here = int(np.searchsorted(below, half))
    borders = (levels[1:] + levels[:-1]) / 2
    lower = borders[here - 1] if here > 0 else levels[here] - 0.5
    upper = borders[here] if here < borders.size else levels[here] + 0.5
    part = (half - (below[here] - counts[here])) / counts[here]
    return max(float(lower + part * (upper - lower)), 0.0)
