"""How dark a night was: the readings of a sky meter, where they pause, and what they come to.

Sky brightness is in mag/arcsec², larger is darker. A sample is the moment of a reading and its value.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from products.quantities import QUANTITIES
from products.sun import Light, LightInterval

QUANTITY = QUANTITIES["sky_brightness"]
Sample = tuple[dt.datetime, float]

_GAP_IN_INTERVALS = 3
_LONGEST_INTERVAL = dt.timedelta(minutes=30)
_FROM_DARK_TO_BRIGHT = tuple(reversed(Light))


@dataclass(frozen=True, slots=True)
class Darkness:
    """What a meter read in the darkest light of a night in which it read anything, and which light that was."""

    light: Light
    darkest_utc: dt.datetime
    darkest_mag_arcsec2: float
    median_mag_arcsec2: float


def plausible(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples that a sky can have; the others are stored, but would bend a chart out of shape."""
    return [
        sample for sample in samples if QUANTITY.lowest <= sample[1] <= QUANTITY.highest
    ]


def unbroken(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Return the samples, in the order of their time, cut where nothing was read for more than three intervals.

    The interval is the usual one, the median of those between neighbours; of 30 minutes at most, so that the few
    readings of a meter that hardly ever worked are not taken for its rhythm.
    """
    if not samples:
        return []
    spacings = sorted(after - before for (before, _), (after, _) in pairwise(samples))
    usual = min([*spacings[len(spacings) // 2 :], _LONGEST_INTERVAL])
    runs = [[samples[0]]]
    for before, sample in pairwise(samples):
        if sample[0] - before[0] > _GAP_IN_INTERVALS * usual:
            runs.append([])
        runs[-1].append(sample)
    return runs


def darkness(lights: Sequence[LightInterval], samples: Sequence[Sample]) -> Darkness:
    """Return what the samples come to in the darkest of ``lights`` that has any.

    Raises
    ------
    ValueError
        No sample lies within the lights.
    """
    for light in _FROM_DARK_TO_BRIGHT:
        spans = [span for span in lights if span.light is light]
        during = [
            sample for sample in samples if any(sample[0] in span for span in spans)
        ]
        if during:
            darkest_utc, darkest = max(during, key=lambda sample: sample[1])
            middle = median(value for _, value in during)
            return Darkness(light, darkest_utc, darkest, middle)
    raise ValueError("no reading of the sky's brightness in this stretch of time")


def thinned(samples: Sequence[Sample], step: dt.timedelta) -> list[Sample]:
    """Return the samples, in the order of their time, those of each ``step`` joined into one in their middle."""
    if not samples:
        return []
    steps: dict[int, list[Sample]] = {}
    for sample in samples:
        steps.setdefault((sample[0] - samples[0][0]) // step, []).append(sample)
    return [
        (same[0][0] + (same[-1][0] - same[0][0]) / 2, fmean(value for _, value in same))
        for same in steps.values()
    ]
