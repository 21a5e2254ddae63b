"""The charts of the sensor page as tables, for those who read: coarser, in words, the same times in all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub.public import languages, sensor_words, written
from hub.public.captions import decimals_of
from hub.public.phrases import iso, moment_title
from hub.series import Bucket, Curve
from hub.series.moments import moment_of

WORDS = {"cloud_state", "cpu_slowed", "supply_low"}  # quantities whose values are words


@dataclass(frozen=True, slots=True)
class Cell:
    """The mean of a bucket, and from where to where it went; empty where there is none."""

    mean: str
    spread: str


@dataclass(frozen=True, slots=True)
class Begin:
    """The beginning of a row, for people and for machines."""

    words: str
    iso: str
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a cell for each curve, None where it has no reading."""

    begin: Begin
    cells: list[Cell | None]


class Tables:
    """Writes the tables of one page; each moment is written once."""

    def __init__(self, width_ms: int, zone: ZoneInfo) -> None:
        self.width_ms, self.zone = width_ms, zone
        self.locale = languages.locale_name()
        self._begins: dict[int, Begin] = {}

    def rows(self, curves: Sequence[Curve]) -> list[Row]:
        """Return the rows of the table of some curves, by time."""
        cells: dict[int, list[Cell | None]] = {}
        for index, curve in enumerate(curves):
            write = self._writer(curve.series.quantity)
            for bucket in curve.buckets:
                row = cells.setdefault(bucket.start_ms, [None] * len(curves))
                row[index] = _cell(bucket, write)
        return [
            Row(self._begin(start_ms), cells[start_ms]) for start_ms in sorted(cells)
        ]

    def _writer(self, quantity: str) -> Callable[[float], str]:
        if quantity in WORDS:
            return lambda value: sensor_words.value(quantity, value)

        def write(value: float) -> str:
            decimals = decimals_of(quantity, value)
            return written.number(round(value, decimals), decimals, self.locale)

        return write

    def _begin(self, start_ms: int) -> Begin:
        if start_ms not in self._begins:
            moment = moment_of(start_ms)
            words = sensor_words.row_time(start_ms, self.width_ms, self.zone)
            self._begins[start_ms] = Begin(words, iso(moment), moment_title(moment))
        return self._begins[start_ms]


def _cell(bucket: Bucket, write: Callable[[float], str]) -> Cell:
    if bucket.mean is None or bucket.low is None or bucket.high is None:
        return Cell("", "")
    spread = f"{write(bucket.low)} … {write(bucket.high)}" if bucket.n > 1 else ""
    return Cell(write(bucket.mean), spread)
