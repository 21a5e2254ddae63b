"""The network tonight: how many cameras are live and in the dark, where the sky is darkest, where it is clearest."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from hub.public.cards import Card
from hub.public.heaven import next_darkness
from hub.public.moon import MoonFace, moon_face
from hub.public.overview import Entry
from hub.series import LatestReading
from hub.status import State

CLEAR_BELOW = 50.0  # percent of clouds; nobody would call a sky with more of them clear

Best = tuple[Card, LatestReading]


@dataclass(frozen=True, slots=True)
class Tonight:
    """What the home page says above the discs; None where there is nothing to say."""

    live: int
    dark: int
    next_dark: tuple[Card, dt.datetime] | None
    darkest: Best | None
    clearest: Best | None
    moon: MoonFace | None


def tonight(entries: Sequence[Entry], now: dt.datetime) -> Tonight:
    """Return the state of the network."""
    dark = sum(one.is_dark for one in entries)
    brightness = [(e.card, e.sky_brightness) for e in entries if e.sky_brightness]
    clouds = [
        (e.card, e.cloud_cover)
        for e in entries
        if e.is_dark and e.cloud_cover and e.cloud_cover.value < CLEAR_BELOW
    ]
    place = next((e.card.camera.place for e in entries if e.card.camera.place), None)
    return Tonight(
        live=sum(one.card.status.state is State.LIVE for one in entries),
        dark=dark,
        next_dark=None if dark else _next_dark(entries, now),
        darkest=max(brightness, key=lambda one: one[1].value, default=None),
        clearest=min(clouds, key=lambda one: one[1].value, default=None),
        moon=moon_face(place, now) if place else None,
    )


def _next_dark(
    entries: Sequence[Entry], now: dt.datetime
) -> tuple[Card, dt.datetime] | None:
    """Return which camera gets dark next, and when."""
    coming = []
    for card in (one.card for one in entries):
        place = card.camera.place
        darkness = next_darkness(place, card.tonight, now) if place else None
        if darkness and darkness.start_utc > now:
            coming.append((card, darkness.start_utc))
    return min(coming, key=lambda one: one[1], default=None)
