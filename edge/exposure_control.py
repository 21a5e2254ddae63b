"""The exposure of the coming frame in the capture program: what is known of the sky, kept from frame to frame."""

import datetime as dt

from edge.cameras import Camera, Exposure, Frame
from edge.config import Settings
from edge.exposure import (
    Moment,
    SkyTrend,
    allowed,
    next_exposure,
    observed,
    remembered,
)
from edge.metering import Metered
from edge.store import FrameRecord, Store
from products.sun import sun_altitude_deg

# A frame this much older than now, or three intervals, says nothing about the sky of now.
_RECENT = dt.timedelta(minutes=30)
# After so many frames nothing is left of what the trend was before them.
_REMEMBERED = 60


class ExposureControl:
    """Says how to expose, and learns from every frame; a new one begins with the last stored frame."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._trend: SkyTrend | None = None

    def begin_anew(self) -> None:
        """Forget the sky: there was a long pause."""
        self._trend = None

    def wanted(self, camera: Camera, now: dt.datetime, interval_s: float) -> Exposure:
        """Return the exposure for the sky in the middle of a frame that begins now and is as long as the last one."""
        chosen = self._settings.exposure
        limits = allowed(camera.limits, chosen, interval_s)
        self._trend = self._trend or self._last_seen(now, interval_s)
        last = next_exposure(self._trend, self._moment(now), chosen, limits)
        middle = self._moment(now + _half(last))
        return next_exposure(self._trend, middle, chosen, limits)

    def learn(self, frame: Frame, metered: Metered) -> None:
        """Take in what a frame showed of the sky."""
        middle = self._moment(frame.taken_utc + _half(frame.exposure))
        self._trend = observed(self._trend, metered, frame.exposure, middle)

    def _last_seen(self, now: dt.datetime, interval_s: float) -> SkyTrend | None:
        """Return what the last stored frames say of the sky, if they are recent enough to say anything.

        With them it goes on as if it had seen them itself: a restart leaves no trace in the pictures.
        """
        frames = self._store.latest_frames(_REMEMBERED)
        last_for = max(_RECENT, 3 * dt.timedelta(seconds=interval_s))
        if not frames or now - frames[-1].taken_utc > last_for:
            return None
        trend: SkyTrend | None = None
        for frame in frames:
            trend = self._with(trend, frame) or trend
        return trend

    def _with(self, trend: SkyTrend | None, frame: FrameRecord) -> SkyTrend | None:
        """Return the trend after a stored frame; None when that says nothing."""
        if not frame.exposure_us or not frame.gain:
            return None
        used = Exposure(frame.exposure_us, frame.gain)
        middle = self._moment(frame.taken_utc + _half(used))
        if frame.background is None:
            return remembered(used, middle, self._settings.exposure)
        metered = Metered.of_levels(frame.background, frame.saturated, frame.highlight)
        return observed(trend, metered, used, middle)

    def _moment(self, utc: dt.datetime) -> Moment:
        return Moment(utc, sun_altitude_deg(self._settings.site.place, utc))


def _half(exposure: Exposure) -> dt.timedelta:
    return dt.timedelta(microseconds=exposure.exposure_us / 2)
