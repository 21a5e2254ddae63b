"""How much of the sky is clouded, from the stars that are missing.

A frame is compared with what the same camera saw under a clear sky: the stars of its best frames, or of a catalogue.
Only stars count that the frame itself could have shown: moonlight and short exposures hide faint stars and make no
clouds. Where no clear sky is known, as in a night that never showed stars, nothing is said. Thin cloud that dims the
stars counts in part.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from products.sky_plane import Floats
from products.zenith import Unmeasured

DARK_ENOUGH_DEG = -10.0
"""Below this altitude of the sun, missing stars mean clouds."""
FEWEST_STARS = 30
"""Fewer expected stars than this say nothing."""

_FEWEST_FRAMES = 10
_FEWEST_CELLS, _FEWEST_ACROSS = 30, 4
_CLEAR_QUANTILE = 0.9
_SMOOTH_SKY = 0.033  # structure of a clear sky with its Milky Way
_SAFELY_SEEN = 2.0  # times the faintest light: three quarters of a magnitude brighter
_NEARLY_ALL = 0.85  # of the expected stars


@dataclass(frozen=True, slots=True)
class Seen:
    """The stars that a frame showed: their light and the faintest that it could show, per second at gain 1.

    ``flux`` (N,) and ``limit`` are in saturated pixels per second.
    """

    flux: Floats
    limit: float

    def brighter(self, limit: float) -> int:
        """Return how many stars are brighter than a limit."""
        return int(np.count_nonzero(self.flux >= limit))


@dataclass(frozen=True, slots=True)
class ClearSky:
    """What a camera shows under a clear sky: light of the stars (N,) and the faintest that would have been seen."""

    seen: Seen

    @classmethod
    def of_night(cls, frames: Sequence[Seen]) -> Self | None:
        """Return the clear sky of a night from its dark frames: the frame that stands at nine tenths of the counts.

        None when the night has fewer than 10 frames or never showed `FEWEST_STARS` stars.
        """
        if len(frames) < _FEWEST_FRAMES:
            return None
        ordered = sorted(frames, key=lambda seen: len(seen.flux))
        best = ordered[int(_CLEAR_QUANTILE * (len(ordered) - 1))]
        return cls(best) if len(best.flux) >= FEWEST_STARS else None


@dataclass(frozen=True, slots=True)
class Clouds:
    """The part of the sky that is clouded, 0-1, with its standard error; or the reason why it is not known.

    ``found`` of the ``expected`` stars were seen.
    """

    cover: float | None
    error: float | None = None
    found: int | None = None
    expected: int | None = None
    reason: Unmeasured | None = None


def cloud_cover(
    seen: Seen | None,
    clear: ClearSky | None,
    structure: float | None,
    sun_deg: float | None,
) -> Clouds:
    """Return how much of the sky is clouded.

    Parameters
    ----------
    seen
        The stars of the frame; None when they could not be measured.
    clear
        What the camera shows under a clear sky; None when that is not known.
    structure
        Unevenness of the background, from `unevenness`. When nearly all stars are there and the background is smooth,
        the few missing ones are chance, and there is no cloud.
    sun_deg
        Altitude of the sun in degrees; None when it is not known, which is taken for night.
    """
    if sun_deg is not None and sun_deg > DARK_ENOUGH_DEG:
        return Clouds(None, reason=Unmeasured.TWILIGHT)
    if seen is None or clear is None:
        return Clouds(None, reason=Unmeasured.NO_REFERENCE)
    limit = _SAFELY_SEEN * max(seen.limit, clear.seen.limit)
    expected, found = clear.seen.brighter(limit), seen.brighter(limit)
    if expected < FEWEST_STARS:
        return Clouds(None, reason=Unmeasured.NO_REFERENCE)
    part = min(found / expected, 1.0)
    if part >= _NEARLY_ALL and structure is not None and structure < _SMOOTH_SKY:
        part = 1.0
    error = math.sqrt(max(part * (1 - part), 1 / expected) / expected)
    return Clouds(1 - part, error, found, expected)


def unevenness(background: Floats, inside: NDArray[np.bool_]) -> float | None:
    """Return how uneven a background is beyond a smooth gradient: the robust scatter of its cells, as a part of it.

    ``background`` (rows, columns) is in levels above black, ``inside`` says which cells show the sky. Town glow and
    moonlight are taken away as a polynomial of third order. None for less than 30 cells, or less
    than five of them in a row or column.
    """
    y, x = np.nonzero(inside)
    if x.size < _FEWEST_CELLS or min(np.ptp(x), np.ptp(y)) < _FEWEST_ACROSS:
        return None
    values = background[y, x].astype(np.float64)
    right, down = (2 * axis / max(1, axis.max()) - 1 for axis in (x, y))
    terms = np.stack(
        [right**i * down**j for i in range(4) for j in range(4 - i)], axis=1
    )
    # sums by einsum: the threads of a matrix product would cost more than all the rest
    square = np.einsum("ni,nj->ij", terms, terms)
    parts = np.linalg.solve(square, np.einsum("ni,n->i", terms, values))
    away = values - np.einsum("ni,i->n", terms, parts)
    middle = float(np.median(values))
    if middle <= 0:
        return None
    return 1.4826 * float(np.median(np.abs(away - np.median(away)))) / middle
