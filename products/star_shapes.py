"""Which points of light are stars, where their middle is, and how much light they send.

A hot pixel stands alone, a star lights its neighbours too. A satellite, an airplane or a branch goes on to both sides.
The moon, a lamp or the rim of a cloud has bright surroundings.
"""

import numpy as np
from numpy.typing import NDArray

from products.sky_plane import Floats, Places, Plane
from products.star_list import StarList

PATCH_PX = 6
"""From the middle of a point to the end of the surroundings that are looked at."""

_NEAR_PX, _INNER_RING_PX, _OUTER_RING_PX = 2.5, 4.2, 6.3
_APERTURE_PX = 3.2  # of the frame, as the next two
_PROFILE_SIGMA_PX = 1.1  # of the star that stands out best
_WINDOW_SIGMA_PX = 1.3  # of the weights with which a centroid is taken
_NARROWEST_WINDOW = 1.0  # pixels of the plane
_CENTROID_STEPS = 5
_FARTHEST_PX = 1.5  # of a centroid from the highest point
_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_SIGMAS = 5.0
_RIPPLES = 4.0  # times what a fifth of the smoothed ring reaches
_SITES_PX = 5  # around a point whose photosites are compared
_NEIGHBOURS_PART = 0.8  # a star's eight neighbours have more light than this, in parts of its brightest photosite
_BRIGHT_PART, _FIFTH, _BRIGHT_SIGMAS = 0.6, 0.2, 8.0
_LINE_PART, _ACROSS_PART = 0.4, 0.5
_LINE_RADIUS_PX, _LINE_DIRECTIONS = 5, 8


def stars_among(
    plane: Plane, rows: Places, columns: Places, least: Floats | None = None
) -> StarList:
    """Return the stars among points of a plane, brightest first; the points are `PATCH_PX` away from its edges.

    What is darker than ``least`` (N,), in parts of saturation, stands in front of the sky.
    """
    light = _Light.around(plane, rows, columns)
    stars = light.stands_out() & ~light.is_line() & ~light.has_bright_surroundings()
    if least is not None:
        stars &= ~light.touches_darkness(least)
    stars &= light.flux > 0
    stars[stars] &= ~_are_hot(plane, rows[stars], columns[stars])
    x, y, near = _centroids(
        light.above[stars], max(_WINDOW_SIGMA_PX / plane.across, _NARROWEST_WINDOW)
    )
    stars[stars] = near
    rows, columns, flux = rows[stars], columns[stars], light.flux[stars]
    in_frame = plane.in_frame(columns + x[near], rows + y[near])
    brightest = np.argsort(-flux, kind="stable")
    x_px, y_px = (place[brightest].astype(np.float32) for place in in_frame)
    return StarList(x_px, y_px, flux[brightest] * np.float32(plane.across**2))


class _Light:
    """The linear light around N points, above the median of the ring around each of them: (N, 13, 13)."""

    def __init__(self, above: Floats, sky: Floats, noise: Floats, across: int) -> None:
        self.above, self._sky = above, sky
        self._noise, self._across = noise, across
        aperture = _APERTURE_PX / across >= _DISTANCES
        self.flux: Floats = above[:, aperture].sum(1)
        rows = above[:, :-2] + above[:, 1:-1] + above[:, 2:]
        self._smoothed: Floats = (rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]) / 9
        self._peak: Floats = self._smoothed[:, PATCH_PX - 1, PATCH_PX - 1]

    @classmethod
    def around(cls, plane: Plane, rows: Places, columns: Places) -> "_Light":
        """Return the light around points of a plane."""
        reach = np.arange(-PATCH_PX, PATCH_PX + 1)
        patch = plane.values[
            rows[:, None, None] + reach[:, None], columns[:, None, None] + reach
        ]
        light = plane.linear(patch)
        ring = light[:, _RING]
        sky = np.median(ring, axis=1).astype(np.float32)
        noise = _MAD_TO_SIGMA * np.median(np.abs(ring - sky[:, None]), axis=1)
        return cls(
            light - sky[:, None, None], sky, noise.astype(np.float32), plane.across
        )

    def stands_out(self) -> NDArray[np.bool_]:
        """Return which points hold the light of a star many times above the noise of the ring, and above its ripples.

        Noise that a camera or a JPEG has smeared over several pixels makes ripples that are as wide as stars.
        """
        profile = np.exp(-0.5 * (_DISTANCES * (self._across / _PROFILE_SIGMA_PX)) ** 2)
        profile /= np.sqrt((profile**2).sum())
        light = np.einsum("nyx,yx->n", self.above, profile)
        ripples = np.quantile(self._smoothed[:, _SMOOTHED_RING], 1 - _FIFTH, axis=1)
        noise, peak = self._noise, self._peak
        return np.asarray((light > _SIGMAS * noise) & (peak > _RIPPLES * ripples))

    def has_bright_surroundings(self) -> NDArray[np.bool_]:
        """Return around which points a fifth of the pixels is nearly as bright as the point.

        Close to a bright star the pixels may be: it is wide where it is saturated.
        """
        limit = _BRIGHT_PART * self._peak[:, None]
        near = (self.above[:, _NEAR_RING] > limit).mean(1) > _FIFTH
        near &= self._peak < _BRIGHT_SIGMAS * self._noise
        return np.asarray(near | ((self.above[:, _RING] > limit).mean(1) > _FIFTH))

    def touches_darkness(self, least: Floats) -> NDArray[np.bool_]:
        """Return around which points a fifth of the ring or more has less light: branches, roofs, the ground."""
        dark = np.quantile(self._smoothed[:, _SMOOTHED_RING], _FIFTH, axis=1)
        return np.asarray(dark + self._sky < least)

    def is_line(self) -> NDArray[np.bool_]:
        """Return which points go on in two opposite directions, and not in all: that is a wide star."""
        there, opposite = (
            self._smoothed[:, row - 1, column - 1] for row, column in _WAYS
        )
        both = np.minimum(there, opposite)
        along, across = both.max(1), both.min(1)
        limit = np.maximum(_LINE_PART * self._peak, self._noise)
        return np.asarray((along > limit) & (across < _ACROSS_PART * along))


def _are_hot(plane: Plane, rows: Places, columns: Places) -> NDArray[np.bool_]:
    """Return at which points a single photosite holds the light.

    Around each point, each colour of the mosaic is compared with its own median.
    """
    across = plane.across
    reach = np.arange(-_SITES_PX * across, (_SITES_PX + 1) * across)
    sites = plane.photosites[
        (rows * across)[:, None, None] + reach[:, None],
        (columns * across)[:, None, None] + reach,
    ].astype(np.float32)
    for down in range(across):
        for right in range(across):
            colour = sites[:, down::across, right::across]
            every = colour.reshape(-1, (2 * _SITES_PX + 1) ** 2)
            colour -= np.median(every, axis=1)[:, None, None]
    first = int(np.searchsorted(reach, -across))
    middle = sites[:, first : first + 3 * across, first : first + 3 * across]
    brightest = middle.reshape(-1, (3 * across) ** 2).argmax(1)
    row, column = np.divmod(brightest, 3 * across)
    near = np.arange(-1, 2)
    point = np.arange(len(sites))[:, None, None]
    row, column = (place[:, None, None] + first for place in (row, column))
    three = sites[point, row + near[:, None], column + near]
    peak = three[:, 1, 1]
    return np.asarray(three.sum((1, 2)) - peak < _NEIGHBOURS_PART * peak)


def _centroids(
    above: Floats, window_sigma: float
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return how far right and down of the middle pixel the light's middle is, and whether it stayed near.

    The window of weights follows the centroid; with it, a step goes twice as far as the weighted mean, which for a
    Gaussian of the window's width is the whole way (Bertin, SExtractor: XWIN_IMAGE).
    """
    reach = np.arange(-PATCH_PX, PATCH_PX + 1, dtype=np.float32)
    x, y = (np.zeros(len(above), np.float32) for _ in range(2))
    for _ in range(_CENTROID_STEPS):
        right, down = reach - x[:, None], reach - y[:, None]
        across, along = (
            np.exp(-0.5 * (away / window_sigma) ** 2) for away in (right, down)
        )
        rows = np.einsum("nyx,nx->ny", above, across)
        columns = np.einsum("nyx,ny->nx", above, along)
        light = np.maximum((rows * along).sum(1), np.float32(1e-9))
        x += 2 * (columns * across * right).sum(1) / light
        y += 2 * (rows * along * down).sum(1) / light
        np.clip(x, -_FARTHEST_PX, _FARTHEST_PX, out=x)
        np.clip(y, -_FARTHEST_PX, _FARTHEST_PX, out=y)
    return x, y, np.maximum(np.abs(x), np.abs(y)) < _FARTHEST_PX


def _distances() -> Floats:
    reach = np.arange(-PATCH_PX, PATCH_PX + 1, dtype=np.float32)
    return np.hypot(reach[:, None], reach)


def _ways() -> tuple[tuple[Places, Places], tuple[Places, Places]]:
    """Return rows and columns in a patch of points in eight directions, and of those opposite."""
    turn = np.pi * np.arange(_LINE_DIRECTIONS) / _LINE_DIRECTIONS
    right, down = (
        np.rint(_LINE_RADIUS_PX * part(turn)).astype(np.intp)
        for part in (np.cos, np.sin)
    )
    return (PATCH_PX + down, PATCH_PX + right), (PATCH_PX - down, PATCH_PX - right)


_DISTANCES = _distances()
_NEAR_RING = (_DISTANCES > _NEAR_PX) & (_DISTANCES < _INNER_RING_PX)
_RING = (_DISTANCES >= _INNER_RING_PX) & (_DISTANCES <= _OUTER_RING_PX)
_SMOOTHED_RING = _RING[1:-1, 1:-1]
_WAYS = _ways()
