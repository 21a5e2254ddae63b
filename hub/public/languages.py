"""Languages and themes: the language is in the path, the theme in a cookie that only a visitor's own choice sets."""

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request
from flask_babel import Babel
from werkzeug.wrappers import Response as AnyResponse

# Language in the path -> (its own name, locale of dates and numbers). British English writes times with 24 hours.
LANGUAGES = {"en": ("English", "en_GB"), "de": ("Deutsch", "de_DE")}
DEFAULT = "en"
_LANGUAGE = "hub.language"  # where a request remembers it
THEMES = ("dark", "light", "red")
_THEME_COOKIE_SECONDS = 365 * 24 * 3600
_ASSET_SECONDS = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Let every page know its language, its theme and the addresses of its twins."""
    Babel(app, default_locale=LANGUAGES[DEFAULT][1], locale_selector=locale_name)
    app.before_request(_choose_theme)
    app.after_request(_say_how_long_to_keep)
    app.jinja_env.globals.update(languages=LANGUAGES, current_theme=theme, asset=asset)


def language() -> str:
    """Return the language of this request: the one in its path or query, else the one that its browser likes best.

    What other sites show, such as a badge, is the same for every browser, so that any cache may keep it.
    """
    environ = request.environ
    if _LANGUAGE not in environ:  # asked for hundreds of times on a page
        environ[_LANGUAGE] = _language()
    known: str = environ[_LANGUAGE]
    return known


def _language() -> str:
    first = request.path.split("/", 2)[1] if request.path.startswith("/") else ""
    if first in LANGUAGES:
        return first
    asked = request.args.get("lang", "")
    if asked in LANGUAGES or not _is_of_a_page():
        return asked if asked in LANGUAGES else DEFAULT
    wanted = (tag.split("-")[0].lower() for tag, q in request.accept_languages if q > 0)
    return next((code for code in wanted if code in LANGUAGES), DEFAULT)


def theme() -> str:
    """Return the theme that the visitor has chosen, else the dark one; for other sites the query says it."""
    source = request.cookies if _is_of_a_page() else request.args
    chosen = source.get("theme", "")
    return chosen if chosen in THEMES else THEMES[0]


def asset(name: str) -> str:
    """Return the address of a static file, with a mark that changes when the file does."""
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    file = Path(__file__).parents[1] / "static" / name
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def locale_name() -> str:
    """Return the name of the locale in which this request's numbers and dates are written."""
    return LANGUAGES[language()][1]


def _choose_theme() -> AnyResponse | None:
    """Answer ``?theme=red`` with a cookie and the same page, without scripts or a flash. Media set none."""
    chosen = request.args.get("theme")
    if chosen not in THEMES or request.method != "GET" or not _is_of_a_page():
        return None
    rest = {
        key: value for key, value in request.args.items(multi=True) if key != "theme"
    }
    answer = redirect(_with_query(request.path, rest), code=303)
    answer.set_cookie(
        "theme", chosen, max_age=_THEME_COOKIE_SECONDS, samesite="Lax", httponly=True
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_of_a_page() -> bool:
    """Return whether a visitor of this site asked, not another site that shows something of it."""
    return request.blueprint in (None, "pages")


def _with_query(path: str, values: dict[str, str]) -> str:
    # One slash only: an address that begins with two would lead to another host.
    path = "/" + path.lstrip("/")
    return f"{path}?{urlencode(values)}" if values else path


def _say_how_long_to_keep(response: Response) -> Response:
    """Let browsers keep marked static files for a year, and ask again for every page: it depends on the cookie."""
    if request.endpoint == "static" and "v" in request.args:
        response.headers["Cache-Control"] = (
            f"public, max-age={_ASSET_SECONDS}, immutable"
        )
    elif response.mimetype == "text/html" and not _is_for_any_site(response):
        response.headers.setdefault("Cache-Control", "no-cache")
        response.vary.add("Cookie")
    return response


def _is_for_any_site(response: Response) -> bool:
    return "Access-Control-Allow-Origin" in response.headers
