"""The page of one camera, and the months and years it has seen."""

import datetime as dt

from flask import render_template, request

from hub import series
from hub.db import products
from hub.db.requests import hub_db, hub_now
from hub.public import cards, heaven, longterm, nights
from hub.public.blueprint import LANG, camera_or_404, pages
from hub.public.cards import Card

RECENT_NIGHTS, RECENT = 7, dt.timedelta(days=30)


@pages.get(LANG + "/c/<camera_id>")
def camera(lang: str, camera_id: str) -> str:
    """Show one camera: its sky now, its last night, its readings."""
    db, now = hub_db(), hub_now()
    found = camera_or_404(camera_id)
    card = Card.of(found, products.live_frame(db, found.id), now)
    readings = cards.in_order(series.latest_readings(series.series_db(), found.id))
    tonight_there = card.tonight
    first = (tonight_there.evening - RECENT).isoformat()
    recent = products.nights_between(db, found.id, first, tonight_there.name)
    newest = list(recent.items())[::-1]
    place = found.place
    return render_template(
        "camera.html",
        card=card,
        camera=found,
        now=now,
        facts=cards.now_facts(readings, now),
        readings=readings,
        dark=heaven.next_darkness(place, tonight_there, now) if place else None,
        counts=products.product_counts(db, found.id),
        strips=[nights.strip_of(found, *one) for one in newest[: RECENT_NIGHTS + 1]],
    )


@pages.get(LANG + "/c/<camera_id>/long-term")
def long_term(lang: str, camera_id: str) -> str:
    """Show the months, seasons and years of one camera that begin in one year."""
    db, found = hub_db(), camera_or_404(camera_id)
    years = products.period_years(db, found.id)
    wanted = request.args.get("year", "")
    year = next((one for one in years if str(one) == wanted), years[0] if years else 0)
    return render_template(
        "long_term.html",
        camera=found,
        years=years,
        year=year,
        shown=longterm.long_term_year(
            products.period_products(db, found.id, year), found.tz
        ),
        known=products.night_names(db, found.id, year),
        hours=longterm.HOURS,
    )
