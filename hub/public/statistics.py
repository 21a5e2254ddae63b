"""The network in figures, for its page; counted anew every ten minutes, because sums over years take a while."""

import datetime as dt
from dataclasses import dataclass

from flask import current_app

from hub import series
from hub.db import cameras, products
from hub.db import figures as figures_of
from hub.db.cameras import Camera
from hub.db.figures import StoredFigures
from hub.db.requests import hub_db
from hub.series import records
from hub.status import State, status_of

COUNTED_EVERY = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class DarkestSky:
    """The darkest sky that was ever measured: where, when (UTC), and how dark in mag/arcsec²."""

    camera: Camera
    value: float
    day: dt.date


@dataclass(frozen=True, slots=True)
class Figures:
    """The network in figures, and when they were counted."""

    stored: StoredFigures
    live: int
    readings: int
    darkest: DarkestSky | None
    countries: dict[str, int]
    counted_utc: dt.datetime

    @property
    def first_night(self) -> dt.date | None:
        """The evening of the oldest night that is kept."""
        name = self.stored.first_night
        return dt.date.fromisoformat(name) if name else None


def figures(now: dt.datetime) -> Figures:
    """Return the figures of this network, not older than ten minutes."""
    known: Figures | None = current_app.extensions.get("network_figures")
    if known is None or not dt.timedelta() <= now - known.counted_utc < COUNTED_EVERY:
        known = current_app.extensions["network_figures"] = _count(now)
    return known


def _count(now: dt.datetime) -> Figures:
    db, readings = hub_db(), series.series_db()
    visible = cameras.public_cameras(db)
    live = products.live_frames(db)
    states = [status_of(one, live.get(one.id), now).state for one in visible]
    codes = [one.country for one in visible if one.country]
    return Figures(
        stored=figures_of.stored_figures(db),
        live=states.count(State.LIVE),
        readings=records.count_readings(readings),
        darkest=_darkest(visible, records.highest(readings, "sky_brightness")),
        countries={
            code: codes.count(code)
            for code in sorted(set(codes), key=lambda code: (-codes.count(code), code))
        },
        counted_utc=now,
    )


def _darkest(visible: list[Camera], highest: records.Highest) -> DarkestSky | None:
    found = [
        DarkestSky(camera, *highest[camera.id])
        for camera in visible
        if camera.id in highest
    ]
    return max(found, key=lambda one: one.value, default=None)
