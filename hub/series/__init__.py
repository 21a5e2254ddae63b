"""Time series: the readings of all cameras in ``series.db``, apart from everything else, at most 30 bytes a reading.

A reading is named by camera, sensor, quantity and time (to the millisecond), so the same one sent twice is one row.
Values outside the plausible limits of ``products/quantities.py`` are stored like any other: who shows them marks them.
So are quantities that only a newer camera knows: nothing has to change here for a new kind of reading to be kept.
"""

from hub.db import connect
from hub.series.buckets import Bucket, Series
from hub.series.database import migrate, series_db
from hub.series.gaps import Gap, Reason
from hub.series.latest import LatestReading, latest_readings, readings_between
from hub.series.points import Window
from hub.series.resolution import (
    MOST_POINTS,
    MOST_READINGS,
    Curve,
    Curves,
    Stretch,
    TooManyReadingsError,
    all_readings,
    coarser,
    curves,
    series_of,
    with_holes,
)
from hub.series.rollups import HOURS_AT_ONCE, counts_by_day, recompute_dirty
from hub.series.spans import RANGES, Span, SpanError, asked_span
from hub.series.storing import MOST_SERIES, add_points

__all__ = [
    "HOURS_AT_ONCE",
    "MOST_POINTS",
    "MOST_READINGS",
    "MOST_SERIES",
    "RANGES",
    "Bucket",
    "Curve",
    "Curves",
    "Gap",
    "LatestReading",
    "Reason",
    "Series",
    "Span",
    "SpanError",
    "Stretch",
    "TooManyReadingsError",
    "Window",
    "add_points",
    "all_readings",
    "asked_span",
    "coarser",
    "connect",
    "counts_by_day",
    "curves",
    "latest_readings",
    "migrate",
    "readings_between",
    "recompute_dirty",
    "series_db",
    "series_of",
    "with_holes",
]
