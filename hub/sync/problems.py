"""Errors of the API: problem JSON (RFC 9457) with a stable ``code`` and whether trying again may help."""

import errno
import logging
import sqlite3
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, json, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import RequestRedirect

from products.manifest import API, Problem

MEDIA_TYPE = "application/problem+json"
FULL_RETRY_S = 600
_LARGEST_DRAINED_BYTES = 50_000_000
_FRAMEWORK = {
    400: ("bad_request", "The request cannot be understood."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "The Allow header names the right methods."),
    413: ("too_large", "The body is larger than this address takes."),
    500: ("internal_error", "The hub has failed; its log says where."),
}
_log = logging.getLogger(__name__)
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
_RETRYABLE = {408, 425, 429, 500, 502, 503, 504, 507}


class ApiError(Exception):
    """Ends a request with a problem; ``members`` are added to its JSON, ``headers`` to the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        retryable: bool = False,
        headers: Mapping[str, str | int] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            code=code,
            retryable=retryable,
        )
        self.members = members
        self.headers = dict(headers or {})


def init_app(app: Flask) -> None:
    """Answer every error under ``/api`` as a problem, also those that no view has raised."""
    app.before_request(_refuse_unknown)
    app.register_error_handler(ApiError, _answer)
    app.register_error_handler(OSError, _disk_fault)
    app.register_error_handler(sqlite3.OperationalError, _database_fault)
    app.after_request(_finish)


def _refuse_unknown() -> Response | None:
    """End a request for an address or method that does not exist, before any page is made of it."""
    fault = request.routing_exception
    if not _is_ours() or fault is None or isinstance(fault, RequestRedirect):
        return None
    response = _unasked(fault.code or 404)
    if isinstance(fault, MethodNotAllowed) and fault.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(fault.valid_methods))
    return response


def hub_full() -> ApiError:
    """Return the problem of a hub whose disk is full."""
    return ApiError(
        507,
        "hub_full",
        f"The hub's disk is full; ask again in {FULL_RETRY_S // 60} minutes. Nothing that it has confirmed is lost.",
        retryable=True,
        headers={"Retry-After": FULL_RETRY_S},
    )


def _answer(error: ApiError) -> Response:
    response = _response(error.problem, error.members)
    response.headers.update(error.headers)
    return response


def _disk_fault(error: OSError) -> Response:
    """Answer when the disk ran full in the middle; any other fault of the system is a crash as before."""
    if not _is_ours() or error.errno not in (errno.ENOSPC, errno.EDQUOT):
        raise error
    _log.error("The disk is full: %s", error)
    return _answer(hub_full())


def _database_fault(error: sqlite3.OperationalError) -> Response:
    """Answer when a database could not grow, or another process has held its lock for too long."""
    if _is_ours() and error.sqlite_errorcode in _FULL:
        _log.error("The disk is full: %s", error)
        return _answer(hub_full())
    if _is_ours() and error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
        busy = "Another request was in the way; send it again."
        return _answer(ApiError(503, "busy", busy, retryable=True))
    raise error


def _response(problem: Problem, members: dict[str, Any]) -> Response:
    content = json.dumps(problem.model_dump() | members)
    response = Response(content, problem.status, content_type=MEDIA_TYPE)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _is_ours() -> bool:
    return request.path.startswith(f"{API}/")


def _finish(response: Response) -> Response:
    if not _is_ours():
        return response
    if response.status_code >= 400:
        _drain()
        if response.mimetype != MEDIA_TYPE:
            response = _unasked(response.status_code)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _unasked(status: int) -> Response:
    """Return the problem for an error of the framework: no such address, wrong method, too large, a crash."""
    code, detail = _FRAMEWORK.get(status, (f"http_{status}", ""))
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        retryable=status in _RETRYABLE,
    )
    return _response(problem, {})


def _drain() -> None:
    """Read what the client is still sending, within reason: it listens only when it has finished talking."""
    left = _LARGEST_DRAINED_BYTES
    if (request.content_length or 0) <= left:
        stream = request.environ["wsgi.input"]
        while left > 0 and (chunk := stream.read(1 << 18)):
            left -= len(chunk)
