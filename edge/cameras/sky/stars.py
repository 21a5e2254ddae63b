"""The star catalogue: 5,044 stars to magnitude 6 (see NOTICE), and the colours of starlight."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.heavens import SUN_B_V, Vector, unit_vectors


@dataclass(frozen=True, slots=True)
class Stars:
    """Stars, brightest first: unit vectors (N, 3) in J2000, magnitudes (N,), and B-V (N,)."""

    vectors: Vector
    magnitudes: Vector
    b_v: Vector


@cache
def catalogue() -> Stars:
    """Return all stars of the catalogue."""
    with (resources.files(__package__) / "stars.csv").open(encoding="utf-8") as file:
        ra_deg, dec_deg, magnitudes, b_v = np.loadtxt(
            file, delimiter=",", skiprows=1, unpack=True
        )
    return Stars(unit_vectors(ra_deg, dec_deg), magnitudes, b_v)


def starlight(magnitudes: Vector, b_v: Vector | float) -> NDArray[np.float32]:
    """Return the fluxes (3, N) in red, green and blue of stars of these magnitudes and colours.

    Green is V; B-V is spread over the channels about as a black body does it, red being half as far from V as blue.
    """
    redness = np.broadcast_to(b_v, magnitudes.shape) - SUN_B_V
    offsets = np.stack([-0.4 * redness, np.zeros_like(redness), 0.8 * redness])
    return np.asarray(10 ** (-0.4 * (magnitudes + offsets)), np.float32)
