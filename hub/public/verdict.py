"""The verdict on a night, in sentences: how long it was dark, how dark the sky became, where the moon was."""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from hub.db.products import Product
from hub.public.heaven import NightSky
from hub.public.phrases import clock_time, duration, number
from hub.public.wording import _, ngettext
from products.sun import Interval

_ALL_BUT = dt.timedelta(
    minutes=5
)  # up so nearly all the time that a clock time would be pedantry


def verdict(
    frames: int,
    sky: NightSky | None,
    darkest: tuple[dt.datetime, float] | None,
    zone: ZoneInfo,
) -> list[str]:
    """Return the sentences; what is not known is not said."""
    sentences = [_frames(frames, sky)]
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


def _moon(sky: NightSky, zone: ZoneInfo) -> str:
    lit = number(100 * sky.moon.illuminated)
    down = Interval(sky.sun_down[0].start_utc, sky.sun_down[-1].end_utc)
    if not sky.moon_up:
        return _("The moon stayed below the horizon.")
    up = Interval(sky.moon_up[0].start_utc, sky.moon_up[-1].end_utc)
    early = up.start_utc - down.start_utc < _ALL_BUT
    late = down.end_utc - up.end_utc < _ALL_BUT
    rise, set_ = clock_time(up.start_utc, zone), clock_time(up.end_utc, zone)
    if len(sky.moon_up) > 1 or (early and late):
        whole = len(sky.moon_up) == 1
        if whole:
            return _("The moon, %(lit)s%% lit, was up all night.", lit=lit)
        rise, set_ = (
            clock_time(sky.moon_up[-1].start_utc, zone),
            clock_time(sky.moon_up[0].end_utc, zone),
        )
        return _(
            "The moon, %(lit)s%% lit, was up until %(set)s and again from %(rise)s.",
            lit=lit, set=set_, rise=rise,
        )  # fmt: skip
    if early:
        return _("The moon, %(lit)s%% lit, set at %(time)s.", lit=lit, time=set_)
    if late:
        return _("The moon, %(lit)s%% lit, rose at %(time)s.", lit=lit, time=rise)
    return _(
        "The moon, %(lit)s%% lit, was up from %(rise)s to %(set)s.",
        lit=lit, rise=rise, set=set_,
    )  # fmt: skip
