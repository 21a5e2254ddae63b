"""All cameras at once, as the home page shows them, from one query a table; and what a visitor chooses among them."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from hub.db import cameras, products, profiles, xp
from hub.public.cards import FRESH, Card
from hub.public.heaven import is_dark
from hub.public.phrases import country_name
from hub.series import LatestReading, records
from hub.status import State

STATES = ("online", "dark")
SORTS = ("number", "name", "darkest", "newest")
VIEWS = ("discs", "list", "map")
_LONGEST_SEARCH = 60
_ONLINE = (State.LIVE, State.LATE, State.ASLEEP)


@dataclass(frozen=True, slots=True)
class Entry:
    """A camera in the overview: its card, its level, whether it has a profile, and what it measures."""

    card: Card
    level: int | None
    has_profile: bool
    sensors: frozenset[str]
    sky_brightness: LatestReading | None
    cloud_cover: LatestReading | None
    is_dark: bool

    @property
    def states(self) -> tuple[str, ...]:
        """The filters of the state that it passes."""
        online = self.card.status.state in _ONLINE
        passed = {"online": online, "dark": self.is_dark}
        return tuple(name for name in STATES if passed[name])

    @property
    def words(self) -> str:
        """What a search looks into."""
        camera = self.card.camera
        country = country_name(camera.country)
        return f"{camera.name} {camera.id} {country}".lower()


@dataclass(frozen=True, slots=True)
class Wish:
    """Which cameras a visitor wants to see, in which order, and how; empty is 'all'."""

    search: str = ""
    state: str = ""
    country: str = ""
    sensor: str = ""
    sort: str = SORTS[0]
    view: str = VIEWS[0]

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Wish":
        """Return what a query asks for; what means nothing is left out."""
        return cls(
            search=asked.get("q", "")[:_LONGEST_SEARCH].strip(),
            state=_one_of(asked.get("state"), ("", *STATES)),
            country=asked.get("country", "")[:2],
            sensor=asked.get("sensor", "")[:32],
            sort=_one_of(asked.get("sort"), SORTS),
            view=_one_of(asked.get("view"), VIEWS),
        )

    def wants(self, entry: Entry) -> bool:
        """Return whether a camera is among those that the visitor wants to see."""
        return (
            self.search.lower() in entry.words
            and (not self.state or self.state in entry.states)
            and (not self.country or self.country == entry.card.camera.country)
            and (not self.sensor or self.sensor in entry.sensors)
        )

    def in_order(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the cameras in the order that the visitor wants."""
        keys: dict[str, Callable[[Entry], Any]] = {
            "number": lambda one: one.card.camera.id,
            "name": lambda one: one.card.camera.name.casefold(),
            "darkest": lambda one: (
                -one.sky_brightness.value if one.sky_brightness else 0
            ),
            "newest": lambda one: -one.card.camera.created_utc.timestamp(),
        }
        return sorted(entries, key=keys[self.sort])


def overview(db: Database, readings: Database, now: dt.datetime) -> list[Entry]:
    """Return every camera that visitors may see."""
    live = products.live_frames(db)
    levels = xp.levels(db)
    with_profile = profiles.cameras_with_profile(db)
    newest = records.newest_of(readings, ("sky_brightness", "cloud_cover"))
    sensors = records.sensors_of_all(readings)
    entries = []
    for camera in cameras.public_cameras(db):
        fresh = {
            one.quantity: one
            for one in newest.get(camera.id, ())
            if now - one.taken_utc <= FRESH
        }
        entries.append(
            Entry(
                card=Card.of(camera, live.get(camera.id), now),
                level=levels.get(camera.id),
                has_profile=camera.id in with_profile,
                sensors=sensors.get(camera.id, frozenset()),
                sky_brightness=fresh.get("sky_brightness"),
                cloud_cover=fresh.get("cloud_cover"),
                is_dark=camera.place is not None and is_dark(camera.place, now),
            )
        )
    return entries


def _one_of(asked: str | None, known: Sequence[str]) -> str:
    return next((one for one in known if one == asked), known[0])
