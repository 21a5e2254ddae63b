"""The keograms of months and years on the camera: which of them are not what their nights now say, and making those.

Beside each lies a note of what it was made of (`NOTE_NAME`). It is written when the product is in the queue for the
hub: whatever happens in between, the product is made again.
"""

import hashlib
import json
import shutil
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.clock import Clock
from edge.config import Settings
from edge.night_products import axis_of, render_settings
from edge.publication import queue_products
from edge.service import locked
from edge.store import Store
from products.columns import ColumnFile
from products.files import write_atomically
from products.keogram import TimeAxis
from products.longterm import FORMAT, write_keogram
from products.night import Night
from products.night_strip import (
    SKY_NAME,
    ZENITH_NAME,
    remove_strip,
    strip_of,
    write_strip,
)
from products.period import Length, Period

NOTE_NAME = "made-of.json"


@dataclass(frozen=True, slots=True)
class _Work:
    """What is still to be looked at: nights without a strip, then periods."""

    nights: deque[Night]
    periods: list[Period]


class LongTerm:
    """Keeps the keograms of months and years up to date, one of them a step."""

    def __init__(self, settings: Settings, clock: Clock, store: Store) -> None:
        self._settings, self._clock, self._store = settings, clock, store
        self._work: _Work | None = None  # not looked yet

    def leave_strip(self, night: Night) -> None:
        """Write the strip of a finished night; its month and year are then looked at.

        So are those of the night before, because a month that has just ended may have waited for this.
        """
        folder = self._store.products_folder(night.name)
        column_s = render_settings(self._settings).column_s
        axis = TimeAxis.over(axis_of(self._settings, night), column_s)
        columns = ColumnFile(folder / "keogram.columns")
        strip = strip_of(columns, night, axis)
        if strip is None:
            remove_strip(folder)
        else:
            write_strip(folder, strip)
        if self._work:
            _add_periods(self._work.periods, night)

    def step(self) -> bool:
        """Do one piece of work, and say whether there was any.

        Raises
        ------
        AlreadyRunningError
            Another program is at it.
        OSError
            There is no room on the disk.
        """
        work = self._work = self._work or self._look()
        if not work.nights and not work.periods:
            return False
        with locked(
            self._store.scratch / "longterm.lock",
            "Another program is at work on the keograms of months and years.",
        ):
            if work.nights:
                self.leave_strip(work.nights[0])
                work.nights.popleft()
            else:
                self._make(work.periods[0])
                del work.periods[0]
        return True

    def _look(self) -> _Work:
        """Return all periods, and the finished nights that left no strip in an earlier version of this program."""
        unfinished = set(self._store.unfinished_nights())
        with_strip, with_columns = (
            self._nights_with(name) for name in (SKY_NAME, "keogram.columns")
        )
        lacking = sorted(with_columns.keys() - with_strip.keys() - unfinished)
        zone, periods = self._settings.site.tz, list[Period]()
        for name in sorted(with_strip):
            _add_periods(periods, Night.named(name, zone))
        return _Work(deque(Night.named(name, zone) for name in lacking), periods)

    def _make(self, period: Period) -> None:
        """Make the keogram of a period and queue it, unless it is what its nights say."""
        folder, nights = self._folder(period), self._nights_with(SKY_NAME)
        inside = [one.name for one in period.nights if one.name in nights]
        if not inside:
            shutil.rmtree(folder, ignore_errors=True)
            return
        now, all_nights = self._clock.now(), period.nights
        final = now >= axis_of(self._settings, all_nights[-1]).end_utc
        first = max(min(nights), all_nights[0].name)
        last = all_nights[-1].name if final else inside[-1]
        note = {
            "format": FORMAT,
            "first": first,
            "last": last,
            "final": final,
            "strips": {name: _digest(nights[name]) for name in inside},
        }
        if _read(folder / NOTE_NAME) == note:
            return
        zone, place = period.zone, self._settings.site.place
        known = (Night.named(first, zone), Night.named(last, zone))
        made = write_keogram(folder, period, nights, place, known)
        if made is None:  # every strip is damaged
            return
        queue_products(
            self._store, all_nights[0], [made], now, final=final, folder=folder
        )
        write_atomically(folder / NOTE_NAME, json.dumps(note).encode())

    def _folder(self, period: Period) -> Path:
        return self._store.products_folder(period.name)

    def _nights_with(self, file_name: str) -> dict[str, Path]:
        """Return the folders of the nights that have this file, by name."""
        files = self._store.data.glob(f"products/????-??-??/{file_name}")
        return {path.parent.name: path.parent for path in files}


def _add_periods(periods: list[Period], night: Night) -> None:
    for one in (night, night.previous):
        for length in Length:
            period = Period.of(one, length)
            if period not in periods:
                periods.append(period)


def _digest(folder: Path) -> str:
    """Return what stands for the content of a strip."""
    content = hashlib.sha256()
    for name in (SKY_NAME, ZENITH_NAME):
        path = folder / name
        content.update(path.read_bytes() if path.exists() else b"")
    return content.hexdigest()[:16]


def _read(path: Path) -> Any:
    """Return the note of a period, or None when there is none or it is damaged."""
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
