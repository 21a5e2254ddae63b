"""Everything above the site put together: the light that falls on each pixel during an exposure."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from edge.cameras.optics import Fisheye
from edge.cameras.sky import points
from edge.cameras.sky.aurora import Aurora
from edge.cameras.sky.clouds import Clouds, cloud_light
from edge.cameras.sky.daylight import daylight
from edge.cameras.sky.glow import NightGlow
from edge.cameras.sky.grid import Grid
from edge.cameras.sky.heavens import PLANETS_B_V, Heavens, Vector, heavens
from edge.cameras.sky.horizon import circle_mask, sky_mask
from edge.cameras.sky.milkyway import milky_way
from edge.cameras.sky.photometry import (
    flux,
    moon_magnitude,
    moonlight,
    transmission,
)
from edge.cameras.sky.satellites import tracks
from edge.cameras.sky.stars import catalogue, starlight
from edge.config import SimulatorSettings
from products.sun import Place

_MOONLIGHT = np.array([0.98, 1, 1.08], np.float32)
_SUN_MAGNITUDE = -26.74
_SUN_B_V, _MOON_B_V = 0.65, 0.92
_FAINTEST_STAR = 0.15
_GROUND = np.array([0.034, 0.034, 0.030], np.float32)
_BRIGHT_MAGNITUDE = 1.5


class Sky:
    """The sky above a place through a fisheye; a function of time only, apart from its buffers."""

    def __init__(
        self, fisheye: Fisheye, place: Place, settings: SimulatorSettings
    ) -> None:
        self._fisheye, self._place, self._seed = fisheye, place, settings.seed
        grid = self._grid = Grid(fisheye)
        self._glow = NightGlow(grid, settings.sky_mag_arcsec2, settings.seed)
        self._clouds = Clouds(grid, settings.seed)
        self._aurora = Aurora(grid, settings.seed) if settings.aurora else None
        open_sky, circle = sky_mask(fisheye, settings.seed), circle_mask(fisheye)
        self._open = open_sky * circle
        self._ground = ((1 - open_sky) * circle)[grid.rows, grid.columns]
        zenith_distance = np.radians(np.maximum(90 - grid.altitude_deg, 1e-3))
        self._solid_angle = (
            fisheye.pixel_arcsec2 * np.sin(zenith_distance) / zenith_distance
        ).astype(np.float32)
        self._weight = np.maximum(grid.up, 0) / np.maximum(grid.up, 0).sum()
        self._stars = catalogue()
        self._planes = np.empty((3, fisheye.height, fisheye.width), np.float32)

    def light(
        self,
        start: dt.datetime,
        exposure_s: float,
        cover: float,
        scale: NDArray[np.float32],
    ) -> points.Planes:
        """Return the light on each pixel during an exposure, (3, H, W); a reused buffer.

        Parameters
        ----------
        start, exposure_s
            The exposure: its aware beginning and its length.
        cover
            Part of the sky that is clouded, 0-1.
        scale
            What a flux of 1 (a star of magnitude 0 above the air) yields during the exposure, for red, green and blue.
        """
        middle = start + dt.timedelta(seconds=exposure_s / 2)
        bodies = heavens(self._place, middle)
        clear = self._clouds.seen(start, exposure_s, cover)
        surface = self._surface(bodies, middle, clear)
        planes = self._planes
        planes[:] = 0
        window = planes[:, self._grid.rows, self._grid.columns]
        ground = (
            _GROUND
            * (surface * self._weight).sum(axis=(1, 2))
            * scale
            * self._fisheye.pixel_arcsec2
        )
        self._grid.enlarge(surface * self._solid_angle * scale[:, None, None], window)
        window *= self._open[self._grid.rows, self._grid.columns]
        for plane, colour in zip(window, ground, strict=True):
            plane += colour * self._ground
        self._add_stars(planes, bodies, clear, scale)
        self._add_bodies(planes, bodies, clear, scale)
        self._add_satellites(planes, start, exposure_s, bodies, clear, scale)
        return planes

    def _surface(
        self, bodies: Heavens, middle: dt.datetime, clear: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        """Return the flux per arcsec² of everything but points, (3, n, m)."""
        grid = self._grid
        sunlit = daylight(grid, bodies)
        moon_up = float(bodies.moon[2])
        surface = self._glow.clear.copy()
        if bodies.sun_altitude_deg < -5:
            surface += milky_way(grid, bodies.stars_to_horizon)
            if self._aurora and (curtains := self._aurora.light(middle)) is not None:
                surface += curtains
            if moon_up > -0.03:
                distance = np.degrees(
                    np.arccos(np.clip(grid.cosine_from(bodies.moon), -1, 1))
                )
                moonlit = moonlight(
                    bodies.moon_phase_angle_deg, moon_up, grid.up, distance
                )
                surface += moonlit * _MOONLIGHT[:, None, None]
        if sunlit is not None:
            surface += sunlit
        if clear is None:
            return surface
        lit = 0.35 * self._glow.clear + self._glow.on_clouds
        for direction, magnitude in (
            (bodies.moon, moon_magnitude(bodies.moon_phase_angle_deg)),
            (bodies.sun, _SUN_MAGNITUDE),
        ):
            if direction[2] > 0:
                lit += cloud_light(grid, direction, magnitude, clear)
        if sunlit is not None:
            mean = (sunlit * self._weight).sum(axis=(1, 2))[:, None, None]
            lit += (0.45 * sunlit + 0.55 * mean) * (0.35 + 0.6 * clear)
        return np.asarray(surface * clear + lit * (1 - clear), np.float32)

    def _add_stars(
        self,
        planes: points.Planes,
        bodies: Heavens,
        clear: NDArray[np.float32] | None,
        scale: NDArray[np.float32],
    ) -> None:
        """Add the fixed stars that can leave a trace at all."""
        faintest = 2.5 * np.log10(float(scale[1]) / _FAINTEST_STAR)
        count = int(np.searchsorted(self._stars.magnitudes, faintest))
        vectors = self._stars.vectors[:count] @ bodies.stars_to_horizon.T
        risen = vectors[:, 2] > 0
        light = starlight(
            self._stars.magnitudes[:count][risen], self._stars.b_v[:count][risen]
        )
        self._add(planes, vectors[risen], light * scale[:, None], clear)

    def _add_bodies(
        self,
        planes: points.Planes,
        bodies: Heavens,
        clear: NDArray[np.float32] | None,
        scale: NDArray[np.float32],
    ) -> None:
        """Add sun, moon and planets, and the halos of whatever is bright enough for one."""
        vectors = np.vstack([bodies.sun, bodies.moon, bodies.planets])
        magnitudes = np.concatenate(
            [
                [_SUN_MAGNITUDE, moon_magnitude(bodies.moon_phase_angle_deg)],
                bodies.planet_magnitudes,
            ]
        )
        light = (
            starlight(magnitudes, np.concatenate([[_SUN_B_V, _MOON_B_V], PLANETS_B_V]))
            * scale[:, None]
        )
        risen = vectors[:, 2] > 0
        x, y, arrived = self._add(planes, vectors[risen], light[:, risen], clear)
        for body_x, body_y, body_light in zip(x, y, arrived.T, strict=True):
            points.add_halo(planes, float(body_x), float(body_y), body_light)

    def _add_satellites(self, planes, start, exposure_s, bodies, clear, scale) -> None:  # type: ignore[no-untyped-def]
        if not -40 < bodies.sun_altitude_deg < -5:
            return
        track = tracks(self._seed, start, exposure_s, bodies.sun)
        if track is None:
            return
        light = starlight(track.magnitudes, np.full(track.magnitudes.size, _SUN_B_V))
        self._add(
            planes,
            track.vectors,
            light * scale[:, None] * np.float32(track.seconds / exposure_s),
            clear,
        )

    def _add(
        self,
        planes: points.Planes,
        vectors: Vector,
        light: NDArray[np.float32],
        clear: NDArray[np.float32] | None,
    ):  # type: ignore[no-untyped-def]
        """Add points of ``light`` (3, N) above the air in directions (N, 3); return where they are and what arrived."""
        x, y = self._fisheye.project_vectors(vectors)
        arrived = light * transmission(vectors[:, 2].astype(np.float32))
        columns = np.clip(np.rint(x).astype(np.intp), 0, self._fisheye.width - 1)
        rows = np.clip(np.rint(y).astype(np.intp), 0, self._fisheye.height - 1)
        arrived *= self._open[rows, columns]
        if clear is not None:
            arrived *= clear[self._grid.nearest(x, y)]
        points.add_points(planes, x, y, arrived, self._fisheye)
        return x, y, arrived
