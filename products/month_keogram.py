"""The keogram of a month: all nights on one true time axis, a column for every ten minutes, 4,464 for 31 days."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from products.keogram_picture import Box
from products.night_strip import SKY_ROWS, SLOT_S, NightStrip
from products.period import Period
from products.period_picture import DAY, INK, INK_SOFT, Margins, Sheet, paint_hidden
from products.scaling import Rgb, resized
from products.sun import SUNRISE_DEG, Interval, Place
from products.sun_curve import sun_altitudes_deg

# Width of the sky in pixels (None: one for each slot) and its height; the narrow ones are higher than in proportion.
SIZES: tuple[tuple[int | None, int], ...] = (
    (None, 320),
    (1440, 200),
    (960, 150),
    (480, 96),
)
_LABEL_ROOM = 1.5  # a label needs this many times its own width


@dataclass(frozen=True, slots=True)
class MonthSky:
    """The slots of a month.

    ``sky`` is (SKY_ROWS, slots, 3) uint8, by day an even tone. ``gap`` (slots,) is true where the sun was down and
    there is no frame, ``unknown`` (slots,) before the first and after the last night that could be there.
    """

    start_utc: dt.datetime
    sky: Rgb
    gap: NDArray[np.bool_]
    unknown: NDArray[np.bool_]

    def drawn(self, width: int | None, height: int) -> Rgb:
        """Return the sky as (height, width, 3), gaps hatched; without a width one pixel a slot."""
        count = self.sky.shape[1]
        width = width or count
        narrowed = resized(self.sky, width, SKY_ROWS)
        smooth = Image.fromarray(narrowed).resize(
            (width, height), Image.Resampling.BICUBIC
        )
        slot = (np.arange(width) * 2 + 1) * count // (2 * width)
        return paint_hidden(np.asarray(smooth), self.gap[slot], self.unknown[slot])


def month_sky(
    month: Period, strips: Mapping[str, NightStrip], place: Place, known: Interval
) -> MonthSky:
    """Return the slots of a month.

    Parameters
    ----------
    month
        The month.
    strips
        Its nights by name; a night that is not there is a gap.
    place
        Where the camera stands: only where the sun is down can there be a gap.
    known
        From the first night of the camera to the newest one; nothing is said of what lies before and after.
    """
    time = month.time
    count = round(time.length.total_seconds() / SLOT_S)
    sky = np.full((SKY_ROWS, count, 3), DAY, np.uint8)
    seen = np.zeros(count, bool)
    for night in month.nights:
        if strip := strips.get(night.name):
            first = int((night.start_utc - time.start_utc).total_seconds() // SLOT_S)
            here = np.flatnonzero(strip.seen_slots[: count - first])
            sky[:, first + here] = strip.sky[:, here]
            seen[first + here] = True
    down = sun_altitudes_deg(place, time.start_utc, SLOT_S, count + 1) < SUNRISE_DEG
    begins = [
        (moment - time.start_utc).total_seconds() / SLOT_S
        for moment in (known.start_utc, known.end_utc)
    ]
    slot = np.arange(count)
    unknown = ~seen & ((slot < begins[0]) | (slot >= begins[1]))
    gap = down[:-1] & down[1:] & ~seen
    return MonthSky(time.start_utc, sky, gap, unknown)


def labelled_month(sky: Rgb, month: Period) -> tuple[Rgb, Box]:
    """Return the drawn sky with the dates of the evenings beneath, and where the sky lies in the picture."""
    text_px = max(11, min(22, sky.shape[1] // 70))
    sheet = Sheet(sky, Margins(0, 0, 0, round(text_px * 3.6)), text_px)
    nights, time = month.nights, month.time
    every = _every(sheet, len(nights))
    for night in nights:
        left, right = (
            (moment - time.start_utc) / time.length * sheet.box.width
            for moment in (night.start_utc, night.end_utc)
        )
        day = night.evening.day
        if left:
            sheet.line(left, sheet.bottom, left, sheet.bottom + text_px * 0.35)
        if (day - 1) % every == 0:
            middle = (left + right) / 2
            sheet.write(middle, sheet.bottom + text_px * 1.3, str(day), INK)
    baseline, margin = sheet.bottom + text_px * 2.75, text_px * 0.5
    sheet.write(margin, baseline, month.name, INK_SOFT, "lm")
    sheet.write(sheet.box.width - margin, baseline, month.zone.key, INK_SOFT, "rm")
    return sheet.pixels, sheet.box


def _every(sheet: Sheet, nights: int) -> int:
    """Return every how many nights a date fits."""
    night_px = sheet.box.width / nights
    needed_px = sheet.width_of("30") * _LABEL_ROOM
    return next(step for step in (1, 2, 5, 31) if step * night_px >= needed_px)
