"""The frame of every page: languages, what templates may call, and kind words where there is nothing."""

import importlib
from typing import Any
from urllib.parse import urlencode

from flask import Flask, render_template, request, url_for
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hub.db.requests import hub_settings
from hub.public import (
    addresses,
    calendar,
    captions,
    highlights,
    languages,
    longterm,
    map_page,
    phrases,
    pictures,
    structured,
    wording,
    xp_page,
)
from hub.public.blueprint import kept, pages
from hub.public.moon import night_moon

# Importing one adds its views to the blueprint.
VIEWS = (
    "archive_page",
    "calendar_page",
    "camera_page",
    "highlights",
    "home",
    "longterm_page",
    "join",
    "map_page",
    "network_pages",
    "night_page",
    "profile_page",
    "share",
    "sensor_page",
    "xp_page",
)


def init_app(app: Flask) -> None:
    """Add the pages and the languages."""
    for name in VIEWS:
        importlib.import_module(f"hub.public.{name}")

    languages.init_app(app)
    wording.init_app(app)
    addresses.init_app(app)
    phrases.init_app(app)
    captions.init_app(app)
    highlights.init_app(app)
    map_page.init_app(app)
    structured.init_app(app)
    xp_page.init_app(app)
    app.register_blueprint(pages)
    app.register_error_handler(404, _not_found)
    app.register_error_handler(500, _failed)
    for code in (400, 405, 413):
        app.register_error_handler(code, _refused)
    app.context_processor(_for_every_page)
    app.jinja_env.globals.update(
        address=pictures.address, smallest=pictures.smallest, srcset=pictures.srcset,
        state_words=phrases.state_words, night_moon=night_moon, coordinates=phrases.coordinates,
        country_name=phrases.country_name, kinds=calendar.KINDS, tile=pictures.tile,
        bare_srcset=pictures.bare_srcset, period_title=phrases.period_title, hour_percent=longterm.hour_percent,
    )  # fmt: skip
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _for_every_page() -> dict[str, Any]:
    """Return what the frame of every page needs: its language and the address of its twin in the others."""
    values = dict(request.view_args or {})
    endpoint = request.endpoint or ""
    if not endpoint.startswith("pages.") or "lang" not in values:
        endpoint, values = "pages.home", {}
    query = kept()
    twins = {
        code: url_for(endpoint, **(query | values | {"lang": code}))
        for code in languages.LANGUAGES
    }
    return {
        "lang": languages.language(),
        "network": hub_settings().network,
        "site_settings": hub_settings().site,
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


def _refused(error: HTTPException) -> AnyResponse | tuple[str, int]:
    """Say kindly what was wrong with a request for a page; programs get the plain answer."""
    is_page = request.path.split("/")[1] in languages.LANGUAGES
    if not is_page:
        return error.get_response()
    code = error.code or 400
    return render_template("refused.html", code=code), code


def _failed(error: InternalServerError) -> AnyResponse | tuple[str, int]:
    """Say kindly that the fault is ours; the log has the traceback."""
    if request.path.startswith("/api/"):
        return error.get_response()
    return render_template("500.html"), 500
