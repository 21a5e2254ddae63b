"""Settings that are allowed and still will not do what their owner wants: each with what to change."""

import datetime as dt
from collections.abc import Iterator

from edge.config import Settings
from edge.doctor.finding import Finding, fine, note, wrong

_NOISY_GAIN = 16.0
_FULL_SIZE_S = 4.0  # what a frame of 12 megapixels takes on a small Raspberry Pi, beside its exposure (estimated)


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what is noticeable, or one finding that nothing is."""
    found = [*_site(settings), *_frames(settings), *_rest(settings)]
    yield from found or [fine("settings", "Nothing is noticeable.")]


def _site(settings: Settings) -> Iterator[Finding]:
    site = settings.site
    if site.latitude_deg == 0 and site.longitude_deg == 0:
        yield wrong(
            "site",
            "The camera stands in the Gulf of Guinea (0°, 0°).",
            "Write the coordinates into site.latitude_deg and site.longitude_deg.",
        )
    if abs(site.longitude_deg / 15 - _offset_h(settings)) > 4:
        yield note(
            "site",
            f"At {site.longitude_deg:g}° east the sun does not keep the time of {site.zone}.",
            "Check the sign of site.longitude_deg (west is negative) and site.zone.",
        )


def _frames(settings: Settings) -> Iterator[Finding]:
    capture, exposure = settings.capture, settings.exposure
    if exposure.longest_s > capture.interval_s:
        yield note(
            "exposure",
            f"Frames every {capture.interval_s:g} s leave no time to expose for {exposure.longest_s:g} s.",
            "Set capture.interval_s higher, or exposure.longest_s to what is possible.",
        )
    if exposure.highest_gain > _NOISY_GAIN:
        yield note(
            "exposure",
            f"A gain of {exposure.highest_gain:g} shows noise rather than stars.",
            "Set exposure.highest_gain to 8 to 16, and expose longer.",
        )
    if capture.interval_s < _FULL_SIZE_S and settings.camera.driver == "picamera2":
        yield note(
            "capture",
            f"A full-size frame may not be finished before the next one is due after {capture.interval_s:g} s.",
            "Watch 'allsky-edge status', or set capture.interval_s higher.",
        )
    if capture.sun_below_deg < -6:
        yield note(
            "capture",
            f"No frame is taken while the sun is above {capture.sun_below_deg:g}°: twilight is missing.",
            "Set capture.sun_below_deg to 0, or 90 for day and night.",
        )


def _rest(settings: Settings) -> Iterator[Finding]:
    capture = settings.capture
    if settings.disk.keep_free_gb * 1000 <= capture.keep_free_mb:
        yield wrong(
            "disk",
            "The disk would be full for new frames before old ones are removed.",
            "Set disk.keep_free_gb higher than capture.keep_free_mb.",
        )
    if not settings.hub.url:
        yield note(
            "hub", "Nothing is sent anywhere.", "Write the hub's address into hub.url."
        )


def _offset_h(settings: Settings) -> float:
    """Return how far the zone's standard time is from UTC, in hours."""
    month = 1 if settings.site.latitude_deg >= 0 else 7
    offset = dt.datetime(2026, month, 1, 12, tzinfo=settings.site.tz).utcoffset()
    return offset.total_seconds() / 3600 if offset else 0.0
