"""Show the history of the sensors in the terminal, or write it to a file for a spreadsheet."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path

from edge.config import Settings
from edge.history import span_of
from edge.history_chart import chart
from edge.store import Store
from edge.store_history import Sample, Span, samples
from products.files import written_atomically
from products.quantities import QUANTITIES
from products.utc import utc_text

COLUMNS = (
    "time_utc",
    "sensor",
    "quantity",
    "unit",
    "lowest",
    "mean",
    "highest",
    "count",
    "quality",
)
_EACH = {
    Span.READING: "each reading",
    Span.HOUR: "by the hour",
    Span.DAY: "by the day",
}


def history_lines(
    settings: Settings, now: dt.datetime, length: dt.timedelta, quantity: str
) -> Iterator[str]:
    """Yield the charts of the last ``length``, each with a line of figures; of one quantity, or of all (empty)."""
    span = span_of(length, settings.disk.readings_days)
    with closing(Store(settings.data)) as store:
        found = samples(store, span, now - length, now, quantity)
        for (sensor, name), group in groupby(
            found, key=lambda one: (one.sensor, one.quantity)
        ):
            every = list(group)
            good = [one for one in every if not one.quality]
            known = QUANTITIES.get(name)
            words, decimals = (known.en, known.decimals) if known else (name, 2)
            yield f"{sensor}: {words}, {every[0].unit or '-'}, {_EACH[span]}"
            if good:
                yield from chart(good, now - length, now, decimals, settings.site.tz)
            yield _figures(good, len(every) - len(good), decimals)
            yield ""


def _figures(good: list[Sample], marked: int, decimals: int) -> str:
    """Return lowest, mean, highest, last and how many, in one line."""
    doubtful = f"{marked} marked as impossible" if marked else ""
    if not good:
        return doubtful
    count = sum(one.count for one in good)
    mean = sum(one.mean * one.count for one in good) / count
    figures = {
        "lowest": min(one.lowest for one in good),
        "mean": mean,
        "highest": max(one.highest for one in good),
        "last": good[-1].mean,
    }
    words = [f"{name} {value:.{decimals}f}" for name, value in figures.items()]
    return ", ".join([*words, f"{count} readings", *([doubtful] if doubtful else [])])


def write_csv(
    settings: Settings,
    now: dt.datetime,
    length: dt.timedelta,
    quantity: str,
    path: Path,
) -> tuple[int, Span]:
    """Write the last ``length`` to a CSV file, a row a sample; return how many, and what a sample is.

    Each reading where all of that time is kept, else hours, else days.
    """
    keep, span = settings.disk, Span.READING
    if keep.readings_days is not None and length.days >= keep.readings_days:
        span = Span.HOUR
        if keep.hours_days is not None and length.days >= keep.hours_days:
            span = Span.DAY
    count = 0
    with closing(Store(settings.data)) as store, written_atomically(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        rows = csv.writer(text)
        rows.writerow(COLUMNS)
        for one in samples(store, span, now - length, now, quantity):
            what = utc_text(one.start_utc), one.sensor, one.quantity, one.unit
            values = one.lowest, one.mean, one.highest, one.count, one.quality
            rows.writerow((*what, *values))
            count += 1
        text.flush()
        text.detach()
    return count, span
