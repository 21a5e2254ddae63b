"""How much of the sky is clouded, from the stars that are missing.

A frame is compared with what the same camera saw under a clear sky: the stars of its best frames, or of a catalogue.
Only stars count that the frame itself could have shown: moonlight and short exposures hide faint stars, the glare
around the moon hides all of them, and neither makes clouds. Where no clear sky is known, as in a night that never
showed stars, nothing is said.

Cloud is what takes a fifth of the light or more. Through its thin edges stars still show: on the simulated sky the
open part of it is that of the stars to the power of 1.5. Against the true cover above 20 degrees of altitude there
(1014 x 760 pixels, ten weathers, three skies, 280 frames) the mean error and its root mean square are 0.00 and 0.00
without clouds, -0.03 and 0.12 under broken cloud, +0.01 and 0.08 in changing weather; with a bright moon 0.01 and 0.05,
+0.11 and 0.24, 0.00 and 0.11, and in half of the cloudy frames then so few stars are left that nothing is said. Dark
skies read low by 0.05, bright ones high.
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
"""Fewer stars than this are no clear sky."""

_FEWEST_EXPECTED = 12  # with fewer the error is as large as the cover
_FEWEST_FRAMES = 10
_FEWEST_CELLS, _FEWEST_ACROSS = 30, 4
_CLEAR_QUANTILE = 0.9
_SMOOTH_SKY = 0.033  # structure of a clear sky with its Milky Way
_SAFELY_SEEN = 1.3  # times the faintest light: 0.3 magnitudes brighter
_THIN_EDGES = 1.5  # power of the part of the stars that are seen
_NEARLY_ALL = 0.85  # of the expected stars


@dataclass(frozen=True, slots=True)
class Seen:
    """The stars that a frame showed: their light and the faintest that it could show, per second at gain 1.

    ``flux`` (N,) and ``limit`` are in saturated pixels per second. The faintest light is not the same everywhere in the
    frame: ``limits`` (M,) are its quantiles from 0 to 1, ``limit`` is the median; without any it is taken for even.
    """

    flux: Floats
    limit: float
    limits: tuple[float, ...] = ()

    def brighter(self, limit: float) -> int:
        """Return how many stars are brighter than a limit."""
        return int(np.count_nonzero(self.flux >= limit))

    def part_that_shows(self, limit: float) -> float:
        """Return in which part of the frame a star of this light would have been seen, 0-1."""
        if not self.limits:
            return 1.0
        parts = np.linspace(0, 1, len(self.limits))
        return float(np.interp(limit, self.limits, parts))


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
    expected = round(clear.seen.brighter(limit) * seen.part_that_shows(limit))
    found = seen.brighter(limit)
    if expected < _FEWEST_EXPECTED:
        return Clouds(None, reason=Unmeasured.NO_REFERENCE)
    part = min(found / expected, 1.0)
    if part >= _NEARLY_ALL and structure is not None and structure < _SMOOTH_SKY:
        part = 1.0
    error = math.sqrt(max(part * (1 - part), 1 / expected) / expected)
    steepness = _THIN_EDGES * part ** (_THIN_EDGES - 1)
    cover = 1 - part**_THIN_EDGES
    return Clouds(cover, max(error * steepness, 1 / expected), found, expected)


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
