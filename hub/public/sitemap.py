"""What search engines read: the site map, an index of one for each camera, and robots.txt."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from flask import Flask, Response, current_app, url_for

from hub.db import feeds, profiles
from hub.db.requests import hub_db, hub_settings
from hub.public.answers import document, open_blueprint
from hub.public.blueprint import camera_or_404
from hub.public.calendar import KINDS
from hub.public.languages import LANGUAGES

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
_CAMERA_PAGES = (
    "pages.camera", "pages.archive_calendar", "pages.sensors", "pages.long_term",
)  # fmt: skip
_ROBOTS = """User-agent: *
Disallow: /api/
Disallow: /embed/
Disallow: /*?theme=

Sitemap: {}
"""

blueprint = open_blueprint("sitemap")


def init_app(app: Flask) -> None:
    """Add the addresses for search engines."""
    app.register_blueprint(blueprint)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Say where the site map is and what is not worth a search engine's time."""
    return document(_ROBOTS.format(_address("/sitemap.xml")), "text/plain")


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """List the site maps: of the pages of the network, and of each camera."""
    root = Element("sitemapindex", {"xmlns": _SITEMAP})
    _say(SubElement(root, "sitemap"), "loc", _address(url_for("sitemap.network_pages")))
    for camera_id, changed_utc in feeds.last_changes(hub_db()).items():
        one = SubElement(root, "sitemap")
        page = url_for("sitemap.camera_pages", camera_id=camera_id)
        _say(one, "loc", _address(page))
        _say(one, "lastmod", changed_utc.astimezone(dt.UTC).isoformat("T", "seconds"))
    return _xml(root)


@blueprint.get("/sitemap/network.xml")
def network_pages() -> Response:
    """List the pages that are about no single camera: those whose address has nothing in it but the language."""
    shown = [
        rule.endpoint
        for rule in current_app.url_map.iter_rules()
        if rule.endpoint.startswith("pages.")
        and rule.arguments == {"lang"}
        and "GET" in (rule.methods or ())
    ]
    return _pages((endpoint, {}) for endpoint in dict.fromkeys(shown))


@blueprint.get("/sitemap/<camera_id>.xml")
def camera_pages(camera_id: str) -> Response:
    """List the pages of a camera, its calendars, its profile if visitors may see it, and its nights."""
    camera = camera_or_404(camera_id)
    known: dict[str, Any] = {"camera_id": camera.id}
    pages = [(endpoint, known) for endpoint in _CAMERA_PAGES]
    pages += [("pages.kind_calendar", known | {"kind": kind}) for kind in KINDS]
    if profiles.enabled_profile(hub_db(), camera.id):
        pages.append(("pages.profile", known))
    nights = feeds.all_nights(hub_db(), camera.id)
    pages += [("pages.night", known | {"night_name": night}) for night in nights]
    return _pages(pages)


def _pages(pages: Iterable[tuple[str, dict[str, Any]]]) -> Response:
    """Return the map of pages, each in every language and with its twins."""
    root = Element("urlset", {"xmlns": _SITEMAP, "xmlns:xhtml": _XHTML})
    for endpoint, values in pages:
        twins = {
            lang: _address(url_for(endpoint, lang=lang, **values)) for lang in LANGUAGES
        }
        for address in twins.values():
            url = SubElement(root, "url")
            _say(url, "loc", address)
            for lang, twin in twins.items():
                link = {"rel": "alternate", "hreflang": lang, "href": twin}
                SubElement(url, "xhtml:link", link)
    return _xml(root)


def _say(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _xml(root: Element) -> Response:
    text = ElementTree.tostring(root, "unicode")
    declared = f'<?xml version="1.0" encoding="utf-8"?>\n{text}'
    return document(declared, "application/xml; charset=utf-8")


def _address(path: str) -> str:
    return hub_settings().url.rstrip("/") + path
