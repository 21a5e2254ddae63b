"""The front of the network: all cameras now."""

import datetime as dt

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from hub import series
from hub.db import cameras, products
from hub.db.requests import hub_db, hub_now
from hub.public import cards, languages
from hub.public.blueprint import LANG, pages
from hub.public.cards import Card
from hub.public.network import NetworkNight, network_night
from hub.public.tonight import tonight

FULL_DAY = dt.timedelta(days=1)


@pages.get("/")
def root() -> AnyResponse:
    """Lead to the home page in the browser's language."""
    answer = redirect(url_for("pages.home", lang=languages.language()))
    answer.vary.add("Accept-Language")
    return answer


@pages.get(LANG + "/cameras")
def cameras_page(lang: str) -> str:
    """Show all cameras now."""
    return home(lang)


@pages.get(LANG + "/")
def home(lang: str) -> str:
    """Show all cameras now."""
    db, now = hub_db(), hub_now()
    live = products.live_frames(db)
    shown = [Card.of(one, live.get(one.id), now) for one in cameras.public_cameras(db)]
    newest = {
        card.camera.id: series.latest_readings(series.series_db(), card.camera.id)
        for card in shown
    }
    return render_template(
        "home.html",
        cards=shown,
        tonight=tonight(shown, newest, now),
        last=_last_night(shown, now),
        now=now,
    )


@pages.get("/discs.css")
def discs() -> AnyResponse:
    """Serve the circles of all cameras, as a style sheet."""
    css = cards.disc_css(cameras.public_cameras(hub_db()))
    answer = Response(css, mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.add_etag()
    return answer.make_conditional(request)


def _last_night(shown: list[Card], now: dt.datetime) -> NetworkNight | None:
    """Return the newest night of the network that is over."""
    first, last = ((now + days * FULL_DAY).date().isoformat() for days in (-4, 1))
    found = {
        card.camera.id: products.nights_between(hub_db(), card.camera.id, first, last)
        for card in shown
    }
    return network_night(found, [card.camera for card in shown])
