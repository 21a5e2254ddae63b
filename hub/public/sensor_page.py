"""The sensor page of one camera: what it measures now, and how that has gone."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, render_template, request, url_for

from hub import series
from hub.db.cameras import Camera
from hub.db.requests import hub_now
from hub.public import curve_charts, date_axis, sensor_blocks, sensor_words
from hub.public.blueprint import LANG, camera_or_404, pages
from hub.public.languages import language
from hub.public.page_cache import kept_of_camera
from hub.public.sensor_blocks import Block
from hub.public.sensor_tables import Row, Tables
from hub.public.timeline import Band, TimeAxis
from hub.series import Curve, Curves, LatestReading, Series, Span, SpanError, Stretch
from products.utc import utc_text

DRAWN_POINTS = 150
"""So many points has a line without scripts; scripts ask for as many as there are pixels."""
TABLE_ROWS = 48
FORGOTTEN = dt.timedelta(days=7)
"""A series whose newest reading is so much older than that of the others is not measured any more."""
_SHADED = dt.timedelta(days=10)


@pages.get(LANG + "/c/<camera_id>/sensors")
def sensors(lang: str, camera_id: str) -> Response:
    """Show the newest readings of one camera, and a chart for each family of quantities; made anew after seconds."""
    found = camera_or_404(camera_id)
    page = kept_of_camera(found, lambda: _content(found))
    return Response(page, mimetype="text/html")


def _content(found: Camera) -> str:
    db, now = series.series_db(), hub_now()
    note, span = _span(now)
    wanted = series.series_of(db, found.id)
    stretch = span.stretch(now)
    drawn = series.curves(db, found.id, wanted, stretch, DRAWN_POINTS)
    coarse = series.coarser(drawn, TABLE_ROWS)
    latest = _still_measured(series.latest_readings(db, found.id))
    zone = ZoneInfo("UTC") if _kept_clock() else found.tz
    return render_template(
        "sensors.html",
        camera=found,
        now=now,
        note=note,
        span=span,
        ranges=list(series.RANGES),
        silent=_silent(drawn.curves, now),
        last=max((one.taken_utc for one in latest), default=None),
        sections=_sections(
            sensor_blocks.blocks(latest, drawn.curves), stretch, drawn, coarse, zone
        ),
        coarse=coarse,
        drawn=drawn,
        points=DRAWN_POINTS,
        most_readings=series.MOST_READINGS,
        zone=zone,
        words=sensor_words,
        kept_clock=_kept_clock(),
        stretch=stretch,
        marks=date_axis.marks(span.start_utc, span.end_utc, zone),
        bands=_bands(found, span),
        steps=_steps(found, span, now),
        clocks=_clocks(found),
    )


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart, its twin as a table, and what the API calls its series."""

    chart: curve_charts.CurveChart
    rows: list[Row]
    names: str


@dataclass(frozen=True, slots=True)
class Section:
    """One block with its panels."""

    block: Block
    panels: list[Panel]


def _sections(
    blocks: Sequence[Block],
    stretch: Stretch,
    drawn: Curves,
    coarse: Curves,
    zone: ZoneInfo,
) -> list[Section]:
    twins = {curve.series: curve for curve in coarse.curves}
    tables = Tables(coarse.width_ms, zone)
    made = []
    for block in blocks:
        charts = [
            curve_charts.draw(stretch, drawn.width_ms, family)
            for family in block.families
        ]
        made.append(
            Section(block, [_panel(chart, twins, tables) for chart in charts if chart])
        )
    return made


def _panel(
    chart: curve_charts.CurveChart, twins: Mapping[Series, Curve], tables: Tables
) -> Panel:
    its = [curve.series for curve in chart.curves]
    rows = tables.rows([twins[one] for one in its])
    return Panel(chart, rows, ",".join(one.name for one in its))


def _span(now: dt.datetime) -> tuple[str, Span]:
    """Return the stretch that was asked for, else the last day and the code of what was wrong."""
    try:
        return "", series.asked_span(request.args, now)
    except SpanError as error:
        return error.code, series.asked_span({}, now)


def _still_measured(latest: Sequence[LatestReading]) -> list[LatestReading]:
    newest = max((one.taken_utc for one in latest), default=None)
    return [one for one in latest if newest and newest - one.taken_utc <= FORGOTTEN]


def _silent(curves: Sequence[Curve], now: dt.datetime) -> dict[tuple[str, str], str]:
    """Return why each series that is silent at this moment is, as far as the curves reach up to it."""
    now_ms = int(now.timestamp() * 1000)
    return {
        (curve.series.sensor, curve.series.quantity): curve.gaps[-1].reason.value
        for curve in curves
        if curve.gaps and curve.gaps[-1].end_ms >= now_ms
    }


def _bands(camera: Camera, span: Span) -> Sequence[Band]:
    """Return the light of the sky along the charts; over weeks it would be a flicker."""
    if camera.place is None or span.end_utc - span.start_utc > _SHADED:
        return ()
    return TimeAxis(span.start_utc, span.end_utc, camera.tz).bands(camera.place)


def _steps(camera: Camera, span: Span, now: dt.datetime) -> dict[str, str | None]:
    """Return the addresses of the stretches of the same length before and after this one."""
    length = span.end_utc - span.start_utc
    later = _address(camera, span.end_utc, span.end_utc + length)
    return {
        "earlier": _address(camera, span.start_utc - length, span.start_utc),
        "later": later if span.end_utc < now else None,
    }


def _address(camera: Camera, start: dt.datetime, end: dt.datetime) -> str:
    moments = {"from": utc_text(start), "to": utc_text(end)}
    return _page(camera, moments | _kept_clock())


def _clocks(camera: Camera) -> dict[str, str]:
    """Return the addresses of this stretch with the clock of the camera and with UTC."""
    asked = {k: v for k, v in request.args.items() if k in ("range", "from", "to")}
    return {
        "local": _page(camera, asked),
        "utc": _page(camera, asked | {"clock": "utc"}),
    }


def _page(camera: Camera, asked: dict[str, str]) -> str:
    values: dict[str, Any] = {"lang": language(), "camera_id": camera.id, **asked}
    return url_for("pages.sensors", **values)


def _kept_clock() -> dict[str, str]:
    return {"clock": "utc"} if request.args.get("clock") == "utc" else {}
