"""Headers that every answer carries: what a browser may load, and from where."""

from flask import Flask, Response

POLICY = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self'; media-src 'self'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def init_app(app: Flask) -> None:
    """Add the headers to every answer that has not set them itself."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    for name, value in POLICY.items():
        response.headers.setdefault(name, value)
    return response
