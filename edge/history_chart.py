"""A small chart for the terminal, in dots of Braille: two across and four down in every letter."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from edge.store_history import Sample

WIDTH, HEIGHT = 64, 6
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row and column
_BLANK = 0x2800


def chart(
    samples: Sequence[Sample],
    start: dt.datetime,
    end: dt.datetime,
    decimals: int,
    zone: ZoneInfo,
) -> list[str]:
    """Return the lines of a chart: from lowest to highest in every column, and nothing where there is nothing.

    ``samples`` are those of one quantity of one sensor from ``start`` to ``end``, at least one.
    """
    lowest = min(one.lowest for one in samples)
    highest = max(one.highest for one in samples)
    rows = [[_BLANK] * WIDTH for _ in range(HEIGHT)]
    for column, (low, high) in _columns(samples, start, end).items():
        first, last = (_level(one, lowest, highest) for one in (low, high))
        for level in range(first, last + 1):
            down = 4 * HEIGHT - 1 - level
            rows[down // 4][column // 2] |= _DOTS[down % 4][column % 2]
    labels = [""] * HEIGHT
    labels[0], labels[-1] = (f"{one:.{decimals}f}" for one in (highest, lowest))
    room = max(len(label) for label in labels)
    lines = [
        f"{label:>{room}} ┤{''.join(map(chr, row))}"
        for label, row in zip(labels, rows, strict=True)
    ]
    return [*lines, " " * (room + 2) + _times(start, end, zone)]


def _columns(
    samples: Sequence[Sample], start: dt.datetime, end: dt.datetime
) -> dict[int, tuple[float, float]]:
    """Return lowest and highest of every column of dots that has any."""
    found: dict[int, tuple[float, float]] = {}
    for one in samples:
        column = int((one.start_utc - start) / (end - start) * 2 * WIDTH)
        low, high = found.get(column, (one.lowest, one.highest))
        found[column] = min(low, one.lowest), max(high, one.highest)
    return found


def _level(value: float, lowest: float, highest: float) -> int:
    """Return the row of dots of a value, from 0 at the bottom; a constant runs through the middle."""
    top = 4 * HEIGHT - 1
    if highest == lowest:
        return top // 2
    return round((value - lowest) / (highest - lowest) * top)


def _times(start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> str:
    """Return the line below: when it begins, the middle, and when it ends."""
    pattern = "%H:%M" if end - start <= dt.timedelta(days=2) else "%d %b"
    first, middle, last = (
        one.astimezone(zone).strftime(pattern)
        for one in (start, start + (end - start) / 2, end)
    )
    half = WIDTH // 2 - len(middle) // 2
    left = f"{first:<{half}}{middle}"
    return left + f"{last:>{WIDTH - len(left)}}"
