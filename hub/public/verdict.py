"""The verdict on a night, in sentences: how long it was dark, how dark the sky became, where the moon was."""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from hub.db.products import Product
from hub.public.clear_sky import Clearness
from hub.public.heaven import NightSky
from hub.public.phrases import clock_time, duration, number
from hub.public.wording import _, ngettext

# A moon that sets within minutes of sunrise was up all night: a clock time would be pedantry.
_NEARLY = dt.timedelta(minutes=5)
_SPELLS = 3  # of clear sky, at most: more would be a list


def verdict(
    frames: int,
    sky: NightSky | None,
    clear: Clearness | None,
    darkest: tuple[dt.datetime, float] | None,
    zone: ZoneInfo,
) -> list[str]:
    """Return the sentences; what is not known is not said."""
    sentences = [_frames(frames, sky)]
    if clear:
        sentences.append(_clear(clear, zone))
    if darkest:
        moment, brightness = darkest
        sentences.append(
            _(
                "The sky was darkest at %(time)s: %(value)s mag/arcsec².",
                time=clock_time(moment, zone),
                value=number(brightness, 2),
            )
        )
    if sky and sky.sun_down:
        sentences.append(_moon(sky, zone))
    return sentences


def times_of(
    products: Mapping[str, Product], sky: NightSky | None
) -> list[tuple[str, dt.datetime]]:
    """Return the times worth knowing about a night, in their order: (what happens, when)."""
    found = []
    if sky and sky.sun_down:
        found += [
            (_("Sunset"), sky.sun_down[0].start_utc),
            (_("Sunrise"), sky.sun_down[-1].end_utc),
        ]
    if sky and sky.dark:
        found += [
            (_("Darkness begins"), sky.dark[0].start_utc),
            (_("Darkness ends"), sky.dark[-1].end_utc),
        ]
    manifests = [one.manifest for one in products.values()]
    first = min((one.first for one in manifests if one.first), default=None)
    last = max((one.last for one in manifests if one.last), default=None)
    if first and last:
        found += [(_("First frame"), first), (_("Last frame"), last)]
    return sorted(found, key=lambda one: one[1])


def _frames(frames: int, sky: NightSky | None) -> str:
    count = ngettext(
        "%(count)s frame", "%(count)s frames", frames, count=number(frames)
    )
    if sky is None:
        return f"{count}."
    if not sky.dark:
        return _("%(frames)s of a night that never became fully dark.", frames=count)
    return _(
        "%(frames)s, %(duration)s of full darkness.",
        frames=count,
        duration=duration(sky.darkness),
    )


def _clear(clear: Clearness, zone: ZoneInfo) -> str:
    """Say when it was clear: the longest spells, in their order."""
    if clear.all_night:
        return _("Clear all night.")
    longest = sorted(clear.spells, key=lambda one: one.length, reverse=True)
    spells = [
        _(
            "from %(begin)s to %(end)s",
            begin=clock_time(one.start_utc, zone),
            end=clock_time(one.end_utc, zone),
        )
        for one in sorted(longest[:_SPELLS], key=lambda one: one.start_utc)
    ]
    match spells:
        case []:
            return _("Clouds all night.")
        case [*others, last] if others:
            both = _("%(others)s and %(last)s", others=", ".join(others), last=last)
            return _("Clear %(spells)s.", spells=both)
        case _:
            return _("Clear %(spells)s.", spells=spells[0])


def _moon(sky: NightSky, zone: ZoneInfo) -> str:
    if not sky.moon_up:
        return _("The moon stayed below the horizon.")
    first, last = sky.moon_up[0], sky.moon_up[-1]
    lit = number(100 * sky.moon.illuminated)
    if first is not last:
        return _(
            "The moon, %(lit)s%% lit, was up until %(set)s and again from %(rise)s.",
            lit=lit,
            set=clock_time(first.end_utc, zone),
            rise=clock_time(last.start_utc, zone),
        )
    rise, set_ = clock_time(first.start_utc, zone), clock_time(first.end_utc, zone)
    up_at_dusk = first.start_utc - sky.sun_down[0].start_utc < _NEARLY
    up_at_dawn = sky.sun_down[-1].end_utc - first.end_utc < _NEARLY
    match up_at_dusk, up_at_dawn:
        case True, True:
            words = _("The moon, %(lit)s%% lit, was up all night.", lit=lit)
        case True, False:
            words = _("The moon, %(lit)s%% lit, set at %(time)s.", lit=lit, time=set_)
        case False, True:
            words = _("The moon, %(lit)s%% lit, rose at %(time)s.", lit=lit, time=rise)
        case _:
            words = _(
                "The moon, %(lit)s%% lit, was up from %(rise)s to %(set)s.",
                lit=lit,
                rise=rise,
                set=set_,
            )
    return words
