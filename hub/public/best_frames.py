"""The best frames of a night: those in which the camera counted the most stars, well apart from one another."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Sequence

from hub.db.archive import ArchiveFrame
from hub.public.charts import Samples
from products.sun import Interval

MOST = 4
APART = dt.timedelta(minutes=45)
_SAME_MOMENT = dt.timedelta(minutes=5)


def best_frames(
    frames: Sequence[ArchiveFrame], stars: Samples, dark: Sequence[Interval] = ()
) -> list[ArchiveFrame]:
    """Return at most `MOST` frames of the archive, oldest first; none when nobody counted the stars in them.

    Those of full darkness come before all others, which have their turn where the night never becomes dark.
    """
    in_darkness = [one for one in frames if any(one.taken_utc in span for span in dark)]
    counted = [
        (count, frame)
        for frame in in_darkness or frames
        if (count := _count_at(frame.taken_utc, stars)) is not None and count > 0
    ]
    best: list[ArchiveFrame] = []
    for _count, frame in sorted(counted, key=lambda one: one[0], reverse=True):
        if all(abs(frame.taken_utc - other.taken_utc) >= APART for other in best):
            best.append(frame)
        if len(best) == MOST:
            break
    return sorted(best, key=lambda frame: frame.taken_utc)


def _count_at(moment: dt.datetime, stars: Samples) -> float | None:
    """Return the number of stars that was counted nearest to a moment, if that was within minutes of it."""
    after = bisect_left(stars, moment, key=lambda one: one[0])
    near = stars[max(0, after - 1) : after + 1]
    nearest = min(near, key=lambda one: abs(one[0] - moment), default=None)
    if nearest is None or abs(nearest[0] - moment) > _SAME_MOMENT:
        return None
    return nearest[1]
