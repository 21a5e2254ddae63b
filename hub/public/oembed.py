"""oEmbed (https://oembed.com, version 1.0): how other sites turn the address of a page into a frame by themselves."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from flask import Flask, Response, abort, current_app, json, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from hub.db import cameras
from hub.db.cameras import Camera
from hub.db.requests import hub_db, hub_settings
from hub.public import embed
from hub.public.answers import document, open_blueprint
from hub.public.card_picture import HEIGHT_PX, WIDTH_PX
from hub.public.languages import DEFAULT, LANGUAGES

_CACHE_AGE_S = 3600

blueprint = open_blueprint("oembed")


def init_app(app: Flask) -> None:
    """Add the address that answers for all pages of cameras."""
    app.register_blueprint(blueprint)


@blueprint.get("/oembed")
def oembed() -> Response:
    """Say how to show the page ``url``; 404 for what is not a page of a camera, 501 for a format other than two."""
    camera, lang = _page(request.args.get("url", ""))
    said = _described(camera, lang)
    wanted = request.args.get("format", "json")
    if wanted == "xml":
        return document(_xml(said), "text/xml; charset=utf-8")
    if wanted != "json":
        abort(HTTPStatus.NOT_IMPLEMENTED)
    return document(json.dumps(said), "application/json")


def _page(address: str) -> tuple[Camera, str]:
    """Return the camera that a page of this site is about, and the page's language."""
    try:
        asked, ours = urlsplit(address), urlsplit(hub_settings().url)
        endpoint, values = current_app.url_map.bind("").match(asked.path)
    except (ValueError, RequestRedirect, HTTPException):
        abort(404)
    shown = endpoint.startswith(("pages.", "embed."))
    if asked.netloc != ours.netloc or not shown or "camera_id" not in values:
        abort(404)
    camera = cameras.public_camera(hub_db(), values["camera_id"])
    lang = values.get("lang", DEFAULT)
    return camera or abort(404), lang if lang in LANGUAGES else DEFAULT


def _described(camera: Camera, lang: str) -> dict[str, Any]:
    settings = hub_settings()
    site = settings.url.rstrip("/")
    width, height = embed.size_within(
        request.args.get("maxwidth", type=int), request.args.get("maxheight", type=int)
    )
    return {
        "version": "1.0",
        "type": "rich",
        "title": f"{camera.name} ({camera.id})",
        "provider_name": settings.network,
        "provider_url": site,
        "cache_age": _CACHE_AGE_S,
        "thumbnail_url": site + url_for("card.camera_card", camera_id=camera.id),
        "thumbnail_width": WIDTH_PX,
        "thumbnail_height": HEIGHT_PX,
        "html": embed.snippet(camera, lang, width, height),
        "width": width,
        "height": height,
    }


def _xml(said: dict[str, Any]) -> str:
    root = ElementTree.Element("oembed")
    for name, value in said.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, "unicode", xml_declaration=True)
