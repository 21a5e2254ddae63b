"""The lines of the overlay: text with variables in braces, in parts that are left out when a value is missing."""

from collections.abc import Mapping
from difflib import get_close_matches
from string import Formatter

from products.quantities import QUANTITIES

SEPARATOR = " · "
ALIASES = {"stars": "star_count"}
"""Shorter names of quantities."""

_OF_THE_FRAME = (
    "site",
    "local_time",
    "utc",
    "date",
    "time",
    "night",
    "exposure",
    "gain",
    "sensor_temperature",
    "sun",
    "moon",
)
VARIABLES = (*_OF_THE_FRAME, *ALIASES, *QUANTITIES)


def checked(template: list[str]) -> list[str]:
    """Return a template; raise ValueError when it has a variable that does not exist, or half a brace."""
    for line in template:
        try:
            names = variables(line)
        except ValueError as error:
            raise ValueError(
                f"in {line!r} the braces do not match ({error}): a variable is a name such as {{site}}"
            ) from None
        for name in names:
            if name not in VARIABLES:
                close = get_close_matches(name, VARIABLES, n=1)
                hint = f"did you mean {{{close[0]}}}?" if close else _known()
                raise ValueError(f"unknown variable {{{name}}}, {hint}")
    return template


def variables(line: str) -> list[str]:
    """Return the names of the variables in a line; raise ValueError when its braces do not match."""
    return [
        name + (f":{form}" if form else "") + (f"!{conversion}" if conversion else "")
        for _, name, form, conversion in Formatter().parse(line)
        if name is not None
    ]


def filled(template: list[str], values: Mapping[str, str]) -> list[str]:
    """Return the lines of a template with its variables replaced.

    A line has parts, with `SEPARATOR` between them. A part with a variable that has no value is left out, and so is a
    line that has no part left.
    """
    lines = (
        SEPARATOR.join(
            part.format_map(values)
            for part in line.split(SEPARATOR)
            if all(name in values for name in variables(part))
        )
        for line in template
    )
    return [line for line in lines if line.strip()]


def _known() -> str:
    return f"the variables are {', '.join(VARIABLES)}"
