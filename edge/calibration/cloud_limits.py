"""The limits between cloud states, learned from moments of which the owner says how clouded they were.

Kept are the temperatures of sky and air of each moment, so that the limits can be learned again when K1-K7 change.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

from products.files import write_atomically
from products.utc import parse_utc, utc_text
from sensors.clouds import CloudLimits, CloudState, SkyModel

FILE_NAME = "clouds.json"
_FIELDS = ("clear_below_c", "light_below_c", "heavy_below_c")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A moment: how clouded it was, and what the sensors read in °C."""

    taken_utc: dt.datetime
    label: str
    sky_c: float
    air_c: float

    @property
    def state(self) -> CloudState:
        """How clouded it was."""
        return CloudState[self.label.upper()]


@dataclass(frozen=True, slots=True)
class Learned:
    """The limits, which of them are new, and how many moments of how many they tell wrong."""

    limits: CloudLimits
    new: tuple[str, ...]
    wrong: int
    moments: int


def learn(moments: Sequence[Labelled], model: SkyModel, before: CloudLimits) -> Learned:
    """Return the limits that tell the moments best; a limit without moments on both sides stays as it was.

    Raises
    ------
    ValueError
        The labels contradict the temperatures: more than half are told wrong, or the limits are in no order.
    """
    told = [(model.corrected_c(one.sky_c, one.air_c), one.state) for one in moments]
    gaps: dict[str, tuple[float, float]] = {}
    for state, field in enumerate(_FIELDS):
        below = [value for value, label in told if label <= state]
        above = [value for value, label in told if label > state]
        if below and above:
            gaps[field] = _gap(below, above)
    limits, new = replace(before, **_spread(gaps)), tuple(gaps)
    wrong = sum(limits.state(value) is not label for value, label in told)
    ordered = limits.clear_below_c < limits.light_below_c < limits.heavy_below_c
    if not ordered or 2 * wrong > len(told):
        raise ValueError(
            "a sky that was said to be clearer was warmer, or the learned limits cross those that stay: more moments of"
            " every kind are needed"
        )
    return Learned(limits, new, wrong, len(told))


def _gap(below: Sequence[float], above: Sequence[float]) -> tuple[float, float]:
    """Return the neighbouring values between which a limit leaves the fewest on the wrong side; the widest such gap."""

    def wrong(gap: tuple[float, float]) -> int:
        middle = sum(gap) / 2
        return sum(one >= middle for one in below) + sum(one < middle for one in above)

    values = sorted({*below, *above})
    gaps = list(pairwise(values)) or [(values[0], values[0])]
    return min(gaps, key=lambda gap: (wrong(gap), gap[0] - gap[1]))


def _spread(gaps: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Return a limit in the middle of each gap; those that share one are spread over it evenly."""
    limits: dict[str, float] = {}
    for (low, high), group in groupby(gaps.items(), key=lambda one: one[1]):
        fields = [field for field, _ in group]
        step = (high - low) / (len(fields) + 1)
        for number, field in enumerate(fields, start=1):
            limits[field] = round(low + number * step, 1)
    return limits


def read_moments(path: Path) -> list[Labelled]:
    """Return the moments of a file, none when there is none."""
    if not path.exists():
        return []
    return [
        Labelled(**one | {"taken_utc": parse_utc(one["taken_utc"])})
        for one in json.loads(path.read_text(encoding="utf-8"))
    ]


def write_moments(path: Path, moments: Sequence[Labelled]) -> None:
    """Write them all."""
    rows = [asdict(one) | {"taken_utc": utc_text(one.taken_utc)} for one in moments]
    write_atomically(path, (json.dumps(rows, indent=2) + "\n").encode())
