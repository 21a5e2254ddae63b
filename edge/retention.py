"""Care of the disk: what is too old goes, and when the disk is nearly full the oldest goes earlier.

Things go in the order of their worth: pieces of finished videos, frames of the day, frames of the night, products;
within each the oldest first, and what still waits for the hub after all else. The night of now, favourite nights,
unfinished nights and the strips of which months and years are made never go. Files are removed before their records,
so that it works on a full disk, too; a crash in between leaves records without files, which the next round removes.
"""

import datetime as dt
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from edge.clock import Clock
from edge.config import Settings
from edge.outbox import Outbox
from edge.store import Store
from edge.store_disk import (
    favourites,
    forget_frames,
    frame_paths,
    nights_to_send,
    stored_frames,
)
from products.night import Night
from products.night_strip import SKY_NAME, ZENITH_NAME

ROUND_EVERY = dt.timedelta(hours=1)
# Small files of a night's products that stay: they are what long-term products and pages are made of.
_STAY = ("*.json", "keogram.columns", SKY_NAME, ZENITH_NAME, "clip*")

log = logging.getLogger(__name__)


class Kind(IntEnum):
    """What can go, what is worth least first."""

    SEGMENTS = 0
    DAY_FRAMES = 1
    FRAMES = 2
    PRODUCTS = 3


WORDS = {
    Kind.SEGMENTS: "pieces of the finished video",
    Kind.DAY_FRAMES: "frames of the day",
    Kind.FRAMES: "frames",
    Kind.PRODUCTS: "products",
}


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can go: one kind of thing of one night."""

    kind: Kind
    night: str
    waits_for_hub: bool

    @property
    def order(self) -> tuple[bool, Kind, str]:
        """What goes first when the disk is full."""
        return (self.waits_for_hub, self.kind, self.night)


@dataclass(frozen=True, slots=True)
class Plan:
    """How the disk is used, for people."""

    free_bytes: int
    keep_free_bytes: int
    frames_bytes: int
    frames_of_night_bytes: int | None

    @property
    def nights_that_fit(self) -> int | None:
        """Of how many nights the frames fit, those that are there included; None before one night is complete."""
        if not self.frames_of_night_bytes:
            return None
        room = max(0, self.free_bytes - self.keep_free_bytes) + self.frames_bytes
        return room // self.frames_of_night_bytes


class Retention:
    """Removes what may go, one item a step."""

    def __init__(self, settings: Settings, clock: Clock, store: Store) -> None:
        self._settings, self._clock, self._store = settings, clock, store
        Outbox(store)  # its table must be there to be asked
        self._due = clock.now()

    def step(self) -> bool:
        """Remove one item if one must go, and say whether there may be more to do; otherwise rest for an hour."""
        now = self._clock.now()
        if now < self._due <= now + ROUND_EVERY:  # later: the clock was ahead then
            return False
        item = self._next(now)
        if item is None:
            self._due = now + ROUND_EVERY
            return False
        self._remove(item)
        return True

    def _next(self, now: dt.datetime) -> Item | None:
        """Return what must go now: what is too old, else, on a full disk, what is worth least."""
        items = sorted(self.items(now), key=lambda item: item.order)
        old = [item for item in items if self._is_too_old(item, now)]
        if old:
            return old[0]
        free = shutil.disk_usage(self._store.data).free
        if items and free < self._settings.disk.keep_free_gb * 1e9:
            return items[0]
        return None

    def items(self, now: dt.datetime) -> Iterator[Item]:
        """Yield everything that may ever go."""
        stay = favourites(self._store) | set(self._store.unfinished_nights())
        stay.add(Night.at(now, self._settings.site.tz).name)
        waiting = nights_to_send(self._store)
        for frames in stored_frames(self._store):
            kind = Kind.DAY_FRAMES if frames.of_day else Kind.FRAMES
            if frames.night not in stay:
                yield Item(kind, frames.night, frames.night in waiting)
        for folder in self._store.data.glob("products/????-??-??"):
            if folder.name in stay:
                continue
            if (folder / "segments").exists():
                yield Item(Kind.SEGMENTS, folder.name, folder.name in waiting)
            if any(_product_files(folder)):
                yield Item(Kind.PRODUCTS, folder.name, folder.name in waiting)

    def _is_too_old(self, item: Item, now: dt.datetime) -> bool:
        if item.waits_for_hub:
            return False
        chosen = self._settings.disk
        days = {
            Kind.SEGMENTS: chosen.segments_days,
            Kind.DAY_FRAMES: chosen.day_frames_days,
            Kind.FRAMES: chosen.frames_days,
            Kind.PRODUCTS: chosen.products_days,
        }[item.kind]
        night = Night.named(item.night, self._settings.site.tz)
        return days is not None and night.end_utc < now - dt.timedelta(days=days)

    def _remove(self, item: Item) -> None:
        folder = self._store.products_folder(item.night)
        match item.kind:
            case Kind.SEGMENTS:
                shutil.rmtree(folder / "segments")
            case Kind.PRODUCTS:
                for path in list(_product_files(folder)):
                    path.unlink(missing_ok=True)
            case Kind.FRAMES | Kind.DAY_FRAMES:
                self._remove_frames(item)
        log.info("removed the %s of the night %s", WORDS[item.kind], item.night)

    def _remove_frames(self, item: Item) -> None:
        of_day = item.kind is Kind.DAY_FRAMES
        paths = frame_paths(self._store, item.night, of_day=of_day)
        for path in paths:
            (self._store.data / path).unlink(missing_ok=True)
        forget_frames(self._store, paths)
        folder = self._store.frames_folder(item.night)
        if folder.exists() and not any(folder.iterdir()):
            folder.rmdir()


def _product_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a night's products that may go."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts[0] == "segments"
        stays = any(path.match(pattern) for pattern in _STAY)
        if not inside and not stays and path.is_file():
            yield path


def disk_plan(settings: Settings, now: dt.datetime, store: Store) -> Plan:
    """Return how the disk is used, and of how many nights the frames fit, by the mean of the last seven."""
    nights: dict[str, int] = {}
    for one in stored_frames(store):
        nights[one.night] = nights.get(one.night, 0) + one.size_bytes
    frames_bytes = sum(nights.values())
    nights.pop(Night.at(now, settings.site.tz).name, None)
    recent = [nights[name] for name in sorted(nights)[-7:]]
    return Plan(
        free_bytes=shutil.disk_usage(store.data).free,
        keep_free_bytes=round(settings.disk.keep_free_gb * 1e9),
        frames_bytes=frames_bytes,
        frames_of_night_bytes=sum(recent) // len(recent) if recent else None,
    )
