"""The highlights of the network: what somebody has picked out, by category, year and camera."""

from dataclasses import dataclass
from math import ceil
from typing import Literal

from flask import Flask, render_template, request

from hub.db import highlights
from hub.db.highlights import Category, Highlight, Wanted
from hub.db.requests import hub_db
from hub.public.blueprint import LANG, pages
from hub.public.phrases import clock_time, date, night_title, period_title
from hub.public.wording import _
from products.manifest import FRAME_KIND, PERIOD_KINDS
from products.night import Night
from products.period import Length, Period

PER_PAGE = 48
STRIP = 6


@dataclass(frozen=True, slots=True)
class Filter:
    """A list to choose from: its options by value, in words, and the chosen value, empty for all."""

    name: str
    label: str
    options: dict[str, str]
    chosen: str


@dataclass(frozen=True, slots=True)
class Pager:
    """One page of many: its number, from 1, and how many there are."""

    number: int
    count: int


def init_app(app: Flask) -> None:
    """Let templates name highlights."""
    app.jinja_env.globals.update(
        category_name=category_name, highlight_shape=shape, highlight_when=when,
        period_kinds=PERIOD_KINDS,
    )  # fmt: skip


def for_camera(camera_id: str, limit: int = STRIP) -> list[Highlight]:
    """Return the newest highlights of one camera, for a strip on its page (`_highlights.html`)."""
    return highlights.visible_highlights(hub_db(), Wanted(camera_id=camera_id), limit)


def newest(limit: int = STRIP) -> list[Highlight]:
    """Return the newest highlights of the network."""
    return highlights.visible_highlights(hub_db(), limit=limit)


@pages.get(LANG + "/highlights")
def highlights_page(lang: str) -> str:
    """Show the highlights that a visitor asks for; a filter that means nothing is left out."""
    db = hub_db()
    filters = _filters()
    chosen = {one.name: one.chosen for one in filters if one.chosen}
    wanted = Wanted(
        category=Category(chosen["category"]) if "category" in chosen else None,
        year=int(chosen["year"]) if "year" in chosen else None,
        camera_id=chosen.get("camera"),
    )
    count = highlights.count_visible(db, wanted)
    pager = _pager(count)
    skip = (pager.number - 1) * PER_PAGE
    return render_template(
        "highlights.html",
        shown=highlights.visible_highlights(db, wanted, PER_PAGE, skip),
        count=count,
        pager=pager,
        filters=filters,
        query=chosen,
    )


def _filters() -> list[Filter]:
    """Return what visitors can choose among; nothing when there are no highlights."""
    choices = highlights.visible_choices(hub_db())
    if not choices:
        return []
    categories = {category for category, *_rest in choices}
    years = sorted({year for _category, year, *_rest in choices}, reverse=True)
    options = {
        "category": {
            one.value: category_name(one) for one in Category if one in categories
        },
        "year": {str(year): str(year) for year in years},
        "camera": {camera_id: name for *_rest, camera_id, name in choices},
    }
    labels = {"category": _("Category"), "year": _("Year"), "camera": _("Camera")}
    return [
        Filter(name, labels[name], known, asked if asked in known else "")
        for name, known in options.items()
        for asked in [_asked(name)]
    ]


def category_name(category: Category) -> str:
    """Return what visitors call a category."""
    words = {
        Category.AURORA: _("Aurora"),
        Category.CLEAR_SKY: _("Clear sky"),
        Category.STARTRAILS: _("Startrails"),
        Category.METEOR: _("Meteor"),
        Category.MOON: _("Moon"),
        Category.CLOUDS: _("Clouds"),
        Category.OTHER: _("Other"),
    }
    return words[category]


def shape(highlight: Highlight) -> Literal["ribbon", "round", "wide"]:
    """Return how a highlight's picture is shown: as a ribbon, cut to the camera's circle, or as it is."""
    kind = highlight.product.kind
    if kind.endswith("keogram"):
        return "ribbon"
    return "wide" if kind in (*PERIOD_KINDS, "sqm") else "round"


def when(highlight: Highlight) -> str:
    """Return the time of a highlight in words: a night, the moment of a frame, a month, a season or a year."""
    product = highlight.product
    night = Night.named(product.night, highlight.zone)
    if product.kind in PERIOD_KINDS:
        length = Length(product.kind.partition("-")[0])
        return period_title(Period(length, night.evening, highlight.zone), None)
    taken_utc = product.manifest.first
    if product.kind == FRAME_KIND and taken_utc:
        day = taken_utc.astimezone(highlight.zone).date()
        return f"{date(day)}, {clock_time(taken_utc, highlight.zone)}"
    return night_title(night)


def _asked(name: str) -> str:
    return request.args.get(name, "")


def _pager(count: int) -> Pager:
    """Return the page that is asked for, or the nearest there is."""
    last = max(1, ceil(count / PER_PAGE))
    asked = _asked("page")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
    return Pager(min(max(number, 1), last), last)
