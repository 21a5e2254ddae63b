"""Points and badges of each camera, counted again once a day from all that the hub holds of it."""

import datetime as dt

from sqlite_utils import Database

from hub import badges, series, xp
from hub.db import highlights
from hub.db import xp as db_xp
from hub.db.cameras import Camera
from hub.xp import CameraFacts

COUNTED_AT = dt.time(12, tzinfo=dt.UTC)
_OWN_PIXELS = "camera"  # the sensor under which a camera measures the sky itself


def count_one(db: Database, readings: Database, now: dt.datetime) -> bool:
    """Count the points of one camera that has not been counted since noon (UTC), and say whether there was one.

    The same facts always give the same points; what was deleted no longer counts.
    """
    camera = db_xp.not_counted_since(db, _last_noon(now))
    if camera is None:
        return False
    count(db, readings, camera, now)
    return True


def count(db: Database, readings: Database, camera: Camera, now: dt.datetime) -> None:
    """Count the points and badges of a camera from ``hub.db`` and ``series.db``, and store them."""
    facts = _facts(camera, db, readings)
    earned = badges.earned(facts, now.date())
    db_xp.store(db, camera.id, xp.counts(facts), earned, now)


def _facts(camera: Camera, db: Database, readings: Database) -> CameraFacts:
    """Return what is known of a camera that points and badges are given for."""
    measured = series.series_of(readings, camera.id)
    picked = highlights.all_highlights(db, camera.id)
    return CameraFacts(
        nights=db_xp.delivered_nights(db, camera.id),
        quantities=frozenset(one.quantity for one in measured),
        has_circle=bool(camera.description and camera.description.circle),
        is_calibrated=any(
            (one.sensor, one.quantity) == (_OWN_PIXELS, "sky_brightness")
            for one in measured
        ),
        highlights=sum(one.active for one in picked),
    )


def _last_noon(now: dt.datetime) -> dt.datetime:
    noon = dt.datetime.combine(now.astimezone(dt.UTC).date(), COUNTED_AT)
    return noon if noon <= now else noon - dt.timedelta(days=1)
