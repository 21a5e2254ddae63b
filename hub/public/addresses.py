"""The addresses of pages, remembered: a calendar has two hundred, and each takes as long as ten words of text."""

from functools import lru_cache
from typing import Any

import flask
from flask import Flask


def init_app(app: Flask) -> None:
    """Give templates the `url_for` that remembers."""
    app.jinja_env.globals["url_for"] = url_for


def url_for(endpoint: str, **values: Any) -> str:
    """Return the address of a page of this site, without its host."""
    return _remembered(endpoint, flask.request.script_root, tuple(values.items()))


@lru_cache(maxsize=1 << 16)
def _remembered(endpoint: str, _root: str, values: tuple[tuple[str, Any], ...]) -> str:
    return flask.url_for(endpoint, **dict(values))
