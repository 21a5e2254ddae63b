"""The summary of a night, from the numbers of its frames alone."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from products.columns import FrameRecord
from products.keogram import TimeAxis, gaps, slots
from products.report import (
    FrameTable,
    GapReport,
    NightReport,
    SkyReport,
    TrailsReport,
)
from products.startrails_rule import Decision, TrailRule

_NO_TRAILS = "No frame was dark enough for startrails."


def night_report(
    axis: TimeAxis, frames: Sequence[FrameRecord], rule: TrailRule
) -> NightReport:
    """Return what is known of a night whose ``frames`` (in order) were judged by ``rule``; files not yet named."""
    shown = slots(axis, frames)
    used = [one for one in frames if one.stem in rule.used]
    return NightReport(
        start_utc=axis.start_utc,
        end_utc=axis.end_utc,
        **span(frames),
        gaps=[
            GapReport(start_utc=gap.start_utc, end_utc=gap.end_utc)
            for gap in gaps(axis, shown, axis.count)
        ],
        startrails=TrailsReport(
            used=len(used),
            first_utc=used[0].taken_utc if used else None,
            last_utc=used[-1].taken_utc if used else None,
            left_out=rule.counts(),
            note="" if used else _NO_TRAILS,
        ),
        sky=_sky(frames, rule),
        table=_table(frames, rule),
    )


def span(frames: Sequence[FrameRecord]) -> dict[str, Any]:
    """Return the times of the first and last frame and how many there are, as a product states them."""
    return {
        "first_utc": frames[0].taken_utc if frames else None,
        "last_utc": frames[-1].taken_utc if frames else None,
        "frames": len(frames),
    }


def _sky(frames: Sequence[FrameRecord], rule: TrailRule) -> SkyReport | None:
    """Return the sky of the dark frames, whether they are in the startrails or not."""
    light = (Decision.SUN_TOO_HIGH, Decision.OUTSIDE_NIGHT)
    dark = [one.statistics for one in frames if rule.decisions[one.stem] not in light]
    if not dark:
        return None
    levels, stars = [one.background for one in dark], [one.sharp_points for one in dark]
    return SkyReport(
        background_median=round(median(levels), 1),
        background_darkest=round(min(levels), 1),
        sharp_points_median=round(median(stars), 1),
        sharp_points_most=round(max(stars), 1),
    )


def _table(frames: Sequence[FrameRecord], rule: TrailRule) -> FrameTable:
    return FrameTable(
        stem=[one.stem for one in frames],
        taken_utc=[one.taken_utc for one in frames],
        decision=[str(rule.decisions[one.stem]) for one in frames],
        channel_mean=[round(one.channel_mean, 5) for one in frames],
        background=[round(one.statistics.background, 1) for one in frames],
        sharp_points=[round(one.statistics.sharp_points) for one in frames],
        stars=[one.stars for one in frames],
    )
