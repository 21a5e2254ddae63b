"""Long texts of the pages: Markdown, one file a text and language, and what an operator has written instead.

A heading gets the anchor that stands behind it in braces, ``## Lens {#lens}``, the same in every language.
``$network``, ``$prefix`` (of camera IDs), ``$lang``, ``$url`` and ``$email`` stand for those of this network.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from string import Template

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from hub.config import HubSettings
from hub.site_settings import Language

FOLDER = Path(__file__).parent
_ANCHOR = re.compile(r"\s*\{#([a-z][a-z0-9-]*)\}$")
_NOT_IN_ANCHORS = re.compile(r"[^a-z0-9]+")


def own_text(name: str, language: str, settings: HubSettings) -> Markup:
    """Return one of our texts as HTML."""
    raw = (FOLDER / language / f"{name}.md").read_text(encoding="utf-8")
    return html_of(_filled(raw, language, settings))


def operators_text(
    said: Mapping[Language, str], language: str, settings: HubSettings
) -> Markup | None:
    """Return what the operator has written, as HTML: in this language, else in another; None when there is nothing.

    A value that ends in ``.md`` names a file in the data folder. One that cannot be read counts as not written.
    """
    words = {str(code): text for code, text in said.items()}
    raw = words.get(language) or next(iter(words.values()), "")
    if raw.endswith(".md") and "\n" not in raw:
        file = (settings.data / raw).resolve()
        if not file.is_relative_to(settings.data.resolve()) or not file.is_file():
            return None
        raw = file.read_text(encoding="utf-8", errors="replace")
    return html_of(_filled(raw, language, settings)) if raw.strip() else None


def contents(html: Markup) -> list[tuple[str, str]]:
    """Return (anchor, title) of the sections of a text, for the list that stands before it."""
    found = re.findall(r'<h2 id="([a-z0-9-]+)">(.*?)</h2>', html, re.DOTALL)
    return [(anchor, Markup(title).striptags()) for anchor, title in found]


@lru_cache(maxsize=64)
def html_of(markdown: str) -> Markup:
    """Return Markdown as HTML; tags in it are text, and links lead to the web, to mail or within the site only."""
    return Markup(_MARKDOWN.render(markdown))


def _filled(text: str, language: str, settings: HubSettings) -> str:
    values = {
        "network": settings.network,
        "prefix": settings.id_prefix,
        "url": settings.url.rstrip("/"),
        "email": settings.site.email,
        "lang": language,
    }
    return Template(text).safe_substitute(values)


def _name_headings(state: StateCore) -> None:
    """Give every heading an anchor: the one in braces behind it, else one made of its words."""
    seen: set[str] = set()
    for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type == "heading_open":
            anchor = _anchor_of(inline)
            while anchor in seen:
                anchor += "-"
            seen.add(anchor)
            opening.attrSet("id", anchor)


def _begin_below_the_title(state: StateCore) -> None:
    """Make headings of the first rank ones of the second: the page around the text has the first."""
    for token in state.tokens:
        if token.type.startswith("heading_") and token.tag == "h1":
            token.tag = "h2"


def _anchor_of(inline: Token) -> str:
    given = _ANCHOR.search(inline.content)
    if given and inline.children and inline.children[-1].type == "text":
        inline.content = _ANCHOR.sub("", inline.content)
        last = inline.children[-1]
        last.content = _ANCHOR.sub("", last.content)
        return given[1]
    return _NOT_IN_ANCHORS.sub("-", inline.content.lower()).strip("-") or "section"


def _keep_links_here(state: StateCore) -> None:
    """Leave only the words of links to files that lie beside the text: the site does not have them."""
    for token in state.tokens:
        if token.children:
            token.children = _without_file_links(token.children)


def _without_file_links(tokens: Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    dropped = False
    for token in tokens:
        if token.type == "link_open":
            target = str(token.attrGet("href") or "")
            dropped = not target.startswith(
                ("https://", "http://", "mailto:", "/", "#")
            )
        if not (dropped and token.type in ("link_open", "link_close")):
            kept.append(token)
        if token.type == "link_close":
            dropped = False
    return kept


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.core.ruler.push("begin_below_the_title", _begin_below_the_title)
    parser.core.ruler.push("name_headings", _name_headings)
    parser.core.ruler.push("keep_links_here", _keep_links_here)
    return parser


_MARKDOWN = _parser()
