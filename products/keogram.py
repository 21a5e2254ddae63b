"""The keogram: the line through the middle of every frame, north to south, side by side on a true time axis.

Each column of the picture is a stretch of time, so that the width says how long the night was and not how many frames
there are, and an hour without frames is an hour wide. The line is sampled at any angle; the frame is never rotated.
"""

import datetime as dt
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from products.columns import FrameRecord
from products.night import Night
from products.scaling import Rgb
from products.sun import Interval, Place, sun_altitude_deg, sun_below

COLUMN_S = 60.0
_SEAM = 1.25  # frames at most this many columns apart belong together: no gap is between them
_POLAR_DAY = dt.timedelta(hours=1)  # to both sides of the lowest sun
_SEARCH = dt.timedelta(minutes=5)


def night_axis(place: Place, night: Night) -> Interval:
    """Return the stretch of time that the keogram of a night shows, in whole minutes.

    From sunset to sunrise (the sun's upper edge at the horizon, -0.833 degrees), rounded outward. Where the sun sets
    more than once between the noons, from the first to the last. In the polar night from noon to noon. In the polar
    day the two hours around the sun's lowest position.
    """
    start, end = night.start_utc, night.end_utc
    dark = sun_below(place, start, end)
    if dark:
        return whole_minutes(dark[0].start_utc, dark[-1].end_utc)
    moments = [start + _SEARCH * i for i in range((end - start) // _SEARCH)]
    lowest = min(moments, key=lambda moment: sun_altitude_deg(place, moment))
    return whole_minutes(max(start, lowest - _POLAR_DAY), min(end, lowest + _POLAR_DAY))


def whole_minutes(start: dt.datetime, end: dt.datetime) -> Interval:
    """Return the stretch of whole minutes around ``start`` to ``end``; it is at least a minute long."""
    first = start.replace(second=0, microsecond=0)
    last = end.replace(second=0, microsecond=0)
    return Interval(
        first, last if first < last == end else last + dt.timedelta(minutes=1)
    )


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Columns of equal length in time: column i begins ``i * column_s`` seconds after ``start_utc``."""

    start_utc: dt.datetime
    column_s: float
    count: int

    @classmethod
    def over(cls, interval: Interval, column_s: float) -> Self:
        """Return the axis whose columns cover ``interval``; there is at least one column."""
        count = math.ceil(interval.length.total_seconds() / column_s)
        return cls(interval.start_utc, column_s, max(1, count))

    @property
    def end_utc(self) -> dt.datetime:
        """Where the last column ends."""
        return self.time_of(self.count)

    def time_of(self, column: int) -> dt.datetime:
        """Return when a column begins."""
        return self.start_utc + dt.timedelta(seconds=column * self.column_s)

    def column_at(self, moment: dt.datetime) -> int | None:
        """Return the column that holds ``moment``, or None outside the axis."""
        column = int((moment - self.start_utc).total_seconds() // self.column_s)
        return column if 0 <= column < self.count else None


def line_through_middle(
    height: int, width: int, rotation_deg: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return (rows, columns) of the pixels on the line from north to south, each of shape (samples,).

    Parameters
    ----------
    height, width
        Size of the frame in pixels.
    rotation_deg
        Where north is: degrees clockwise from up. At 0 the line is exactly the column ``width // 2``.

    Returns
    -------
    tuple
        Nearest pixels, one apart. The line is as long as the frame is high, so that every angle shows the same stretch
        of sky, or shorter where it would leave the frame.
    """
    angle = math.radians(rotation_deg)
    towards_x, towards_y = math.sin(angle), -math.cos(angle)
    from_middle = height // 2 - np.arange(height)
    rows = np.rint(height // 2 + towards_y * from_middle).astype(np.intp)
    columns = np.rint(width // 2 + towards_x * from_middle).astype(np.intp)
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return rows[inside], columns[inside]


def kept(samples: int, crop: tuple[float, float]) -> slice:
    """Return which samples of the line a keogram shows when these parts of it are cut off at the top and the bottom.

    At least one is left, whatever the parts, 0 to below 0.5 each.
    """
    top, bottom = (round(samples * part) for part in crop)
    last = max(1, samples - bottom)
    return slice(min(top, last - 1), last)


def column_of(rgb: Rgb, rotation_deg: float) -> NDArray[np.uint8]:
    """Return a copy of a frame's line from north to south, (samples, 3) uint8."""
    height, width = rgb.shape[:2]
    if rotation_deg == 0:
        return rgb[:, width // 2].copy()
    rows, columns = line_through_middle(height, width, rotation_deg)
    return rgb[rows, columns]


def slots(axis: TimeAxis, frames: Sequence[FrameRecord]) -> list[FrameRecord | None]:
    """Return the frame that each column shows, or None for a gap; ``frames`` are in the order of their time.

    A column shows the first frame taken in it. A column without one is no gap when the frames before and after it are
    hardly further apart than a column is long: at a cadence of one column, two frames may fall into one column and none
    into the next. It then shows the nearer of the two. The last column is rounded up, so it may show the frame before.
    """
    shown: list[FrameRecord | None] = [None] * axis.count
    for frame in reversed(frames):
        column = axis.column_at(frame.taken_utc)
        if column is not None:
            shown[column] = frame
    times = [frame.taken_utc for frame in frames]
    seam = dt.timedelta(seconds=_SEAM * axis.column_s)
    whole = [
        frame or _across_seam(frames, times, axis.time_of(column), seam)
        for column, frame in enumerate(shown)
    ]
    last_begins = axis.time_of(axis.count - 1)
    if whole[-1] is None and times and last_begins - seam <= times[-1] < last_begins:
        whole[-1] = frames[-1]
    return whole


def _across_seam(
    frames: Sequence[FrameRecord],
    times: list[dt.datetime],
    moment: dt.datetime,
    seam: dt.timedelta,
) -> FrameRecord | None:
    """Return the frame nearest to an empty column that begins at ``moment``, or None when it is a real gap."""
    after = bisect_left(times, moment)
    if after in (0, len(times)) or times[after] - times[after - 1] > seam:
        return None
    nearer_before = moment - times[after - 1] <= times[after] - moment
    return frames[after - 1 if nearer_before else after]


def gaps(
    axis: TimeAxis, shown: Sequence[FrameRecord | None], until: int
) -> list[Interval]:
    """Return the stretches without a frame in the columns before ``until``."""
    found: list[Interval] = []
    begun: int | None = None
    for column in range(until + 1):
        empty = column < until and shown[column] is None
        if empty and begun is None:
            begun = column
        elif not empty and begun is not None:
            found.append(Interval(axis.time_of(begun), axis.time_of(column)))
            begun = None
    return found
