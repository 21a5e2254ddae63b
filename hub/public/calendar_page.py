"""All products of one kind of a camera, month by month."""

import dataclasses
import datetime as dt

from flask import Response, render_template, request

from hub.db import nights, products
from hub.db.cameras import Camera
from hub.db.requests import hub_db, hub_now
from hub.public import calendar
from hub.public.blueprint import LANG, camera_or_404, kept, pages
from hub.public.heaven import hours_of_darkness
from hub.public.page_cache import kept_while
from products.night import Night


@pages.get(LANG + "/c/<camera_id>/<any(keograms, startrails, videos):kind>")
def kind_calendar(lang: str, camera_id: str, kind: str) -> Response:
    """Show all products of one kind, month by month; the page is made anew when something of the camera changes."""
    found = camera_or_404(camera_id)
    tonight = Night.at(hub_now(), found.tz)
    described = dataclasses.replace(found, hello=None, last_contact_utc=None)
    mark = tonight, repr(described), *products.publication_mark(hub_db(), found.id)
    page = kept_while(mark, lambda: _page(found, kind, tonight))
    return Response(page, mimetype="text/html")


def _page(found: Camera, kind: str, tonight: Night) -> str:
    db = hub_db()
    known = products.night_range(db, found.id, calendar.KINDS[kind])
    wanted = request.args.get("from", ""), request.args.get("to", "")
    span = calendar.Range.chosen(wanted, known) if known else None
    shown = {}
    if span:
        first, last = span.first.first.isoformat(), span.last.last.isoformat()
        wire = calendar.KINDS[kind]
        shown = nights.calendar_nights(db, found.id, wire, first, last)
    months = span.months if span else []
    return render_template(
        "calendar.html",
        camera=found,
        kind=kind,
        wire_kind=calendar.KINDS[kind],
        span=span,
        months=[(month, calendar.weeks(month)) for month in months],
        nights=shown,
        weekdays=calendar.WEEKDAYS,
        first_night=dt.date.fromisoformat(known[0]) if known else None,
        tonight=tonight,
        kept=kept(),
        night_of=lambda day: Night(day, found.tz),
        hours_of_darkness=hours_of_darkness,
    )
