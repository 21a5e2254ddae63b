"""Curves as JSON: one list for each of time, mean, least, largest and number, because charts want columns."""

import json
from typing import Any

from hub.api.columns import column
from hub.series import Curve, Curves, Gap, with_holes
from hub.series.moments import SECOND_MS, moment_of
from products.utc import utc_text


def text(camera_id: str, found: Curves) -> str:
    """Return everything about the curves; ``docs/api.md`` describes each field."""
    bucket_s = found.width_ms // SECOND_MS or None
    content = {
        "camera": camera_id,
        "from_utc": utc_text(moment_of(found.stretch.start_ms)),
        "to_utc": utc_text(moment_of(found.stretch.end_ms)),
        "bucket_s": bucket_s,
        "series": [_series(one, found.width_ms) for one in found.curves],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _series(curve: Curve, width_ms: int) -> dict[str, Any]:
    series = curve.series
    interval = curve.interval_ms
    return {
        "series": series.name,
        "sensor": series.sensor,
        "quantity": series.quantity,
        "unit": series.unit,
        "column": column(series),
        "interval_s": interval / SECOND_MS if interval else None,
        **(_buckets if width_ms else _readings)(curve, width_ms),
        "gaps": [_gap(gap) for gap in curve.gaps],
    }


def _readings(curve: Curve, width_ms: int) -> dict[str, Any]:
    times, means = _columns(curve, width_ms, "mean")
    marked = [
        {"time_s": one.start_ms / SECOND_MS, "value": one.total}
        for one in curve.buckets
        if one.marked
    ]
    return {"time_s": times, "mean": means, "marked": marked}


def _buckets(curve: Curve, width_ms: int) -> dict[str, Any]:
    names = ("mean", "low", "high", "n", "marked")
    times, *values = _columns(curve, width_ms, *names)
    shown = ("mean", "min", "max", "n", "marked")
    return {"time_s": times} | dict(zip(shown, values, strict=True))


def _columns(curve: Curve, width_ms: int, *names: str) -> list[list[Any]]:
    """Return the times and the columns of these names; where a gap parts two buckets, None at the end of the first."""
    columns: list[list[Any]] = [[] for _ in range(len(names) + 1)]
    end_ms = 0
    for bucket in with_holes(curve, width_ms):
        start_ms = end_ms if bucket is None else bucket.start_ms
        row = [getattr(bucket, name, None) for name in names]
        for values, value in zip(columns, [start_ms / SECOND_MS, *row], strict=True):
            values.append(round(value, 6) if isinstance(value, float) else value)
        end_ms = start_ms + max(width_ms, 1)
    return columns


def _gap(gap: Gap) -> dict[str, str]:
    return {
        "from_utc": utc_text(moment_of(gap.start_ms)),
        "to_utc": utc_text(moment_of(gap.end_ms)),
        "reason": gap.reason.value,
    }
