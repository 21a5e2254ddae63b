"""Everything above the site put together: the light that falls on each pixel during an exposure."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from edge.cameras.optics import Fisheye
from edge.cameras.sky.airplanes import airplane_tracks
from edge.cameras.sky.canvas import Canvas
from edge.cameras.sky.clouds import Clouds
from edge.cameras.sky.grid import Grid
from edge.cameras.sky.heavens import (
    MOON_B_V,
    PLANETS_B_V,
    SUN_B_V,
    SUN_MAGNITUDE,
    Heavens,
    heavens,
)
from edge.cameras.sky.horizon import circle_mask, sky_mask
from edge.cameras.sky.meteors import meteor_tracks
from edge.cameras.sky.points import Planes
from edge.cameras.sky.satellites import Track, tracks
from edge.cameras.sky.stars import catalogue, starlight
from edge.cameras.sky.surface import Surface
from edge.settings.camera import SimulatorSettings
from products.sun import Place

_FAINTEST_STAR = 0.15  # electrons per photosite that are not worth drawing
_DAZZLING_MAGNITUDE = 1.6
_LIGHTS_SUN_BELOW_DEG = -5.0
_GROUND = np.array([0.034, 0.034, 0.030], np.float32)  # part of the light sent back


class Sky:
    """The sky above a place through a fisheye; a function of time only, apart from its buffers."""

    def __init__(
        self, fisheye: Fisheye, place: Place, settings: SimulatorSettings
    ) -> None:
        self._fisheye, self._place, self._seed = fisheye, place, settings.seed
        self._meteors_per_hour = settings.meteors_per_hour
        self._airplanes_per_hour = settings.airplanes_per_hour
        grid = self._grid = Grid(fisheye)
        self._surface = Surface(grid, settings)
        self._clouds = Clouds(grid, settings.seed)
        open_sky, self._lens = sky_mask(fisheye, settings.seed), circle_mask(fisheye)
        self._open_sky = open_sky * self._lens
        self._ground = ((1 - open_sky) * self._lens)[grid.rows, grid.columns]
        self._stars = catalogue()
        self._dazzling = int(
            np.searchsorted(self._stars.magnitudes, _DAZZLING_MAGNITUDE)
        )
        self._planes = np.zeros((3, fisheye.height, fisheye.width), np.float32)

    def light(
        self,
        start: dt.datetime,
        exposure_s: float,
        cover: float,
        scale: NDArray[np.float32],
    ) -> Planes:
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
        canvas = Canvas(
            self._planes,
            self._fisheye,
            self._grid,
            self._lens,
            self._open_sky,
            self._clouds.seen(start, exposure_s, cover),
            scale,
        )
        self._paint_surface(canvas, bodies, middle)
        self._draw_stars(canvas, bodies)
        _draw_bodies(canvas, bodies)
        for track in self._moving(start, exposure_s, bodies):
            part = np.float32(track.seconds / exposure_s)
            canvas.draw(track.vectors, starlight(track.magnitudes, SUN_B_V) * part)
        return self._planes

    def _moving(
        self, start: dt.datetime, exposure_s: float, bodies: Heavens
    ) -> list[Track]:
        """Return the tracks of satellites, meteors and airplanes during an exposure; the latter two by night."""
        satellites = tracks(self._seed, start, exposure_s, bodies)
        found = [] if satellites is None else [satellites]
        if bodies.sun_altitude_deg < _LIGHTS_SUN_BELOW_DEG:
            found += meteor_tracks(
                self._seed, self._meteors_per_hour, start, exposure_s
            )
            found += airplane_tracks(
                self._seed, self._airplanes_per_hour, start, exposure_s
            )
        return found

    def _paint_surface(
        self, canvas: Canvas, bodies: Heavens, middle: dt.datetime
    ) -> None:
        """Fill the frame with the light of everything that is not a point."""
        grid, planes = self._grid, canvas.planes
        light = self._surface.light(bodies, middle, canvas.clear)
        scale = canvas.scale * np.float32(self._fisheye.pixel_arcsec2)
        ground = self._surface.on_the_ground(light) * scale * _GROUND
        light *= scale[:, None, None]
        light *= grid.stretch
        planes[:] = 0
        for plane, coarse, colour in zip(planes, light, ground, strict=True):
            window = plane[grid.rows, grid.columns]
            grid.enlarge(coarse, window)
            window *= self._open_sky[grid.rows, grid.columns]
            window += colour * self._ground

    def _draw_stars(self, canvas: Canvas, bodies: Heavens) -> None:
        """Draw the fixed stars that can leave a trace at all, the brightest with halos."""
        stars = self._stars
        faintest = 2.5 * np.log10(float(canvas.scale[1]) / _FAINTEST_STAR)
        count = int(np.searchsorted(stars.magnitudes, faintest))
        vectors = stars.vectors[:count] @ bodies.stars_to_horizon.T
        fluxes = starlight(stars.magnitudes[:count], stars.b_v[:count])
        few = min(self._dazzling, count)
        canvas.draw(vectors[:few], fluxes[:, :few], halos=True)
        canvas.draw(vectors[few:], fluxes[:, few:])


def _draw_bodies(canvas: Canvas, bodies: Heavens) -> None:
    """Draw sun, moon and planets with their halos."""
    vectors = np.vstack([bodies.sun, bodies.moon, bodies.planets])
    magnitudes = np.array(
        [SUN_MAGNITUDE, bodies.moon_magnitude, *bodies.planet_magnitudes]
    )
    b_v = np.array([SUN_B_V, MOON_B_V, *PLANETS_B_V])
    canvas.draw(vectors, starlight(magnitudes, b_v), halos=True)
