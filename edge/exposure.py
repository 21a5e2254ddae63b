"""Exposure control: pure functions from what was measured to what is asked of the sensor next.

Everything is in stops, log2 of light. A frame tells how bright the *sky* is, because it says itself how it was
exposed: ``log2(background) - log2(seconds x gain)``. What is remembered of the sky (`SkyTrend`) is by how much it
differs from what the sun's altitude lets expect, and how that difference changes; from both follows how bright it will
be in the middle of the next exposure. It does not matter which exposure was asked for when, so that a camera that
follows late (libcamera has up to six frames on their way) cannot make the control swing.

Exposure time is used before gain, because gain adds nothing but noise.
"""

import datetime as dt
import math
from dataclasses import dataclass, replace

import numpy as np

from edge.cameras import Exposure, ExposureLimits
from edge.metering import Metered
from edge.settings.camera import ExposureSettings

# Light that a frame needs (stops: log2 of seconds x gain) against the sun's altitude in degrees: from a moonless sky
# of 21.3 mag/arcsec² on the left to full day on the right, for an IMX477 at f/2 and a background of `_EXPECTED_AT`.
# Between them the zenith brightens by 15 to 17 mag (1 mag is 1.33 stops), steepest near -6 degrees with nearly 2 stops
# a degree, see F. Patat et al. 2006, A&A 455, 385.
_SUN_DEG = (-18.0, -15.0, -12.0, -9.0, -6.0, -3.0, 0.0, 10.0, 30.0, 90.0)
_STOPS = (11.2, 10.8, 8.9, 5.5, 0.8, -4.9, -9.4, -12.0, -13.2, -14.0)
_EXPECTED_AT = 0.10

# How much of the difference between a measured and a predicted sky is believed, of its level and of its drift (an
# alpha-beta filter): twilight and clouds are followed, noise is not.
_BELIEVED_LEVEL, _BELIEVED_DRIFT = 0.7, 0.2
# A sky that changes by more than this between two frames is believed when the next one agrees: lightning and headlights
# are over by then. Until then nothing is changed.
_SURPRISE_STOPS = 0.7
# What drifts is expected to go on drifting for so long; a trend older than that has no drift any more.
_DRIFT_LASTS_S = 300.0
# A trend older than this gives way to the next frame as it is.
_TREND_LASTS_S = 600.0
# A background outside these parts of saturation says only "too dark" or "too bright"; the sky is then taken to be so
# much darker or brighter than that, until a frame shows it.
_BLIND_BELOW, _BLIND_ABOVE = 2e-4, 0.97
_BEYOND_STOPS = 1.7
# The brightest hundredth of the sky is kept below this part of saturation, if need be by a darker frame. Where it is
# saturated nobody knows by how much: the frame is made darker by up to so many stops, the full step where twice that
# hundredth is saturated, until it is not.
_HIGHLIGHT, _SATURATED = 0.8, 0.97
_HIGHLIGHT_STEP_STOPS = 0.5
_SATURATED_PART = 0.01
_BELIEVED_CONTRAST = 0.5
# Between these altitudes of the sun the aim moves from that of the night to that of the day.
_AIM_SUN_DEG = (-15.0, -3.0)
# Time kept free in each interval to store the frame: so many seconds, and this part of it.
_STORING_S, _STORING_PART = 0.5, 0.05


@dataclass(frozen=True, slots=True)
class Moment:
    """A time and the altitude of the sun then, in degrees."""

    utc: dt.datetime
    sun_altitude_deg: float


@dataclass(frozen=True, slots=True)
class SkyTrend:
    """What is known of the sky at a moment, in stops.

    ``excess_stops``: brighter than expected at this altitude of the sun; ``drift_stops_s``: how fast that grows;
    ``contrast_stops``: its brightest hundredth above its background. ``sure`` is False after a frame that was black or
    white, ``surprised`` is True after one that did not fit (both: the next frame is believed as it is).
    """

    utc: dt.datetime
    excess_stops: float
    drift_stops_s: float = 0.0
    contrast_stops: float = 0.0
    sure: bool = True
    surprised: bool = False

    def excess_at(self, utc: dt.datetime) -> float:
        """Return the excess expected at a time."""
        ahead_s = (utc - self.utc).total_seconds()
        return self.excess_stops + self.drift_stops_s * min(ahead_s, _DRIFT_LASTS_S)


def observed(
    trend: SkyTrend | None, metered: Metered, used: Exposure, middle: Moment
) -> SkyTrend:
    """Return what is known of the sky after a frame.

    Parameters
    ----------
    trend
        What was known before; None at the beginning.
    metered
        What was measured in the frame.
    used
        What the sensor really did for that frame, not what it was asked for.
    middle
        The middle of its exposure.
    """
    if metered.background <= _BLIND_BELOW or metered.background >= _BLIND_ABOVE:
        return _after_blind_frame(trend, metered, used, middle)
    excess = _excess(metered.background, used, middle)
    contrast = _contrast(trend, metered)
    fresh = SkyTrend(middle.utc, excess, contrast_stops=contrast)
    if trend is None or not trend.sure:
        return fresh
    after_s = (middle.utc - trend.utc).total_seconds()
    if not 0 < after_s <= _TREND_LASTS_S:
        return fresh
    predicted = trend.excess_at(middle.utc)
    off = excess - predicted
    if abs(off) > _SURPRISE_STOPS:
        return fresh if trend.surprised else replace(trend, surprised=True)
    return SkyTrend(
        middle.utc,
        predicted + _BELIEVED_LEVEL * off,
        trend.drift_stops_s + _BELIEVED_DRIFT * off / after_s,
        contrast,
    )


def remembered(used: Exposure, middle: Moment, settings: ExposureSettings) -> SkyTrend:
    """Return what is known from how a frame was exposed alone, taken for right; the next frame is believed more."""
    seen = aim(middle.sun_altitude_deg, settings)
    return SkyTrend(middle.utc, _excess(seen, used, middle), sure=False)


def next_exposure(
    trend: SkyTrend | None,
    middle: Moment,
    settings: ExposureSettings,
    limits: ExposureLimits,
) -> Exposure:
    """Return the exposure that brings the background to the aim, but the brightest hundredth not to saturation.

    Parameters
    ----------
    trend
        What is known of the sky; with None only the sun says how bright it is.
    middle
        The middle of the coming exposure, as far as it is known.
    settings
        The aims.
    limits
        What may be asked for, from `allowed`.
    """
    brightness = _expected(middle)
    if trend is not None:
        brightness += trend.excess_at(middle.utc)
    target = target_of(trend, middle.sun_altitude_deg, settings)
    return split(math.log2(target) - brightness, limits)


def target_of(
    trend: SkyTrend | None, sun_altitude_deg: float, settings: ExposureSettings
) -> float:
    """Return the linear background to expose for, 0-1: the aim, or less where the sky's highlights would be white."""
    aimed = aim(sun_altitude_deg, settings)
    return aimed if trend is None else min(aimed, _HIGHLIGHT / 2**trend.contrast_stops)


def allowed(
    limits: ExposureLimits, settings: ExposureSettings, interval_s: float
) -> ExposureLimits:
    """Return what the sensor can do within the settings, and within the cadence: a frame must end before the next."""
    in_time_s = max(
        interval_s * (1 - _STORING_PART) - _STORING_S, interval_s * _STORING_PART
    )
    longest_us = min(limits.longest_us, int(1e6 * min(settings.longest_s, in_time_s)))
    highest_gain = min(limits.highest_gain, settings.highest_gain)
    return ExposureLimits(
        limits.shortest_us,
        max(longest_us, limits.shortest_us),
        limits.lowest_gain,
        max(highest_gain, limits.lowest_gain),
    )


def aim(sun_altitude_deg: float, settings: ExposureSettings) -> float:
    """Return the linear background to aim at, 0-1: that of day and night, and in twilight between, evenly in stops."""
    day, night = math.log2(settings.target), math.log2(settings.target_night)
    return float(2 ** np.interp(sun_altitude_deg, _AIM_SUN_DEG, (night, day)))


def stops(exposure: Exposure) -> float:
    """Return the light gathered, log2(seconds x gain)."""
    return math.log2(exposure.exposure_us / 1e6 * exposure.gain)


def split(light_stops: float, limits: ExposureLimits) -> Exposure:
    """Return how to gather this much light within the limits: with time as far as it goes, then with gain."""
    wanted_us = 2**light_stops * 1e6
    exposure_us = round(
        min(max(wanted_us / limits.lowest_gain, limits.shortest_us), limits.longest_us)
    )
    gain = min(max(wanted_us / exposure_us, limits.lowest_gain), limits.highest_gain)
    return Exposure(exposure_us, gain)


def _after_blind_frame(
    trend: SkyTrend | None, metered: Metered, used: Exposure, middle: Moment
) -> SkyTrend:
    """Return what is known after a black or white frame: only that the sky is darker or brighter than some value."""
    white = metered.background >= _BLIND_ABOVE
    bound = _excess(_BLIND_ABOVE if white else _BLIND_BELOW, used, middle)
    beyond = bound + (_BEYOND_STOPS if white else -_BEYOND_STOPS)
    if trend is not None and trend.sure:
        predicted = trend.excess_at(middle.utc)
        near = -_SURPRISE_STOPS
        as_expected = predicted - bound > near if white else bound - predicted > near
        if as_expected:
            return trend
        if not trend.surprised:
            return replace(trend, surprised=True)
    return SkyTrend(middle.utc, beyond, sure=False)


def _contrast(trend: SkyTrend | None, metered: Metered) -> float:
    """Return by how much the brightest hundredth of the sky stands out, following quick changes with a delay."""
    background = metered.background
    if metered.highlight >= _SATURATED:
        part = min(max(metered.saturated / _SATURATED_PART - 1, 0.1), 1.0)
        contrast = math.log2(_HIGHLIGHT / background) + part * _HIGHLIGHT_STEP_STOPS
    else:
        contrast = math.log2(max(metered.highlight, background) / background)
    if trend is None or not trend.sure:
        return contrast
    off = min(max(contrast - trend.contrast_stops, -_SURPRISE_STOPS), _SURPRISE_STOPS)
    return trend.contrast_stops + _BELIEVED_CONTRAST * off


def _excess(background: float, used: Exposure, middle: Moment) -> float:
    return math.log2(background) - stops(used) - _expected(middle)


def _expected(moment: Moment) -> float:
    """Return log2 of the background that a second at gain 1 is expected to give, from the sun alone."""
    return math.log2(_EXPECTED_AT) - float(
        np.interp(moment.sun_altitude_deg, _SUN_DEG, _STOPS)
    )
