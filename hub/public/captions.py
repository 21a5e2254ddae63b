"""What stands beside and behind pictures: captions, labels, alternative texts."""

import datetime as dt

from flask import Flask

from hub.public.availability import availability_words
from hub.public.calendar import Range
from hub.public.longterm import Film, Keogram
from hub.public.night_events import event_words
from hub.public.nights import NightChart
from hub.public.phrases import film_length, number, quantity_name
from hub.public.wording import _, ngettext
from products.manifest import ProductManifest
from products.quantities import QUANTITIES


def init_app(app: Flask) -> None:
    """Offer the captions to templates."""
    for caption in (
        trails_words, comet_words, no_trails_words, chart_words, range_words, hardware_part, unit_of, decimals_of,
        period_words, availability_words, event_words,
    ):  # fmt: skip
        app.jinja_env.globals[caption.__name__] = caption


def trails_words(manifest: ProductManifest) -> str:
    """Return how many frames make the startrails, and why the others do not."""
    sentence = _("Startrails of %(frames)s frames", frames=number(manifest.frames))
    reasons = _reasons(manifest)
    return f"{sentence}. {reasons}" if reasons else sentence


def comet_words(manifest: ProductManifest) -> str:
    """Return what startrails that fade are, and how fast they do where it is known."""
    half_life_min = manifest.facts.get("half_life_min")
    if not isinstance(half_life_min, int | float):
        return _("Startrails that fade behind the stars")
    return _(
        "Startrails that fade behind the stars, to half in %(minutes)s minutes",
        minutes=number(half_life_min),
    )


def no_trails_words(night: ProductManifest | None) -> str:
    """Return why a night has no startrails, or nothing when nobody knows."""
    reasons = _reasons(night) if night else ""
    sentence = _("No startrails.")
    return f"{sentence} {reasons}" if reasons else ""


def _reasons(manifest: ProductManifest) -> str:
    """Return which frames were left out, in a sentence, most frequent reason first."""
    left_out = manifest.facts.get("left_out")
    if not isinstance(left_out, dict):
        return ""
    words = {
        "sun_too_high": _("in twilight"),
        "too_bright": _("brighter than this night's sky"),
        "before_darkness": _("from before the sky became darker"),
        "dark_start": _("much darker than the sky that followed"),
        "over_limit": _("brighter than the limit"),
        "outside_night": _("outside the night"),
    }
    parts = [
        f"{number(count)} {words[reason]}"
        for reason, count in left_out.items()
        if reason in words and isinstance(count, int) and count > 0
    ]
    return _("Left out: %(reasons)s.", reasons=", ".join(parts)) if parts else ""


def chart_words(shown: NightChart) -> str:
    """Return what a chart shows, for those who cannot see it: each quantity with its range."""
    names = ", ".join(quantity_name(name) for name in shown.quantities)
    levels, decimals = shown.chart.levels, shown.chart.decimals
    return _(
        "%(names)s over the night, scale from %(low)s to %(high)s %(unit)s",
        names=names,
        low=number(levels[0].value, decimals),
        high=number(levels[-1].value, decimals),
        unit=unit_of(shown.quantities[0]),
    )


def range_words(span: Range) -> str:
    """Return what became of a range of months that could not be shown as asked for, or nothing."""
    match span.note:
        case "turned":
            return _("The first month came after the last; they are swapped.")
        case "cut":
            return ngettext(
                "Only the last %(num)d month is shown.",
                "Only the last %(num)d months are shown.",
                len(span.months),
            )
        case "unreadable":
            return _("A month is written like 2026-11; these are the newest ones.")
        case _:
            return ""


def period_words(shown: Keogram | Film) -> str:
    """Return what is in the keogram or video of a period: how many nights, how long, and whether it still grows."""
    words = []
    if shown.nights is not None:
        count = number(shown.nights)
        words.append(
            ngettext("%(count)s night", "%(count)s nights", shown.nights, count=count)
        )
    if isinstance(shown, Film) and shown.length:
        words.append(film_length(shown.length))
    if isinstance(shown, Keogram) and shown.observed:
        hours = shown.observed / dt.timedelta(hours=1)
        words.append(f"{number(hours)}\u202fh")
    if not shown.product.manifest.final:
        words.append(_("still growing"))
    return " · ".join(words)


def hardware_part(part: str) -> str:
    """Return the name of a part of a camera; an unknown one keeps its own."""
    known = {
        "camera": _("Camera"),
        "sensor": _("Image sensor"),
        "lens": _("Lens"),
        "computer": _("Computer"),
        "housing": _("Housing"),
    }
    return known.get(part, part.replace("_", " ").capitalize())


def unit_of(quantity: str) -> str:
    """Return the unit of a quantity, empty for one without."""
    known = QUANTITIES.get(quantity)
    return known.unit if known else ""


def decimals_of(quantity: str, value: float) -> int:
    """Return how many decimals of a quantity are worth showing: of a large value, no more than five digits in all."""
    known = QUANTITIES.get(quantity)
    before_the_point = len(str(int(abs(value))))
    return min(known.decimals if known else 2, max(0, 5 - before_the_point))
