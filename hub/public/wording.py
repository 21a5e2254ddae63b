"""Flask-Babel's two functions with types: what is marked with them is translated (``hub/translations``)."""

import flask_babel


def _(message: str, **values: object) -> str:
    """Return a message in the page's language, its placeholders filled."""
    return str(flask_babel.gettext(message, **values))


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Return a message for ``count`` things, which it may name as ``%(num)d``."""
    return str(flask_babel.ngettext(one, many, count, **values))
