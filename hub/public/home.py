"""The front of the network: all cameras now."""

import datetime as dt

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from hub import series
from hub.db import cameras, products
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.public import cards, highlights, languages
from hub.public.blueprint import LANG, pages
from hub.public.network import NetworkNight, network_night
from hub.public.overview import Entry, Wish, overview
from hub.public.page_cache import kept_for_a_moment, kept_page
from hub.public.phrases import country_name
from hub.public.tonight import tonight

FULL_DAY = dt.timedelta(days=1)


@pages.get("/")
def root() -> AnyResponse:
    """Lead to the home page in the browser's language."""
    answer = redirect(url_for("pages.home", lang=languages.language()))
    answer.vary.add("Accept-Language")
    return answer


@pages.get(LANG + "/")
@kept_page
def home(lang: str) -> str:
    """Show all cameras now, the last night and the newest highlights."""
    db, now = hub_db(), hub_now()
    entries = overview(db, series.series_db(), now)
    return render_template(
        "home.html",
        **_chosen(entries),
        now=now,
        welcome=hub_settings().site.welcome_in(lang),
        tonight=tonight(entries, now),
        last=_last_night([one.card.camera for one in entries], now),
        highlights=highlights.newest(),
    )


@pages.get(LANG + "/cameras")
@kept_page
def cameras_page(lang: str) -> str:
    """Show all cameras now, and nothing else."""
    db, now = hub_db(), hub_now()
    entries = overview(db, series.series_db(), now)
    return render_template("cameras.html", **_chosen(entries), now=now)


@pages.get("/discs.css")
def discs() -> AnyResponse:
    """Serve the circles of all cameras, as a style sheet."""
    css = kept_for_a_moment(lambda: cards.disc_css(cameras.public_cameras(hub_db())))
    answer = Response(css, mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.add_etag()
    return answer.make_conditional(request)


def _chosen(entries: list[Entry]) -> dict[str, object]:
    """Return the cameras in the order that is asked for, those not asked for hidden, and what can be chosen."""
    wish = Wish.of(request.args)
    countries = {one.card.camera.country for one in entries} - {""}
    by_name = sorted(countries, key=lambda code: country_name(code) or code)
    return {
        "entries": wish.in_order(entries),
        "wish": wish,
        "shown": sum(map(wish.wants, entries)),
        "countries": {code: country_name(code) or code for code in by_name},
        "sensors": sorted(set().union(*(one.sensors for one in entries))),
    }


def _last_night(shown: list[cameras.Camera], now: dt.datetime) -> NetworkNight | None:
    """Return the newest night of the network that is over."""
    first, last = ((now + days * FULL_DAY).date().isoformat() for days in (-4, 1))
    newest = products.newest_keograms(hub_db(), first, last)
    return network_night(newest, shown)
