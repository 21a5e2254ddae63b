"""Answers for everybody: files and small documents that any site may show, with strong ETags and without cookies."""

import datetime as dt
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, abort, request, send_file

from hub.db.requests import hub_settings
from products.manifest import MEDIA_TYPES, sha256_hex

# Browsers keep it for a year. Shared caches ask again every hour: a camera that is hidden is soon hidden there, too.
IMMUTABLE = "public, max-age=31536000, s-maxage=3600, immutable"
NEWEST = "public, max-age=30, stale-while-revalidate=120"
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Content-Length, Content-Range",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-Modified-Since, If-None-Match, If-Range, Range",
    "Access-Control-Max-Age": "86400",
}


def open_blueprint(name: str) -> Blueprint:
    """Return a blueprint whose every answer, a 404 too, any site may use; what it does not find it says in a line."""
    blueprint = Blueprint(name, __name__)
    blueprint.after_request(_open)
    blueprint.register_error_handler(404, _not_found)
    return blueprint


def document(
    content: str, media_type: str, changed_utc: dt.datetime | None = None
) -> Response:
    """Return a text that is made for each request, under the ETag of its bytes, to be kept like the newest files."""
    encoded = content.encode()
    response = Response(encoded, content_type=media_type)
    response.set_etag(sha256_hex(encoded))
    response.last_modified = changed_utc
    response.headers["Cache-Control"] = NEWEST
    response.make_conditional(request)
    return response


def stored_file(
    path: Path, media_type: str, caching: str, taken_utc: dt.datetime | None = None
) -> Response:
    """Return a file of a blob store; its name there is its SHA-256, and so its ETag."""
    send = _by_nginx if hub_settings().accel_redirect else _by_ourselves
    try:
        response = send(path, media_type, taken_utc)
    except FileNotFoundError:
        abort(404)
    response.headers["Cache-Control"] = caching
    return response


def _by_ourselves(
    path: Path, media_type: str, taken_utc: dt.datetime | None
) -> Response:
    return send_file(
        path.absolute(),
        mimetype=media_type,
        download_name=f"{path.name}.{MEDIA_TYPES[media_type]}",
        conditional=True,
        etag=path.name,
        last_modified=taken_utc,
    )


def _by_nginx(path: Path, media_type: str, taken_utc: dt.datetime | None) -> Response:
    """Return an answer without a body: the nginx in front sends the file, and the part of it that is asked for."""
    settings = hub_settings()
    changed = taken_utc or dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    response = Response(content_type=media_type)
    response.set_etag(path.name)
    response.last_modified = changed
    response.make_conditional(request)
    if response.status_code == HTTPStatus.OK:
        where = path.relative_to(settings.data).as_posix()
        response.headers["X-Accel-Redirect"] = f"{settings.accel_redirect}{where}"
    return response


def _open(response: Response) -> Response:
    response.headers.update(_OPEN)
    if request.method == "OPTIONS":
        response.headers.update(_PREFLIGHT)
    return response


def _not_found(_error: Exception) -> Response:
    """Answer in a line: what asks for an image has no use for a page."""
    headers = {"Cache-Control": "public, max-age=30"}
    return Response("not found\n", 404, content_type="text/plain", headers=headers)
