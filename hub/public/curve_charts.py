"""Charts of readings drawn on the server: a line of means in a band from least to largest, gaps left open.

The drawing is a box of 1000 x 400 units that the page stretches, in whole units and steps from point to point: half the
bytes of a page that may have thirty lines.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from hub.public.charts import Level, round_levels
from hub.public.sensor_blocks import LOGARITHMIC
from hub.series import Bucket, Curve, Gap, Reason, Stretch, with_holes

WIDTH, HEIGHT = 1000, 400
_MOST_DECADES = 12
Spot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Trace:
    """One curve as drawn: the paths of its line and its band, which is empty where readings are shown as they are."""

    curve: Curve
    line: str
    band: str


@dataclass(frozen=True, slots=True)
class Absence:
    """A stretch without any reading of the camera: where it lies, and which gap it is."""

    percent: float
    width_percent: float
    gap: Gap


@dataclass(frozen=True, slots=True)
class CurveChart:
    """The curves of one family on one scale; ``traces`` is empty when none has a value."""

    traces: tuple[Trace, ...]
    levels: tuple[Level, ...]
    decimals: int
    absences: tuple[Absence, ...]
    logarithmic: bool

    @property
    def curves(self) -> list[Curve]:
        """What is drawn."""
        return [one.curve for one in self.traces]

    @property
    def readings(self) -> int:
        """How many readings it stands for."""
        return sum(bucket.n for one in self.curves for bucket in one.buckets)

    @property
    def marked(self) -> int:
        """How many implausible readings are not drawn."""
        return sum(bucket.marked for one in self.curves for bucket in one.buckets)


def draw(stretch: Stretch, width_ms: int, family: Sequence[Curve]) -> CurveChart | None:
    """Return the chart of some curves over a stretch, or None when none of them has a plausible value.

    The first and the last bucket may reach beyond the stretch; the page cuts them off.
    """
    logarithmic = family[0].series.quantity in LOGARITHMIC
    values = [
        value
        for curve in family
        for bucket in curve.buckets
        for value in (bucket.low, bucket.high)
        if value is not None and (value > 0 or not logarithmic)
    ]
    if not values:
        return None
    scale = _Scale.of(min(values), max(values), logarithmic=logarithmic)
    canvas = _Canvas(stretch, width_ms, scale.down)
    return CurveChart(
        tuple(canvas.trace(curve) for curve in family),
        scale.levels,
        scale.decimals,
        tuple(
            canvas.absence(gap)
            for gap in _absences(family)
            if gap.end_ms > stretch.start_ms and gap.start_ms < stretch.end_ms
        ),
        logarithmic,
    )


def _absences(family: Sequence[Curve]) -> list[Gap]:
    """Return when the camera was offline, as the curves of a chart know it: each such time once."""
    gaps = {
        gap
        for curve in family
        for gap in curve.gaps
        if gap.reason is Reason.CAMERA_OFFLINE
    }
    found: list[Gap] = []
    for gap in sorted(gaps, key=lambda one: one.start_ms):
        if found and gap.start_ms < found[-1].end_ms:
            end_ms = max(gap.end_ms, found[-1].end_ms)
            found[-1] = Gap(found[-1].start_ms, end_ms, gap.reason)
        else:
            found.append(gap)
    return found


@dataclass(frozen=True, slots=True)
class _Scale:
    """Values to places: few round numbers, or powers of ten."""

    low: float
    high: float
    levels: tuple[Level, ...]
    decimals: int
    logarithmic: bool

    @classmethod
    def of(cls, low: float, high: float, *, logarithmic: bool) -> "_Scale":
        if logarithmic:
            first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
            last = max(last, first + 1)
            step = 1 if last - first <= _MOST_DECADES // 2 else 2
            numbers = [10.0**power for power in range(first, last + 1, step)]
            bare = cls(first, last, (), 0, logarithmic=True)
        else:
            numbers = round_levels(low, high)
            bare = cls(numbers[0], numbers[-1], (), 0, logarithmic=False)
        levels = tuple(
            Level(one, round(100 * bare.down(one) / HEIGHT, 2)) for one in numbers
        )
        decimals = max(_decimals(one) for one in numbers)
        return cls(bare.low, bare.high, levels, decimals, logarithmic)

    def down(self, value: float) -> float:
        """Return how far below the top of the box a value lies."""
        at = math.log10(value) if self.logarithmic else value
        return HEIGHT * (1 - (at - self.low) / (self.high - self.low))


def _decimals(value: float) -> int:
    """Return how many decimals a round number has."""
    text = f"{value:.6f}".rstrip("0")
    return len(text.partition(".")[2])


@dataclass(frozen=True, slots=True)
class _Canvas:
    """The box of one chart."""

    stretch: Stretch
    width_ms: int
    down: Callable[[float], float]

    def trace(self, curve: Curve) -> Trace:
        runs = [
            list(run)
            for drawn, run in groupby(
                with_holes(curve, self.width_ms), key=self._can_be_drawn
            )
            if drawn
        ]
        line = "".join(_polyline(self._spots(run, "mean")) for run in runs)
        band = "" if not self.width_ms else "".join(map(self._band, runs))
        return Trace(curve, line, band)

    def absence(self, gap: Gap) -> Absence:
        left = self._percent(max(gap.start_ms, self.stretch.start_ms))
        right = self._percent(min(gap.end_ms, self.stretch.end_ms))
        return Absence(left, round(right - left, 3), gap)

    def _can_be_drawn(self, bucket: Bucket | None) -> bool:
        return bucket is not None and self._height(bucket.low) is not None

    def _height(self, value: float | None) -> int | None:
        try:
            return None if value is None else round(self.down(value))
        except ValueError:  # no logarithm: no light at all
            return None

    def _band(self, run: Sequence[Bucket | None]) -> str:
        edge = self._spots(run, "high") + self._spots(run, "low")[::-1]
        return f"{_polyline(edge)}z" if len(run) > 1 else ""

    def _spots(self, run: Sequence[Bucket | None], field: str) -> list[Spot]:
        return [
            (self._across(bucket), height)
            for bucket in run
            if bucket and (height := self._height(getattr(bucket, field))) is not None
        ]

    def _across(self, bucket: Bucket) -> int:
        return round(WIDTH * self._part(bucket.start_ms + self.width_ms // 2))

    def _percent(self, ts_ms: int) -> float:
        return round(100 * self._part(ts_ms), 3)

    def _part(self, ts_ms: int) -> float:
        start_ms, end_ms = self.stretch.start_ms, self.stretch.end_ms
        return (ts_ms - start_ms) / (end_ms - start_ms)


def _polyline(spots: Sequence[Spot]) -> str:
    """Return a path in steps; a spot alone is a line of no length, which round ends make a dot."""
    (x, y), *rest = spots if len(spots) > 1 else [*spots, *spots]
    steps = []
    for to_x, to_y in rest:
        steps.append(f"{to_x - x} {to_y - y}")
        x, y = to_x, to_y
    first = spots[0]
    return f"M{first[0]} {first[1]}l" + " ".join(steps)
