"""Curves as JSON: one list for each of time, mean, least, largest and number, because charts want columns."""

import json
from collections.abc import Sequence
from typing import Any

from hub.api.columns import column
from hub.series import Bucket, Curve, Curves, Gap, with_holes
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
    shown = list(with_holes(curve, width_ms))
    marked = [
        {"time_s": one.start_ms / SECOND_MS, "value": one.total}
        for one in curve.buckets
        if one.marked
    ]
    means = [None if one is None or one.marked else one.total for one in shown]
    return {"time_s": _times(shown, width_ms), "mean": means, "marked": marked}


def _buckets(curve: Curve, width_ms: int) -> dict[str, Any]:
    shown = list(with_holes(curve, width_ms))
    means = (None if one is None else one.mean for one in shown)
    return {
        "time_s": _times(shown, width_ms),
        "mean": [None if mean is None else round(mean, 6) for mean in means],
        "min": [None if one is None else one.low for one in shown],
        "max": [None if one is None else one.high for one in shown],
        "n": [None if one is None else one.n for one in shown],
        "marked": [None if one is None else one.marked for one in shown],
    }


def _times(shown: Sequence[Bucket | None], width_ms: int) -> list[float]:
    """Return the beginning of each bucket; that of a hole is the end of the one before it."""
    times = []
    end_ms = 0
    for bucket in shown:
        start_ms = end_ms if bucket is None else bucket.start_ms
        times.append(start_ms / SECOND_MS)
        end_ms = start_ms + max(width_ms, 1)
    return times


def _gap(gap: Gap) -> dict[str, str]:
    return {
        "from_utc": utc_text(moment_of(gap.start_ms)),
        "to_utc": utc_text(moment_of(gap.end_ms)),
        "reason": gap.reason.value,
    }
