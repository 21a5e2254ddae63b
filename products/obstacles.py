"""Where in a frame something dark stands in front of the sky: a tree, a house, the ground.

No cloud makes a night sky as dark as that. Lamps on dark ground, light between branches and the rim of a roof are no
stars.
"""

import math

import numpy as np
from numpy.typing import NDArray

from products.sky_plane import Floats, Plane
from products.star_finder import CELL, Mesh

_INNER_PART = 0.6  # of the radius of the sky: there the sky is the usual thing to see
_USUAL_CIRCLE = 0.46  # radius of the sky, where unknown, as part of the shorter side
_DARK_QUANTILE = (
    0.25  # of the inner cells: clouds and the moon brighten some, a few show a roof
)
_OBSTACLE_PART = 0.35  # of that light
_RIM_PART = 0.6  # of the light of the cell itself
_CLEAR_OF_NOISE_SIGMAS = 2.0
_FEWEST_CELLS = 4


def least_light(plane: Plane, mesh: Mesh) -> Floats | None:
    """Return for each cell of a mesh the light below which something stands in front of the sky.

    In parts of saturation, (rows, columns) float32; infinite where the whole cell is so dark. None when nothing can be
    said: the sky itself is hardly above black, or the frame is too small.
    """
    inner = _is_inner(plane, mesh)
    if np.count_nonzero(inner) < _FEWEST_CELLS:
        return None
    light = plane.linear(plane.levels(mesh.background))
    above = plane.linear(plane.levels(mesh.background + mesh.sigma))
    sky = float(np.quantile(light[inner], _DARK_QUANTILE))
    noise = float(np.median((above - light)[inner]))
    darkest = _OBSTACLE_PART * sky
    if sky - darkest < _CLEAR_OF_NOISE_SIGMAS * noise:
        return None
    least = np.maximum(np.float32(_RIM_PART) * light, np.float32(darkest))
    return np.where(light < darkest, np.float32(math.inf), least)


def _is_inner(plane: Plane, mesh: Mesh) -> NDArray[np.bool_]:
    middles: NDArray[np.intp] = np.indices(mesh.background.shape) * CELL + CELL // 2
    rows, columns = middles[0], middles[1]
    if plane.disc:
        return plane.is_inside(rows, columns, _INNER_PART)
    height, width = plane.values.shape
    away = np.hypot(rows - height / 2, columns - width / 2)
    near = away <= _INNER_PART * _USUAL_CIRCLE * min(height, width)
    return np.asarray(near & plane.is_inside(rows, columns))
