"""One exposure being drawn: where the points of the sky fall on the frame, and what of their light arrives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.cameras.optics import Fisheye
from edge.cameras.sky.grid import Grid
from edge.cameras.sky.heavens import Vector
from edge.cameras.sky.photometry import Map, transmission
from edge.cameras.sky.points import Planes, add_halo, add_points


@dataclass(frozen=True, slots=True)
class Canvas:
    """The light on each pixel during one exposure, (3, H, W), and everything between a point of the sky and a pixel.

    ``lens`` (H, W) is the light that the lens passes, 0 outside of the circle; ``open_sky`` (H, W) the same where no
    horizon is in the way; ``clear`` what the clouds let through, None without any.
    ``scale`` (3,) is what a flux of 1, a star of magnitude 0 above the air, yields during the exposure.
    """

    planes: Planes
    fisheye: Fisheye
    grid: Grid
    lens: NDArray[np.float32]
    open_sky: NDArray[np.float32]
    clear: Map | None
    scale: NDArray[np.float32]

    def draw(
        self, vectors: Vector, fluxes: NDArray[np.float32], *, halos: bool = False
    ) -> None:
        """Add points in directions (N, 3), with ``fluxes`` (3, N) above the air; ``halos`` for what may dazzle."""
        risen = vectors[:, 2] > 0
        vectors, fluxes = vectors[risen], fluxes[:, risen]
        x_px, y_px = self.fisheye.project_vectors(vectors)
        columns = np.clip(np.rint(x_px).astype(np.intp), 0, self.fisheye.width - 1)
        rows = np.clip(np.rint(y_px).astype(np.intp), 0, self.fisheye.height - 1)
        light = fluxes * self.scale[:, None]
        light *= transmission(vectors[:, 2].astype(np.float32))
        light *= self.open_sky[rows, columns]
        if self.clear is not None:
            light *= self.clear[self.grid.nearest(x_px, y_px)]
        add_points(self.planes, x_px, y_px, light, self.fisheye)
        if halos:
            for x, y, colours in zip(x_px, y_px, light.T, strict=True):
                add_halo(self.planes, float(x), float(y), colours, self.lens)
