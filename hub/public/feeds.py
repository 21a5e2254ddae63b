"""Atom feeds (RFC 4287): highlights, the nights of the network and those of each camera; ``lang`` is in the query."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from flask import Flask, Response, request, url_for
from markupsafe import escape

from hub.db import feeds
from hub.db.feeds import FinishedNight
from hub.db.highlights import Highlight
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.public import highlights, languages, pictures
from hub.public.answers import document, open_blueprint
from hub.public.blueprint import camera_or_404
from hub.public.phrases import night_title, number
from hub.public.wording import _, ngettext
from products.manifest import PERIOD_KINDS, Blob

ENTRIES = 50
_NIGHTS_BACK = dt.timedelta(days=30)
_PICTURE_PX = 960
_ATOM = "http://www.w3.org/2005/Atom"

blueprint = open_blueprint("feeds")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a feed; ``name`` stays the same for ever, the address is a path of this site."""

    name: str
    title: str
    path: str
    changed_utc: dt.datetime
    words: str
    picture: Blob | None


def init_app(app: Flask) -> None:
    """Add the addresses of feeds."""
    app.register_blueprint(blueprint)


@blueprint.get("/feed/highlights.atom")
def highlights_feed() -> Response:
    """Serve the newest highlights."""
    shown = map(_highlight, highlights.newest(ENTRIES))
    path = url_for("pages.highlights_page", lang=languages.language())
    return _feed(_("Highlights"), path, list(shown))


@blueprint.get("/feed/nights.atom")
def nights_feed() -> Response:
    """Serve the newest nights of the network."""
    since = (hub_now() - _NIGHTS_BACK).date()
    shown = map(_night, feeds.newest_nights(hub_db(), since, ENTRIES))
    path = url_for("pages.home", lang=languages.language())
    return _feed(_("Nights"), path, list(shown))


@blueprint.get("/feed/<camera_id>.atom")
def camera_feed(camera_id: str) -> Response:
    """Serve the newest nights of one camera."""
    camera = camera_or_404(camera_id)
    shown = map(_night, feeds.newest_nights_of(hub_db(), camera.id, ENTRIES))
    path = url_for("pages.camera", lang=languages.language(), camera_id=camera.id)
    return _feed(f"{camera.name} ({camera.id})", path, list(shown))


def _night(one: FinishedNight) -> Entry:
    frames = ngettext(
        "%(count)s frame", "%(count)s frames", one.frames, count=number(one.frames)
    )
    return Entry(
        name=f"night/{one.camera_id}/{one.night.name}",
        title=f"{one.camera_name}: {night_title(one.night)}",
        path=_night_page(one.camera_id, one.night.name),
        changed_utc=one.published_utc,
        words=f"{frames}.",
        picture=pictures.smallest(one.keogram, _PICTURE_PX) if one.keogram else None,
    )


def _highlight(one: Highlight) -> Entry:
    product, lang = one.product, languages.language()
    category = highlights.category_name(one.choice.category)
    is_of_a_night = product.kind not in PERIOD_KINDS
    picture = pictures.smallest(product.manifest, _PICTURE_PX)
    return Entry(
        name=f"highlight/{one.id}",
        title=one.caption(lang) or f"{category}: {one.camera_name}",
        path=_night_page(product.camera_id, product.night)
        if is_of_a_night
        else url_for(
            "pages.long_term",
            lang=lang,
            camera_id=product.camera_id,
            year=product.night[:4],
        ),
        changed_utc=one.chosen_utc,
        words=f"{category} · {one.camera_name} · {highlights.when(one)}",
        picture=picture if picture.type.startswith("image/") else None,
    )


def _night_page(camera_id: str, night: str) -> str:
    lang = languages.language()
    return url_for("pages.night", lang=lang, camera_id=camera_id, night_name=night)


def _feed(title: str, page: str, entries: Sequence[Entry]) -> Response:
    """Return the feed; it changed when its newest entry did."""
    settings = hub_settings()
    changed = max((one.changed_utc for one in entries), default=None)
    root = Element("feed", {"xmlns": _ATOM, "xml:lang": languages.language()})
    _say(root, "id", _tag(f"feed{request.path}"))
    _say(root, "title", f"{title} · {settings.network}")
    _say(root, "updated", _iso(changed or hub_now()))
    _link(root, _address(request.full_path.rstrip("?")), rel="self")
    _link(root, _address(page), rel="alternate")
    _say(SubElement(root, "author"), "name", settings.network)
    for one in entries:
        entry = SubElement(root, "entry")
        _say(entry, "id", _tag(one.name))
        _say(entry, "title", one.title)
        _say(entry, "updated", _iso(one.changed_utc))
        _link(entry, _address(one.path), rel="alternate")
        _say(entry, "content", _html(one), type="html")
    text = ElementTree.tostring(root, "unicode", xml_declaration=False)
    declared = f'<?xml version="1.0" encoding="utf-8"?>\n{text}'
    return document(declared, "application/atom+xml; charset=utf-8", changed)


def _html(one: Entry) -> str:
    words = f"<p>{escape(one.words)}</p>"
    if one.picture is None:
        return words
    source = _address(pictures.address(one.picture))
    target = _address(one.path)
    image = f'<img src="{escape(source)}" alt="{escape(one.title)}">'
    return f'<p><a href="{escape(target)}">{image}</a></p>{words}'


def _say(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = text


def _link(parent: Element, href: str, rel: str) -> None:
    SubElement(parent, "link", {"rel": rel, "href": href})


def _tag(name: str) -> str:
    """Return an identifier that outlives every move of pages (RFC 4151)."""
    return f"tag:{urlsplit(hub_settings().url).hostname},2026:{name}"


def _address(path: str) -> str:
    return hub_settings().url.rstrip("/") + path


def _iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds")
