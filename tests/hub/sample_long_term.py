"""Months, seasons and years for the sample hub: strips and clips of made-up nights, joined by the real programs."""

import datetime as dt
import math

import numpy as np

from products import sun
from products.clips import Clip, Picture, framed, write_clip
from products.longterm import write_keogram
from products.night import Night
from products.night_strip import SKY_ROWS, NightStrip, write_strip
from products.period import Length, Period
from products.period_video import write_period_video
from products.utc import utc_text

from . import sample_sky as sky


def leave_nights(folder, site, nights):
    """Leave strip and clip of each night in ``folder/<night>``."""
    for number, night in enumerate(nights):
        place = folder / night.name
        place.mkdir(parents=True, exist_ok=True)
        write_strip(place, _strip(site, night, number))
        picture = sky.disc(160, -30, site.weather[number % len(site.weather)])
        middle = night.start_utc + night.length / 2
        write_clip(
            place, [Picture("a", middle, framed(picture, night))], folder / "memory"
        )


def publish(hub, key, site, folder, periods, rev=1):
    """Publish keogram and video of each period, made of the nights in ``folder``."""
    nights = {one.name: one for one in sorted(folder.glob("????-??-??"))}
    known = tuple(Night.named(name, site.tz) for name in (min(nights), max(nights)))
    for period in periods:
        target = folder / period.name
        inside = [nights[one.name] for one in period.nights if one.name in nights]
        clips = {path: Clip.read(path) for path in inside}
        made = [write_period_video(target, period, clips, folder / "memory")]
        if period.length is not Length.SEASON:
            made.append(write_keogram(target, period, nights, site.place, known))
        for product in made:
            _send(hub, key, period, target, product, rev)


def periods_of(nights):
    """Return all months, seasons and years of some nights."""
    return list({Period.of(one, length): None for one in nights for length in Length})


def nights_between(site, first, last):
    """Return the nights from one date to another, inclusive."""
    days = (last - first).days + 1
    return [Night(first + dt.timedelta(days=day), site.tz) for day in range(days)]


def _strip(site, night, number):
    """Return a night whose sky is as light as its sun makes it, and now and then clouded."""
    minutes = round(night.length.total_seconds() / 60)
    step = 10
    altitudes = [
        sun.sun_altitude_deg(site.place, night.start_utc + dt.timedelta(minutes=m))
        for m in range(0, minutes, step)
    ]
    altitude = np.repeat(altitudes, step)[:minutes]
    seen = altitude < sun.SUNRISE_DEG
    cloud = 0.5 + 0.5 * math.sin(number * 1.7)
    dusk = np.clip((altitude + 16) / 16, 0, 1)[:, None] ** 2
    colour = np.array((14, 20, 38)) + 30 * cloud + dusk * np.array((60, 110, 170))
    zenith = np.clip(colour, 0, 255).astype(np.uint8)
    rows = np.linspace(1.3, 0.8, SKY_ROWS)[:, None, None]
    return NightStrip(np.clip(zenith[::10] * rows, 0, 255).astype(np.uint8), zenith, seen)  # fmt: skip


def _send(hub, key, period, folder, product, rev):
    def blob(made):
        content = (folder / made.path).read_bytes()
        return hub.blob(key, content, made.type, made.width, made.height)

    times = {"first": product.first_utc, "last": product.last_utc}
    manifest = {
        **blob(product),
        "frames": product.frames,
        "facts": product.facts,
        "variants": {name: blob(one) for name, one in product.variants.items()},
        **{name: utc_text(moment) for name, moment in times.items() if moment},
    }
    if product.sidecar:
        manifest["sidecar"] = blob(product.sidecar)
    hub.publish(key, period.nights[0].name, product.kind, manifest, rev)
