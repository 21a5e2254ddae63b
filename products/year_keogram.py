"""The keogram of a year: a column for each night, from noon to noon, in the colour of the zenith at every minute.

The clock is the standard time of the site all year, so that the lines of twilight are smooth where summer time begins.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from products.keogram_picture import Box
from products.night import NOON
from products.period import Period
from products.period_picture import DAY, INK, INK_SOFT, Margins, Sheet, paint_hidden
from products.scaling import Rgb, resized
from products.sun import SUNRISE_DEG, Interval, Place
from products.sun_curve import sun_altitudes_deg

DAY_MINUTES = 1440
DAY_PX, ROW_MINUTES = 4, 2  # of the whole picture
TWILIGHTS_DEG = (SUNRISE_DEG, -6.0, -12.0, -18.0)
_TWILIGHT_WORDS = ("-0.8°", "-6°", "-12°", "-18°")
WIDTHS = (960, 480)
_TWILIGHT_INK = np.array((214, 224, 246), np.float32)
_TWILIGHT_OPACITY = 0.6
_HOURS = tuple(range(0, 25, 3))  # after noon
Zenith = tuple[NDArray[np.uint8], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class YearSky:
    """The minutes of a year: rows from noon to noon, a column for each night.

    ``zenith`` is (minutes, nights, 3) uint8, ``seen``, ``gap`` and ``unknown`` are (minutes, nights): there is a frame;
    there is none although the sun was down; it lies before the first or after the newest night. ``sun_deg`` is
    the altitude of the sun.
    """

    zenith: Rgb
    seen: NDArray[np.bool_]
    gap: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    sun_deg: NDArray[np.float64]

    def drawn(self) -> Rgb:
        """Return the sky with gaps hatched and twilight lines, (720, 4 x nights, 3)."""
        rows, seen = _in_pairs(self.zenith, self.seen)
        wide = np.repeat(np.where(seen[..., None], rows, DAY), DAY_PX, axis=1)
        gap, unknown = (
            np.repeat(mask[::ROW_MINUTES] & ~seen, DAY_PX, axis=1)
            for mask in (self.gap, self.unknown)
        )
        painted = paint_hidden(wide, gap, unknown).astype(np.float32)
        opacity = _TWILIGHT_OPACITY * self._twilight_lines()[..., None]
        painted += opacity * (_TWILIGHT_INK - painted)
        return np.rint(painted).astype(np.uint8)

    def _twilight_lines(self) -> NDArray[np.float32]:
        """Return how much of each pixel a line covers, 0-1: those nearer than a pixel to an altitude of the sun."""
        nights = self.sun_deg.shape[1]
        at = (np.arange(nights * DAY_PX) + 0.5) / DAY_PX - 0.5
        left = np.clip(np.floor(at).astype(int), 0, nights - 2)
        part = at - left
        rows = self.sun_deg[::ROW_MINUTES]
        altitude = rows[:, left] * (1 - part) + rows[:, left + 1] * part
        steepness = np.hypot(*np.gradient(altitude))
        cover = np.zeros(altitude.shape, np.float32)
        for level in TWILIGHTS_DEG:
            away_px = np.abs(altitude - level) / np.maximum(steepness, 1e-6)
            np.maximum(cover, 1 - away_px, out=cover, casting="same_kind")
        return cover


def _in_pairs(
    zenith: Rgb, seen: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return the mean of the minutes that were seen, of every two."""
    weight = seen.reshape(-1, ROW_MINUTES, seen.shape[1]).astype(np.uint16)
    values = zenith.reshape(-1, ROW_MINUTES, *zenith.shape[1:])
    total = (values * weight[..., None]).sum(axis=1, dtype=np.uint16)
    count = weight.sum(axis=1, dtype=np.uint16)
    mean = (total + count[..., None] // 2) // np.maximum(count, 1)[..., None]
    return mean.astype(np.uint8), count > 0


def standard_offset(year: Period) -> dt.timedelta:
    """Return how far standard time is ahead of UTC in a year: the smaller offset of January and July."""
    number = year.first.year
    offsets = [
        dt.datetime(number, month, 1, 12, tzinfo=year.zone).utcoffset()
        for month in (1, 7)
    ]
    return min(one for one in offsets if one is not None)


def year_sky(
    year: Period, zeniths: Mapping[str, Zenith], place: Place, known: Interval
) -> YearSky:
    """Return the minutes of a year.

    Parameters
    ----------
    year
        The year.
    zeniths
        ``zenith`` and ``seen`` of its nights, by name; a night that is not there is a gap.
    place
        Where the camera stands.
    known
        From the first night of the camera to the newest one; nothing is said of what lies before and after.
    """
    nights = year.nights
    noon = dt.datetime.combine(year.first, NOON, dt.UTC) - standard_offset(year)
    count = len(nights) * DAY_MINUTES
    zenith = np.zeros((count, 3), np.uint8)
    seen = np.zeros(count, bool)
    for night in nights:
        if night.name in zeniths:
            colours, there = zeniths[night.name]
            at = _minutes(night.start_utc - noon) + np.flatnonzero(there)
            inside = (at >= 0) & (at < count)
            zenith[at[inside]] = colours[there][inside]
            seen[at[inside]] = True
    sun = sun_altitudes_deg(place, noon, 60, count + 1)
    down = sun < SUNRISE_DEG
    minute = np.arange(count)
    outside = (minute < _minutes(known.start_utc - noon)) | (
        minute >= _minutes(known.end_utc - noon)
    )
    return YearSky(
        _by_night(zenith),
        _by_night(seen),
        _by_night(down[:-1] & down[1:] & ~seen),
        _by_night(outside & ~seen),
        _by_night(sun[:-1]),
    )


def _by_night(minutes: NDArray[Any]) -> NDArray[Any]:
    """Return values by minute, (minutes, ...), as (minutes of a day, nights, ...)."""
    days = minutes.reshape(-1, DAY_MINUTES, *minutes.shape[1:])
    return np.ascontiguousarray(days.swapaxes(0, 1))


def _minutes(length: dt.timedelta) -> int:
    return length // dt.timedelta(minutes=1)


def labelled_year(
    bare: Rgb, year: Period, sun_deg: NDArray[np.float64], width: int | None = None
) -> tuple[Rgb, Box]:
    """Return a labelled picture of the drawn sky, and where the sky lies in it.

    Hours are at the left, months beneath, the altitudes of the sun beside the ends of its lines. The picture is as wide
    as the whole sky needs, or exactly ``width`` pixels.
    """
    text_px = max(11, min(16, (width or bare.shape[1]) // 60))
    side = round(text_px * 3.4)
    sky = narrowed(bare, width - 2 * side) if width else bare
    sheet = Sheet(sky, Margins(side, text_px, side, side), text_px)
    box = sheet.box
    for hour in _HOURS:
        y = box.y + min(hour / 24 * box.height, box.height - 1)
        sheet.line(box.x - text_px * 0.4, y, box.x - 1, y)
        words = f"{(hour + 12) % 24:02d}:00"
        sheet.write(box.x - text_px * 0.6, y, words, INK_SOFT, "rm")
    _write_months(sheet, year)
    _write_twilights(sheet, sun_deg[:, -1])
    offset = _minutes(standard_offset(year))
    baseline = sheet.bottom + text_px * 2.6
    zone = f"UTC{'-' if offset < 0 else '+'}{abs(offset) // 60}"
    if offset % 60:
        zone += f":{abs(offset) % 60:02d}"
    sheet.write(box.x, baseline, year.name, INK_SOFT, "lm")
    right = box.x + box.width
    sheet.write(right, baseline, f"{year.zone.key}, {zone}", INK_SOFT, "rm")
    return sheet.pixels, box


def _write_months(sheet: Sheet, year: Period) -> None:
    box, nights = sheet.box, year.nights
    begins = [at for at, night in enumerate(nights) if night.evening.day == 1]
    narrowest_px = 28 / len(nights) * box.width
    whole_words = sheet.width_of(f"{year.name}-00") * 1.2 <= narrowest_px
    for month, (first, end) in enumerate(
        zip(begins, [*begins[1:], len(nights)], strict=True), 1
    ):
        left, right = (box.x + at / len(nights) * box.width for at in (first, end))
        sheet.line(left, sheet.bottom, left, sheet.bottom + sheet.text_px * 0.35)
        words = f"{year.name}-{month:02d}" if whole_words else f"{month:02d}"
        y = sheet.bottom + sheet.text_px * 1.2
        sheet.write((left + right) / 2, y, words, INK)


def _write_twilights(sheet: Sheet, sun_deg: NDArray[np.float64]) -> None:
    """Write the sun's altitude beside the ends of the twilight lines, unless they are too near to each other."""
    box, kinds = sheet.box, _kind(sun_deg)
    crossings = np.flatnonzero(kinds[1:] != kinds[:-1])
    heights = box.y + (crossings + 1) / DAY_MINUTES * box.height
    if len(heights) > 1 and np.diff(heights).min() < sheet.text_px * 0.9:
        return
    for crossing, y in zip(crossings, heights, strict=True):
        level = max(kinds[crossing], kinds[crossing + 1]) - 1
        words = _TWILIGHT_WORDS[level]
        sheet.write(box.x + box.width + 4, float(y), words, INK_SOFT, "lm")


def _kind(sun_deg: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return how many of the twilight levels the sun is below."""
    below = [sun_deg < level for level in TWILIGHTS_DEG]
    return np.asarray(np.sum(below, axis=0, dtype=np.intp))


def narrowed(sky: Rgb, width: int) -> Rgb:
    """Return the drawn sky in a smaller width, in proportion."""
    return resized(sky, width, round(sky.shape[0] * width / sky.shape[1]))
