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
from edge.metering import Metered, srgb_linear
from edge.store import Store
from products.sun import sun_altitude_deg

# A frame this much older than now, or three intervals, says nothing about the sky of now.
_RECENT = dt.timedelta(minutes=30)


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
        """Return what the last stored frame says of the sky, if it is recent enough to say anything."""
        last = self._store.last_frame()
        if last is None or not last.exposure_us or not last.gain:
            return None
        if now - last.taken_utc > max(_RECENT, 3 * dt.timedelta(seconds=interval_s)):
            return None
        used = Exposure(last.exposure_us, last.gain)
        level = last.background
        background = None if level is None else srgb_linear(level / 255)
        middle = self._moment(last.taken_utc + _half(used))
        return remembered(used, background, middle, self._settings.exposure)

    def _moment(self, utc: dt.datetime) -> Moment:
        return Moment(utc, sun_altitude_deg(self._settings.site.place, utc))


def _half(exposure: Exposure) -> dt.timedelta:
    return dt.timedelta(microseconds=exposure.exposure_us / 2)
