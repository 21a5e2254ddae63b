"""Headers that every answer carries: what a browser may load, who may frame a page, and which powers it never gets."""

from flask import Flask, Response, current_app, g

_SOURCES = {
    "default-src": "'self'",
    "img-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# What no page of ours asks for, so that nothing that ever sneaks into one can.
_POWERS = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope",
    "magnetometer", "microphone", "midi", "payment", "usb",
)  # fmt: skip
_PLAIN = {
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": ", ".join(f"{power}=()" for power in _POWERS),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


def init_app(app: Flask) -> None:
    """Add the headers to every answer that has not set them itself."""
    app.after_request(_add)


def allow_images(origin: str) -> None:
    """Let the page of this request show images of another site, such as ``https://tile.openstreetmap.org``."""
    _relax("img-src", f"'self' {origin}")


def allow_framing() -> None:
    """Let any site show the answer to this request in a frame."""
    _relax("frame-ancestors", "*")


def _relax(directive: str, sources: str) -> None:
    g.setdefault("relaxed_policy", {})[directive] = sources


def _add(response: Response) -> Response:
    sources = _SOURCES | g.get("relaxed_policy", {})
    policy = "; ".join(f"{name} {where}" for name, where in sources.items())
    response.headers.setdefault("Content-Security-Policy", policy)
    served_by_tls = current_app.config["HUB"].url.startswith("https://")
    for name, value in (_PLAIN | _TLS_ONLY if served_by_tls else _PLAIN).items():
        response.headers.setdefault(name, value)
    return response
