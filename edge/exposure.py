"""Exposure control: pure functions from what was measured to what is asked of the sensor next.

Everything is in stops of *light gathered*, log2(seconds x gain), because that is what the sky changes in; exposure time
is used before gain, because gain adds nothing but noise.
"""

import math

import numpy as np

from edge.cameras import Exposure, ExposureLimits
from edge.metering import Metered
from edge.settings.camera import ExposureSettings

# Light that a frame needs (stops: log2 of seconds x gain) against the sun's altitude in degrees: from a moonless sky of
# 21.3 mag/arcsec² on the left to full day on the right, for an IMX477 at f/2 and the default target. Between them the
# zenith brightens by 15 to 17 mag (1 mag is 1.33 stops), steepest near -6 degrees with nearly 2 stops a degree, see
# F. Patat et al. 2006, A&A 455, 385. It is used only where nothing better is known, so that one stop does not matter.
_SUN_DEG = (-18.0, -15.0, -12.0, -9.0, -6.0, -3.0, 0.0, 10.0, 30.0, 90.0)
_STOPS = (11.2, 10.8, 8.9, 5.5, 0.8, -4.9, -9.4, -12.0, -13.2, -14.0)

# An error of this size is corrected at once, a smaller one in part, so that noise is not chased.
_FULL_CORRECTION_STOPS = 1.0
# Also the step taken when the frame is black or white, and the size of the error is not known.
_LARGEST_STEP_STOPS = 5.0
# A background outside these parts of saturation says only "too dark" or "too bright".
_BLIND_BELOW, _BLIND_ABOVE = 2e-4, 0.97
# Saturated part of the metered circle: more than the first never raises the exposure, more than the second halves it.
_SOME_SATURATION, _HEAVY_SATURATION = 0.03, 0.10
# Between these altitudes of the sun the aim moves from that of the night to that of the day.
_AIM_SUN_DEG = (-15.0, -3.0)
# Time kept free in each interval to store the frame: so many seconds, and this part of it.
_STORING_S, _STORING_PART = 0.5, 0.05


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


def next_exposure(
    metered: Metered, used: Exposure, limits: ExposureLimits, target: float
) -> Exposure:
    """Return the exposure that brings the linear background to ``target`` (a part of saturation).

    Parameters
    ----------
    metered
        What was measured in the last frame.
    used
        What the sensor really did for that frame, not what it was asked for.
    limits
        What may be asked for, from `allowed`.
    target
        Linear background aimed at, 0-1, from `aim`.
    """
    return split(stops(used) + _correction(metered, target), limits)


def first_exposure(sun_altitude_deg: float, limits: ExposureLimits) -> Exposure:
    """Return the exposure to begin with when nothing is known but the altitude of the sun (degrees)."""
    return split(_expected_stops(sun_altitude_deg), limits)


def resumed_exposure(
    used: Exposure,
    sun_then_deg: float,
    sun_now_deg: float,
    limits: ExposureLimits,
) -> Exposure:
    """Return the exposure to go on with after a pause: the last one, changed as the sun changed the sky since."""
    change = _expected_stops(sun_now_deg) - _expected_stops(sun_then_deg)
    return split(stops(used) + change, limits)


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


def _correction(metered: Metered, target: float) -> float:
    """Return by how many stops to change the light gathered."""
    if metered.background >= _BLIND_ABOVE:
        return -_LARGEST_STEP_STOPS
    if metered.background <= _BLIND_BELOW:
        return _LARGEST_STEP_STOPS
    error = math.log2(target / metered.background)
    damped = error * (0.5 + 0.5 * min(1.0, abs(error) / _FULL_CORRECTION_STOPS))
    change = min(max(damped, -_LARGEST_STEP_STOPS), _LARGEST_STEP_STOPS)
    if metered.saturated > _HEAVY_SATURATION:
        return min(change, -1.0)
    if metered.saturated > _SOME_SATURATION:
        return min(change, 0.0)
    return change


def _expected_stops(sun_altitude_deg: float) -> float:
    return float(np.interp(sun_altitude_deg, _SUN_DEG, _STOPS))
