"""What a camera delivered in its last nights, as a row of ticks: as high as the part of the night that it saw."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from hub.db.cameras import Camera
from hub.db.nights import NightRecord
from hub.public.phrases import number
from hub.public.wording import _, ngettext
from products.night import Night

NIGHTS = 90
HEIGHT = 40  # of a whole night, in the units of the drawing
_LEAST_HEIGHT = 8  # of a night with few frames: it must be seen
_WHOLE = 0.95
_MONTHS_EDGE = 4  # nights: a name nearer to the edge would be cut off


@dataclass(frozen=True, slots=True)
class Availability:
    """The last nights of a camera, oldest first: how much of each was seen, and on which there are only readings.

    ``seen`` has 0 to 1 for each night: a night with frames whose part nobody knows counts as whole.
    """

    nights: tuple[Night, ...]
    seen: tuple[float, ...]
    readings_only: tuple[bool, ...]

    def path(self, level: str) -> str:
        """Return the ticks of one level ('whole', 'part', 'readings', 'none') as one SVG path, a unit each."""
        parts = []
        for index, (seen, measured) in enumerate(
            zip(self.seen, self.readings_only, strict=True), NIGHTS - len(self.nights)
        ):
            if _level(seen, measured=measured) == level:
                height = max(_LEAST_HEIGHT, round(HEIGHT * seen)) if seen else 2
                parts.append(f"M{index}.5 {HEIGHT}v-{height}")
        return "".join(parts)

    @property
    def months(self) -> list[tuple[float, dt.date]]:
        """The first days of months: (place in percent, date)."""
        return [
            (round(100 * index / NIGHTS, 2), night.evening)
            for index, night in enumerate(self.nights, NIGHTS - len(self.nights))
            if night.evening.day == 1 and index < NIGHTS - _MONTHS_EDGE
        ]

    @property
    def with_frames(self) -> set[str]:
        """The names of the nights with frames."""
        both = zip(self.nights, self.seen, strict=True)
        return {night.name for night, seen in both if seen}


def availability(
    camera: Camera,
    tonight: Night,
    records: Mapping[str, NightRecord],
    readings: Mapping[str, int],
) -> Availability:
    """Return what is known of the nights before ``tonight``, given the record of each and the readings of each UTC day.

    Nights before the camera joined the network, or before its first frames if these are older, are no failure of it.
    """
    joined = Night.at(camera.created_utc, camera.tz)
    first_name = min([joined.name, *records])
    known = [night for night in nights_before(tonight) if night.name >= first_name]
    seen = tuple(_seen(records.get(night.name)) for night in known)
    return Availability(
        nights=tuple(known),
        seen=seen,
        readings_only=tuple(
            not part and readings.get(night.name, 0) > 0
            for night, part in zip(known, seen, strict=True)
        ),
    )


def nights_before(tonight: Night) -> list[Night]:
    """Return the nights of the row, oldest first."""
    days = (dt.timedelta(days=back) for back in range(NIGHTS, 0, -1))
    return [Night(tonight.evening - back, tonight.zone) for back in days]


def availability_words(shown: Availability) -> str:
    """Return the row in words, for everybody."""
    said = ngettext(
        "Frames of %(nights)s of %(all)s night.",
        "Frames of %(nights)s of %(all)s nights.",
        len(shown.nights),
        nights=number(len(shown.with_frames)),
        all=number(len(shown.nights)),
    )
    measured = sum(shown.readings_only)
    if not measured:
        return said
    more = _("On %(nights)s more there are readings.", nights=number(measured))
    return f"{said} {more}"


def _seen(record: NightRecord | None) -> float:
    if record is None or not record.frames:
        return 0.0
    return 1.0 if record.part is None else max(record.part, 0.01)


def _level(seen: float, *, measured: bool) -> str:
    if seen:
        return "whole" if seen >= _WHOLE else "part"
    return "readings" if measured else "none"
