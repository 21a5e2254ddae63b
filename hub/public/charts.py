"""Charts drawn on the server: lines over a time axis, gaps left open, few round numbers on the side.

A line is a path in a box of 1000 x 100 units that the page stretches; labels are placed by percentages.
"""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hub.public.timeline import TimeAxis

WIDTH, HEIGHT = 1000, 100
LEAST_SPAN = 2.0
Samples = Sequence[tuple[dt.datetime, float]]

_SLOTS = 500  # more points than this are averaged slot by slot: no screen shows them
_GAP_AT_LEAST = dt.timedelta(minutes=10)
_GAP_IN_SPACINGS = 4
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Line:
    """One quantity: its name, its path, and its last value."""

    name: str
    path: str
    last: float


@dataclass(frozen=True, slots=True)
class Level:
    """A round number on the side, and how far down it is."""

    value: float
    percent: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines on one scale."""

    lines: tuple[Line, ...]
    levels: tuple[Level, ...]
    decimals: int


def draw(
    axis: TimeAxis,
    series: Mapping[str, Samples],
    *,
    most_span: float = math.inf,
) -> Chart | None:
    """Return a chart of all series on one scale, or None when none of them has a value on the axis.

    The scale ends ``most_span`` below the largest value and the line leaves the chart there, so that twilight, whose
    magnitudes are far smaller, does not flatten the night.
    """
    inside = {name: _within(axis, samples) for name, samples in series.items()}
    inside = {name: samples for name, samples in inside.items() if samples}
    if not inside:
        return None
    values = [value for samples in inside.values() for _, value in samples]
    highest = max(values)
    levels = round_levels(max(min(values), highest - most_span), highest)
    low, high = levels[0], levels[-1]

    def down(value: float) -> float:
        return HEIGHT * (1 - (value - low) / (high - low))

    lines = tuple(
        Line(name, _path(axis, samples, down), samples[-1][1])
        for name, samples in inside.items()
    )
    step = levels[1] - levels[0]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step * 10**decimals, 6) % 1:
        decimals += 1
    return Chart(
        lines, tuple(Level(value, round(down(value), 2)) for value in levels), decimals
    )


def round_levels(low: float, high: float) -> list[float]:
    """Return three to six evenly spaced round numbers that embrace ``low`` to ``high``.

    They are at least `LEAST_SPAN` apart, so that noise does not fill the height when hardly anything happens.
    """
    if high - low < LEAST_SPAN:
        middle = (low + high) / 2
        low, high = middle - LEAST_SPAN / 2, middle + LEAST_SPAN / 2
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in _STEPS if factor * power >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 6) for index in range(first, last + 1)]


def slotted(axis: TimeAxis, samples: Samples) -> list[tuple[dt.datetime, float]]:
    """Return the samples, averaged in even slots of the axis when there are more than a screen can show."""
    if len(samples) <= _SLOTS:
        return list(samples)
    width = (axis.end_utc - axis.start_utc) / _SLOTS
    slots: dict[int, list[tuple[dt.datetime, float]]] = {}
    for moment, value in samples:
        slots.setdefault(int((moment - axis.start_utc) / width), []).append(
            (moment, value)
        )
    return [
        (
            same[0][0] + (same[-1][0] - same[0][0]) / 2,
            sum(v for _, v in same) / len(same),
        )
        for same in slots.values()
    ]


def unbroken(samples: Samples) -> list[list[tuple[dt.datetime, float]]]:
    """Return the samples cut where they pause: ten minutes, or four times their usual spacing if that is longer."""
    if not samples:
        return []
    spacings = sorted(b[0] - a[0] for a, b in pairwise(samples))
    usual = spacings[len(spacings) // 2] if spacings else dt.timedelta()
    gap = max(_GAP_AT_LEAST, _GAP_IN_SPACINGS * usual)
    runs = [[samples[0]]]
    for sample in samples[1:]:
        if sample[0] - runs[-1][-1][0] > gap:
            runs.append([])
        runs[-1].append(sample)
    return runs


def _within(axis: TimeAxis, samples: Samples) -> list[tuple[dt.datetime, float]]:
    return [one for one in samples if axis.start_utc <= one[0] <= axis.end_utc]


def _path(axis: TimeAxis, samples: Samples, down: Callable[[float], float]) -> str:
    parts = []
    for run in unbroken(slotted(axis, samples)):
        points = [
            f"{axis.percent(moment) * WIDTH / 100:.1f} {down(value):.1f}"
            for moment, value in run
        ]
        if (
            len(points) == 1
        ):  # a lone value is a dot: a line of no length with round ends
            points *= 2
        parts.append("M" + "L".join(points))
    return "".join(parts)
