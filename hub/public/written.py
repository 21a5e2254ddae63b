"""Numbers and dates as a language writes them, remembered: a page has hundreds, the next page mostly the same ones."""

import datetime as dt
from functools import lru_cache

from babel import dates, numbers

_REMEMBERED = 1 << 15


@lru_cache(maxsize=_REMEMBERED)
def number(value: float, decimals: int, locale: str) -> str:
    """Return a number with so many decimals, its sign a real minus."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text = numbers.format_decimal(value, format=pattern, locale=locale)
    zero = text.strip("-0.,") == ""
    return text.lstrip("-") if zero else text.replace("-", "\u2212")


@lru_cache(maxsize=_REMEMBERED)
def date(day: dt.date, form: str, locale: str) -> str:
    """Return a date in a form of Babel's: 'long', 'ccc', 'LLL'."""
    return dates.format_date(day, form, locale=locale)


@lru_cache(maxsize=_REMEMBERED)
def skeleton(day: dt.date, form: str, locale: str) -> str:
    """Return those parts of a date that a skeleton names, as the language orders them: 'MMMd', 'yMMMM'."""
    return dates.format_skeleton(form, day, locale=locale)
