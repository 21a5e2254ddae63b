"""A lens that is out of focus, for the simulated camera."""

import numpy as np
from numpy.typing import NDArray

_REACH_SIGMAS = 3.0


def blur(planes: NDArray[np.float32], sigma_px: float) -> None:
    """Spread the light of (colours, H, W) as a Gaussian of this width does, in place; none is lost but at the edges."""
    reach = max(1, int(np.ceil(_REACH_SIGMAS * sigma_px)))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_px) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for plane in planes:
        for turned in (plane, plane.T):
            padded = np.pad(turned, ((reach, reach), (0, 0)))
            turned[:] = 0
            for shift, weight in enumerate(weights):
                turned[:] += weight * padded[shift : shift + len(turned)]
