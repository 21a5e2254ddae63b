"""The network tonight: how many cameras are live, how many stand in the dark, where the sky is darkest."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.public.cards import FRESH, Card
from hub.public.heaven import is_dark, next_darkness
from hub.public.moon import MoonFace, moon_face
from hub.series import LatestReading
from hub.status import State


@dataclass(frozen=True, slots=True)
class Tonight:
    """What the home page says above the discs; None where there is nothing to say."""

    live: int
    dark: int
    next_dark: tuple[Card, dt.datetime] | None
    darkest: tuple[Card, LatestReading] | None
    moon: MoonFace | None


def tonight(
    cards: Sequence[Card],
    readings: Mapping[str, Sequence[LatestReading]],
    now: dt.datetime,
) -> Tonight:
    """Return the state of the network, given the newest readings of each camera by its ID."""
    placed = [(card, card.camera.place) for card in cards if card.camera.place]
    dark = sum(is_dark(place, now) for _, place in placed if place)
    coming = [
        (card, begin.start_utc)
        for card, place in placed
        if place
        and (begin := next_darkness(place, card.tonight, now))
        and begin.start_utc > now
    ]
    measured = [
        (card, one)
        for card in cards
        for one in readings.get(card.camera.id, ())
        if one.quantity == "sky_brightness" and now - one.taken_utc <= FRESH
    ]
    place = next((place for _, place in placed), None)
    return Tonight(
        live=sum(card.status.state is State.LIVE for card in cards),
        dark=dark,
        next_dark=min(coming, key=lambda one: one[1], default=None),
        darkest=max(measured, key=lambda one: one[1].value, default=None),
        moon=moon_face(place, now) if place else None,
    )
