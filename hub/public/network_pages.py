"""The pages about the network: what it is in figures, how to help, how to build a camera, how to use the site."""

from pathlib import Path

from flask import abort, render_template

from hub import texts
from hub.db.requests import hub_now, hub_settings
from hub.public import statistics
from hub.public.blueprint import LANG, pages

# The description of the API lies with the source code; an installation without it has no such page.
API_TEXT = Path(__file__).parents[2] / "docs" / "api.md"


@pages.get(LANG + "/network")
def network_page(lang: str) -> str:
    """Show the network in figures."""
    return render_template(
        "network.html", figures=statistics.figures(hub_now()), now=hub_now()
    )


@pages.get(LANG + "/support")
def support(lang: str) -> str:
    """Say where help is, and how to help."""
    settings = hub_settings()
    return render_template(
        "support.html",
        text=texts.own_text("support", lang, settings),
        more=texts.operators_text(settings.site.support, lang, settings),
    )


@pages.get(LANG + "/building")
def building(lang: str) -> str:
    """Explain how to build a camera."""
    text = texts.own_text("building", lang, hub_settings())
    return render_template("building.html", text=text, sections=texts.contents(text))


@pages.get(LANG + "/docs")
def docs(lang: str) -> str:
    """Explain the site to visitors and to owners of cameras."""
    text = texts.own_text("docs", lang, hub_settings())
    return render_template(
        "docs.html",
        text=text,
        sections=texts.contents(text),
        has_api=API_TEXT.is_file(),
    )


@pages.get(LANG + "/docs/api")
def docs_api(lang: str) -> str:
    """Show the description of the API."""
    if not API_TEXT.is_file():
        abort(404)
    text = texts.html_of(API_TEXT.read_text(encoding="utf-8"))
    return render_template("docs_api.html", text=text, sections=texts.contents(text))


@pages.get(LANG + "/imprint")
def imprint(lang: str) -> str:
    """Say who runs the network."""
    settings = hub_settings()
    written = texts.operators_text(settings.site.imprint, lang, settings)
    return render_template("imprint.html", text=written)


@pages.get(LANG + "/privacy")
def privacy(lang: str) -> str:
    """Say what is stored: in the operator's words, else what the software does."""
    settings = hub_settings()
    written = texts.operators_text(settings.site.privacy, lang, settings)
    text = written or texts.own_text("privacy", lang, settings)
    return render_template("privacy.html", text=text)
