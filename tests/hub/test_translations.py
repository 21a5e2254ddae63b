from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from hub.public.languages import DEFAULT, LANGUAGES

HUB = Path(__file__).parents[2] / "hub"
TRANSLATED = sorted(set(LANGUAGES) - {DEFAULT})
UPDATE = (
    "see hub/translations/babel.cfg for the commands that bring translations up to date"
)


def folder(code):
    return HUB / "translations" / code / "LC_MESSAGES"


def catalog(code):
    with (folder(code) / "messages.po").open("rb") as file:
        return read_po(file, locale=code)


def marked():
    """Return every message that the hub's code and templates mark for translation."""
    with (HUB / "translations" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    return {message for _, _, message, _, _ in extract_from_dir(HUB, methods, options)}


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated_and_none_is_left_over(code):
    known = {message.id for message in catalog(code) if message.id}
    assert marked() == known, UPDATE


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_translation_is_empty_or_a_guess(code):
    for message in catalog(code):
        if message.id:
            texts = (
                [message.string] if isinstance(message.string, str) else message.string
            )
            assert all(texts), message.id
            assert not message.fuzzy, message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_translations_use_the_placeholders_of_their_source(code):
    for message in catalog(code):
        assert not list(message.check()), message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_the_compiled_translations_are_up_to_date(code):
    with (folder(code) / "messages.mo").open("rb") as file:
        compiled = texts(read_mo(file))
    assert compiled == texts(catalog(code)), UPDATE


def texts(messages):
    return {
        tuple(message.id): tuple(message.string) for message in messages if message.id
    }
