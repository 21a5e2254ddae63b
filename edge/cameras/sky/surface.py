"""The light of everything that is not a point: air, glow, Milky Way, northern lights, and the clouds before them."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.aurora import Aurora
from edge.cameras.sky.clouds import cloud_light
from edge.cameras.sky.daylight import daylight
from edge.cameras.sky.glow import NightGlow
from edge.cameras.sky.grid import Grid
from edge.cameras.sky.heavens import SUN_MAGNITUDE, Heavens
from edge.cameras.sky.milkyway import milky_way
from edge.cameras.sky.photometry import Map, moonlight
from edge.settings.camera import SimulatorSettings

_MOONLIT_AIR = np.array([0.82, 1, 1.28], np.float32)
_AIRGLOW_THROUGH_CLOUD = 0.35
_NIGHT_SKY_SUN_BELOW_DEG = -5.0
_MOON_RISES_SINE = -0.03

Colours = NDArray[np.float32]
"""Flux per arcsec² in red, green and blue for each node of a grid, (3, n, m)."""


class Surface:
    """The surface brightness of the sky over a grid."""

    def __init__(self, grid: Grid, settings: SimulatorSettings) -> None:
        self._grid = grid
        self._glow = NightGlow(grid, settings.sky_mag_arcsec2, settings.seed)
        self._aurora = Aurora(grid, settings.seed) if settings.aurora else None
        falling = np.maximum(grid.up, 0)
        self._share = falling / falling.sum()

    def light(self, bodies: Heavens, moment: dt.datetime, clear: Map | None) -> Colours:
        """Return the flux per arcsec² at a moment; ``clear`` is the part that clouds let through, None without any."""
        sunlit = daylight(self._grid, bodies)
        light = self._glow.clear.copy()
        if sunlit is not None:
            light += sunlit
        if bodies.sun_altitude_deg < _NIGHT_SKY_SUN_BELOW_DEG:
            self._add_night(light, bodies, moment)
        if clear is not None:
            light *= clear
            light += self._clouds(bodies, sunlit, clear) * (1 - clear)
        return light

    def on_the_ground(self, light: Colours) -> NDArray[np.float32]:
        """Return the mean (3,) of ``light`` as level ground receives it."""
        mean: NDArray[np.float32] = (light * self._share).sum(axis=(1, 2))
        return mean

    def _add_night(self, light: Colours, bodies: Heavens, moment: dt.datetime) -> None:
        light += milky_way(self._grid, bodies.stars_to_horizon)
        if self._aurora and (curtains := self._aurora.light(moment)) is not None:
            light += curtains
        if bodies.moon[2] > _MOON_RISES_SINE:
            light += _MOONLIT_AIR[:, None, None] * moonlight(
                bodies.moon_phase_angle_deg,
                float(bodies.moon[2]),
                self._grid.up,
                self._grid.distance_deg(bodies.moon),
            )

    def _clouds(self, bodies: Heavens, sunlit: Colours | None, clear: Map) -> Colours:
        """Return the flux per arcsec² of the clouds themselves: lit by towns, airglow, moon, sun and the sunlit air."""
        light = _AIRGLOW_THROUGH_CLOUD * self._glow.airglow + self._glow.on_clouds
        for body, magnitude in (
            (bodies.moon, bodies.moon_magnitude),
            (bodies.sun, SUN_MAGNITUDE),
        ):
            if body[2] > 0:
                light += cloud_light(self._grid, body, magnitude, clear)
        if sunlit is not None:
            mean = self.on_the_ground(sunlit)[:, None, None]
            light += (0.45 * sunlit + 0.55 * mean) * (0.35 + 0.6 * clear)
        return np.asarray(light, np.float32)
