"""The page of one camera: its sky now, its last nights, what it measures, how it is."""

import datetime as dt

from flask import Response, render_template

from hub import series
from hub.db import archive, nights, products, profiles
from hub.db.cameras import Camera
from hub.db.products import Live
from hub.db.requests import hub_db, hub_now
from hub.public import cards, embed, equipment, heaven, highlights, longterm, share
from hub.public import nights as night_views
from hub.public.availability import Availability, availability, nights_before
from hub.public.blueprint import LANG, camera_or_404, pages
from hub.public.cards import Card
from hub.public.page_cache import kept_of_camera
from hub.public.reasons import sentences
from products.night import Night

EARLIER_NIGHTS, RECENT = 7, dt.timedelta(days=30)


@pages.get(LANG + "/c/<camera_id>")
def camera(lang: str, camera_id: str) -> Response:
    """Show one camera; the page is made anew after a few seconds, and at once for a newer frame."""
    found = camera_or_404(camera_id)
    live = products.live_frame(hub_db(), found.id)
    seen = live and live.taken_utc
    page = kept_of_camera(found, lambda: _page(lang, found, live), seen)
    return Response(page, mimetype="text/html")


def _page(lang: str, found: Camera, live: Live | None) -> str:
    db, now = hub_db(), hub_now()
    card = Card.of(found, live, now)
    readings = series.latest_readings(series.series_db(), found.id)
    place, tonight = found.place, card.tonight
    first = (tonight.evening - RECENT).isoformat()
    newest = nights.newest_nights(db, found.id, first, EARLIER_NIGHTS + 1)
    month, season = (
        products.latest_product(db, found.id, kind)
        for kind in ("month-keogram", "season-video")
    )
    return render_template(
        "camera.html",
        card=card,
        camera=found,
        now=now,
        reasons=sentences(card.status.reason),
        facts=cards.now_facts(readings, now),
        sensors=equipment.sensors_of(found, readings),
        system=equipment.system_facts(found, readings, now),
        dark=heaven.next_darkness(place, tonight, now) if place else None,
        strips=[night_views.strip_of(found, *one) for one in newest],
        month=longterm.keogram_of(month, found.tz) if month else None,
        season=longterm.film_of(season, found.tz) if season else None,
        counts=products.product_counts(db, found.id),
        days_with_frames=archive.archive_span(db, found.id),
        profile=profiles.enabled_profile(db, found.id),
        availability=_availability(found, tonight),
        highlights=highlights.for_camera(found.id),
        page_address=share.page_address(found, lang),
        share_links=share.share_links(found, lang),
        snippet=embed.snippet(found, lang, embed.WIDTH_PX, embed.HEIGHT_PX),
    )


def _availability(found: Camera, tonight: Night) -> Availability:
    """Return what the camera delivered in its last nights."""
    row = nights_before(tonight)
    records = nights.night_records(hub_db(), found.id, row[0].name, row[-1].name)
    silent = [one.name for one in row if one.name not in records]
    readings = series.counts_by_day(series.series_db(), found.id, silent)
    return availability(found, tonight, records, readings)
