"""Flask-Babel's two functions with types: what is marked with them is translated (``hub/translations``).

A translation is looked up once in each language and then remembered: a page has a hundred.
"""

from functools import lru_cache

import flask_babel
from flask import Flask

from hub.public.languages import locale_name


def init_app(app: Flask) -> None:
    """Let templates translate with the same memory."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # added by Jinja's extension
        _message, _plural, newstyle=True
    )


def _(message: str, **values: object) -> str:
    """Return a message in the page's language, its placeholders filled."""
    text = _message(message)
    return text % values if values else text


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Return a message for ``count`` things, which it may name as ``%(num)d``."""
    return str(flask_babel.ngettext(one, many, count, **values))


def _message(message: str) -> str:
    return _translated(message, locale_name())


def _plural(one: str, many: str, count: int) -> str:
    translations = flask_babel.get_domain().get_translations()
    return str(translations.ungettext(one, many, count))


@lru_cache(maxsize=1 << 14)
def _translated(message: str, _locale: str) -> str:
    """Return the translation into the language of this request, which is that of the locale."""
    return str(flask_babel.gettext(message))
