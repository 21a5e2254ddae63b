"""The pages of the network and of its cameras. Each view fetches, looks things up in the pure modules, renders."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import InternalServerError, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hub import series
from hub.db import cameras, products
from hub.db.cameras import Camera
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.public import (
    calendar,
    captions,
    cards,
    heaven,
    languages,
    longterm,
    nights,
    phrases,
    pictures,
)
from hub.public.cards import Card
from hub.public.moon import night_moon
from hub.public.network import NetworkNight, network_night
from hub.public.tonight import tonight
from hub.public.verdict import times_of, verdict
from products.night import Night

LANG = "/<any(en, de):lang>"
RECENT_NIGHTS, RECENT = 7, dt.timedelta(days=30)
FULL_DAY = dt.timedelta(days=1)
KEPT = ("from", "to", "year")

pages = Blueprint("pages", __name__)


def init_app(app: Flask) -> None:
    """Add the pages and the languages."""
    languages.init_app(app)
    phrases.init_app(app)
    captions.init_app(app)
    app.register_blueprint(pages)
    app.register_error_handler(404, _not_found)
    app.register_error_handler(500, _failed)
    app.context_processor(_for_every_page)
    app.jinja_env.globals.update(
        address=pictures.address, smallest=pictures.smallest, srcset=pictures.srcset,
        state_words=phrases.state_words, night_moon=night_moon, coordinates=phrases.coordinates,
        country_name=phrases.country_name, kinds=calendar.KINDS, tile=pictures.tile,
        bare_srcset=pictures.bare_srcset, period_title=phrases.period_title, hour_percent=longterm.hour_percent,
    )  # fmt: skip
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


@pages.get("/")
def root() -> AnyResponse:
    """Lead to the home page in the browser's language."""
    answer = redirect(url_for("pages.home", lang=languages.language()))
    answer.vary.add("Accept-Language")
    return answer


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


@pages.get(LANG + "/c/<camera_id>")
def camera(lang: str, camera_id: str) -> str:
    """Show one camera: its sky now, its last night, its readings."""
    db, now = hub_db(), hub_now()
    found = _camera_or_404(camera_id)
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


@pages.get(LANG + "/c/<camera_id>/<any(keograms, startrails, videos):kind>")
def kind_calendar(lang: str, camera_id: str, kind: str) -> str:
    """Show all products of one kind, month by month."""
    db, found = hub_db(), _camera_or_404(camera_id)
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
        kept=_kept(),
        night_of=lambda day: Night(day, found.tz),
    )


@pages.get(LANG + "/c/<camera_id>/long-term")
def long_term(lang: str, camera_id: str) -> str:
    """Show the months, seasons and years of one camera that begin in one year."""
    db, found = hub_db(), _camera_or_404(camera_id)
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


@pages.get(LANG + "/c/<camera_id>/<night_name>")
def night(lang: str, camera_id: str, night_name: str) -> str:
    """Show one night of one camera: everything of it on one time axis."""
    db, found = hub_db(), _camera_or_404(camera_id)
    shown = _night_or_404(night_name, found)
    kinds = products.night_products(db, found.id, shown.name)
    before, after = products.neighbour_nights(db, found.id, shown.name)
    if not kinds:
        abort(404)
    readings = series.readings_between(
        series.series_db(), found.id, shown.start_utc, shown.end_utc
    )
    sky = heaven.night_sky(found.place, shown) if found.place else None
    ribbon = nights.ribbon_of(found, kinds.get("keogram"))
    axis = ribbon.axis if ribbon else nights.axis_without_keogram(found, shown)
    frames = max(one.manifest.frames for one in kinds.values())
    darkest = nights.darkest(readings, sky.dark) if sky else None
    return render_template(
        "night.html",
        camera=found,
        night=shown,
        products=kinds,
        before=before,
        after=after,
        sky=sky,
        ribbon=ribbon,
        axis=axis,
        bands=axis.bands(found.place) if found.place else [],
        charts=nights.charts_of(axis, readings),
        verdict=verdict(frames, sky, darkest, found.tz),
        final=all(one.manifest.final for one in kinds.values()),
        times=times_of(kinds, sky),
        files=pictures.files_of(found, shown.name, kinds),
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


def _camera_or_404(camera_id: str) -> Camera:
    """Return a camera that visitors may see: every page of a camera begins with this."""
    found = cameras.public_camera(hub_db(), camera_id)
    return found or abort(404)


def _night_or_404(name: str, camera: Camera) -> Night:
    """Return the night of this name; only its one canonical spelling counts."""
    try:
        found = Night.named(name, camera.tz)
        found.end_utc  # noqa: B018 - the last days of the calendar have no next noon
    except (ValueError, OverflowError):
        abort(404)
    return found if found.name == name else abort(404)


def _kept() -> dict[str, str]:
    """Return the part of the query that links to other views of a page keep; nothing else may reach an address."""
    return {name: request.args[name] for name in KEPT if name in request.args}


def _for_every_page() -> dict[str, Any]:
    """Return what the frame of every page needs: its language and the address of its twin in the others."""
    values = dict(request.view_args or {})
    endpoint = request.endpoint or ""
    if not endpoint.startswith("pages.") or "lang" not in values:
        endpoint, values = "pages.home", {}
    query = _kept()
    twins = {
        code: url_for(endpoint, **(query | values | {"lang": code}))
        for code in languages.LANGUAGES
    }
    return {
        "lang": languages.language(),
        "network": hub_settings().network,
        "site_url": hub_settings().url.rstrip("/"),
        "twins": twins,
        "themed": {
            name: f"?{urlencode(query | {'theme': name})}" for name in languages.THEMES
        },
    }


def _not_found(error: NotFound) -> AnyResponse | tuple[str, int]:
    """Say kindly that there is nothing here, and where there is something."""
    if request.path.startswith("/api/"):
        return error.get_response()
    return render_template("404.html"), 404


def _failed(error: InternalServerError) -> AnyResponse | tuple[str, int]:
    """Say kindly that the fault is ours; the log has the traceback."""
    if request.path.startswith("/api/"):
        return error.get_response()
    return render_template("500.html"), 500
