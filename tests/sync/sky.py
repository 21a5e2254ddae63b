"""What happens in the sky of the tests."""

import datetime as dt
from dataclasses import replace

from edge.store_events import EventRecord

from .world import NIGHT, START

METEOR = EventRecord(
    id="meteor-1",
    night=NIGHT,
    taken_utc=START + dt.timedelta(hours=2),
    frame="frames/x.jpg",
    picture=None,
    start_px=(-3.5, 10.0),
    end_px=(40.25, 10.0),
    length_px=43.75,
    peak=60.0,
    significance=9.5,
    brightness=800.0,
    profile=(0.25, 0.5, 0.25),
)


def event(picture: str | None = None, **changes: object) -> EventRecord:
    """Return a meteor candidate; ``picture`` is its path in the data folder."""
    return replace(METEOR, picture=picture, **changes)
