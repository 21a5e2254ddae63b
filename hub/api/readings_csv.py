"""Curves as tables (RFC 4180): wide with a column for each series, or long with a row for each reading."""

import csv
import io
from collections.abc import Iterator, Sequence

from hub.api.columns import column
from hub.series import Bucket, Curve, Curves
from hub.series.moments import moment_of
from products.utc import utc_text

Cell = str | float | None
_PARTS = {"mean": "mean", "min": "low", "max": "high"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def wide(found: Curves) -> str:
    """Return a row for each time, by time; a cell is empty where its series has no plausible value."""
    parts = list(_PARTS) if found.width_ms else [""]
    head = [column(one.series, part) for one in found.curves for part in parts]
    rows: dict[int, dict[int, Bucket]] = {}
    for index, curve in enumerate(found.curves):
        for bucket in curve.buckets:
            rows.setdefault(bucket.start_ms, {})[index] = bucket
    fields = [_PARTS.get(part, "mean") for part in parts]
    lines = (
        [
            _time(start_ms),
            *(
                _cell(buckets.get(index), field)
                for index in range(len(found.curves))
                for field in fields
            ),
        ]
        for start_ms, buckets in sorted(rows.items())
    )
    return _table(["time_utc", *head], lines)


def long(found: Curves) -> str:
    """Return a row for each reading or bucket, also the implausible ones, series by series."""
    head = ["time_utc", "sensor", "quantity", "unit", "value", "min", "max", "n"]
    lines = (
        _long_row(curve, bucket, found.width_ms)
        for curve in found.curves
        for bucket in curve.buckets
    )
    return _table([*head, "marked"], lines)


def _long_row(curve: Curve, bucket: Bucket, width_ms: int) -> list[Cell]:
    series = curve.series
    value = bucket.mean if width_ms else bucket.total
    return [
        _time(bucket.start_ms),
        *(series.sensor, series.quantity, _harmless(series.unit)),
        _number(value),
        *(_cell(bucket, field) for field in ("low", "high")),
        *(bucket.n, bucket.marked),
    ]


def _cell(bucket: Bucket | None, field: str) -> Cell:
    return _number(getattr(bucket, field, None))


def _number(value: float | None) -> Cell:
    return None if value is None else round(value, 6)


def _time(ts_ms: int) -> str:
    return utc_text(moment_of(ts_ms))


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: units of unknown quantities are the camera's own words."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _table(head: Sequence[str], lines: Iterator[list[Cell]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows(lines)
    return file.getvalue()


LAYOUTS = {"wide": wide, "long": long}
