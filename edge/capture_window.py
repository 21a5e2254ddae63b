"""When frames are taken: while the sun is low enough, and only once the computer knows what time it is."""

import datetime as dt
from dataclasses import dataclass

from edge.config import Settings
from products.sun import sun_altitude_deg, sun_below

NO_CLOCK_BEFORE = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_WAITS = "The time of this computer is not known yet: frames of another program are taken up when it is."
_LOOK_AHEAD = dt.timedelta(days=2)
_LOOK_AGAIN = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Closed:
    """Why no frame is taken now, and until when, as far as that is known."""

    reason: str
    until_utc: dt.datetime | None


class CaptureWindow:
    """Says whether a frame may be taken."""

    def __init__(self, settings: Settings) -> None:
        self._place = settings.site.place
        self._sun_below_deg = settings.capture.sun_below_deg
        # Frames of another program were taken when that program wanted to, not now.
        self._always_open = settings.camera.driver == "folder"
        self._opening: tuple[dt.datetime, dt.datetime | None] | None = None

    def closed(self, now: dt.datetime, *, time_known: bool = True) -> Closed | None:
        """Return why no frame may be taken at this moment, or None when one may.

        While the time is not known nobody can say where the sun is: frames are taken, and sorted out later. Those of
        another program have the wrong time in their names until then.
        """
        if not time_known:
            return Closed(_WAITS, None) if self._always_open else None
        if self._always_open:
            return None
        if now < NO_CLOCK_BEFORE:
            return Closed(
                f"The clock is not set (it says {now:%Y-%m-%d}): no frames until it is.",
                None,
            )
        if sun_altitude_deg(self._place, now) < self._sun_below_deg:
            self._opening = None
            return None
        until = self._next_opening(now)
        limit = f"{self._sun_below_deg:g}°"
        if until is None:
            return Closed(f"The sun does not sink below {limit} in these days.", None)
        return Closed(
            f"It is day: frames are taken when the sun is below {limit}.", until
        )

    def _next_opening(self, now: dt.datetime) -> dt.datetime | None:
        """Return when the sun will be low enough, or None; searched once and remembered while it can hold."""
        if self._opening is not None:
            looked, found = self._opening
            if looked <= now < (found or looked + _LOOK_AGAIN):
                return found
        nights = sun_below(self._place, now, now + _LOOK_AHEAD, self._sun_below_deg)
        found = nights[0].start_utc if nights else None
        self._opening = (now, found)
        return found
