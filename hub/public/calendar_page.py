"""All products of one kind of a camera, month by month."""

from flask import render_template, request

from hub.db import products
from hub.db.requests import hub_db, hub_now
from hub.public import calendar
from hub.public.blueprint import LANG, camera_or_404, kept, pages
from products.night import Night


@pages.get(LANG + "/c/<camera_id>/<any(keograms, startrails, videos):kind>")
def kind_calendar(lang: str, camera_id: str, kind: str) -> str:
    """Show all products of one kind, month by month."""
    db, found = hub_db(), camera_or_404(camera_id)
    known = products.night_range(db, found.id, calendar.KINDS[kind])
    wanted = request.args.get("from", ""), request.args.get("to", "")
    span = calendar.Range.chosen(wanted, known) if known else None
    shown = {}
    if span:
        first, last = span.first.first.isoformat(), span.last.last.isoformat()
        shown = products.nights_between(db, found.id, first, last)
    months = span.months if span else []
    return render_template(
        "calendar.html",
        camera=found,
        kind=kind,
        wire_kind=calendar.KINDS[kind],
        span=span,
        months=[(month, calendar.weeks(month, shown)) for month in months],
        weekdays=calendar.WEEKDAYS,
        today=hub_now().astimezone(found.tz).date(),
        kept=kept(),
        night_of=lambda day: Night(day, found.tz),
    )
