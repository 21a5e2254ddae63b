"""Why a camera does what it does, in the page's language: cameras say it in English.

The sentences of our own software are known and translated; what is in none of them is shown as the camera's own words.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hub.public.phrases import number
from hub.public.wording import _

_Translation = Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a reason: in the page's language, or in the camera's own words."""

    text: str
    own_words: bool


def sentences(reason: str) -> list[Sentence]:
    """Return the sentences of what a camera says; own words that follow one another stay together."""
    found: list[Sentence] = []
    for sentence in _each(reason.strip()):
        if found and sentence.own_words and found[-1].own_words:
            both = f"{found[-1].text} {sentence.text}"
            found[-1] = Sentence(both, own_words=True)
        else:
            found.append(sentence)
    return found


def _each(rest: str) -> Iterator[Sentence]:
    while rest:
        known = next(
            ((m, say) for pattern, say in _KNOWN if (m := pattern.match(rest))), None
        )
        if known:
            match, say = known
            yield Sentence(say(match), own_words=False)
            end = match.end()
        else:
            own = _ANY.match(rest)
            end = own.end() if own else len(rest)
            yield Sentence(rest[:end].strip(), own_words=True)
        rest = rest[end:].lstrip()


def _degrees(text: str) -> str:
    return number(float(text), len(text.partition(".")[2]))


_ANY = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_KNOWN: tuple[tuple[re.Pattern[str], _Translation], ...] = (
    (
        re.compile(rf"It is day: frames are taken when the sun is below {_NUMBER}°\."),
        lambda match: _(
            "It is day there: frames are taken when the sun is below %(altitude)s°.",
            altitude=_degrees(match[1]),
        ),
    ),
    (
        re.compile(rf"The sun does not sink below {_NUMBER}° in these days\."),
        lambda match: _(
            "The sun does not sink below %(altitude)s° there in these days.",
            altitude=_degrees(match[1]),
        ),
    ),
    (
        re.compile(r"The clock is not set \(it says [\d-]+\): no frames until it is\."),
        lambda _match: _("Its clock is not set yet, and it takes no frames before."),
    ),
    (
        re.compile(r"Waiting for the next frame\."),
        lambda _match: _("It waits for the next frame."),
    ),
    (
        re.compile(r"Exposing for [^.]*(?:\.\d[^.]*)*\."),
        lambda _match: _("It exposes a frame."),
    ),
    (
        re.compile(r"No frame from the camera:"),
        lambda _match: _("No frame comes from the camera module."),
    ),
    (
        re.compile(r"There is no new frame:"),
        lambda _match: _("There is no new frame."),
    ),
    (
        re.compile(r"It is opened again\."),
        lambda _match: _("It is opened again."),
    ),
    (
        re.compile(r"The program begins anew\."),
        lambda _match: _("The program begins anew."),
    ),
)
