"""Small files that programs expect at fixed places: icons, the web manifest, whom to tell of a security problem."""

import datetime as dt
from pathlib import Path

from flask import Flask, Response, abort, json, send_file, url_for

from hub.db.requests import hub_now, hub_settings
from hub.public.answers import document, open_blueprint
from hub.public.languages import LANGUAGES, asset

_ICONS = Path(__file__).parents[1] / "static" / "icons"
_DAY = "public, max-age=86400"
_GROUND = "#0b0e14"
_CONTACT_HOLDS = dt.timedelta(days=180)

blueprint = open_blueprint("wellknown")


def init_app(app: Flask) -> None:
    """Add the addresses."""
    app.register_blueprint(blueprint)


@blueprint.get("/favicon.ico")
@blueprint.get("/apple-touch-icon.png")
def icon() -> Response:
    """Serve the ring as a picture, for programs that ask without reading a page."""
    response = send_file(_ICONS / "ring-180.png", conditional=True)
    response.headers["Cache-Control"] = _DAY
    return response


@blueprint.get("/site.webmanifest")
def manifest() -> Response:
    """Describe the site to a telephone that keeps it among its programs."""
    said = {
        "name": hub_settings().network,
        "short_name": hub_settings().network,
        "start_url": url_for("pages.root"),
        "display": "browser",
        "background_color": _GROUND,
        "theme_color": _GROUND,
        "icons": [
            {
                "src": asset(f"icons/ring-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
            }
            for size in (192, 512)
        ],
    }
    return document(json.dumps(said), "application/manifest+json")


@blueprint.get("/.well-known/security.txt")
def security() -> Response:
    """Say whom to tell of a security problem (RFC 9116), where the operator has said so."""
    settings = hub_settings()
    if not settings.security_contact:
        abort(404)
    day = hub_now().replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: {settings.security_contact}",
        f"Expires: {(day + _CONTACT_HOLDS).isoformat()}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {settings.url.rstrip('/')}/.well-known/security.txt",
    )
    return document("\n".join(lines) + "\n", "text/plain; charset=utf-8")
