"""Northern lights: folded curtains along the magnetic parallels, green below and red above, slowly moving."""

import datetime as dt
import math
import random

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.grid import Grid
from edge.cameras.sky.photometry import Map, flux

_EARTH_RADIUS_KM = 6371.0
_BOTTOM_KM = 105.0
# height, distance to the next layer (km), and how much of the green (557.7 nm) and red (630.0 nm) line shines there
_LAYERS = (
    (106, 8, 0.80, 0.0),
    (114, 10, 1.00, 0.01),
    (125, 14, 0.72, 0.03),
    (142, 22, 0.38, 0.08),
    (170, 36, 0.16, 0.20),
    (215, 60, 0.04, 0.22),
)
_GREEN = np.array([0.20, 1.0, 0.38], np.float32)
_RED = np.array([1.0, 0.14, 0.34], np.float32)
_DIP_RAD = math.radians(77.5)
_BRIGHT_MAG_ARCSEC2 = 17.6
_QUIET_NIGHTS = 0.35
_RAYS = 4096
_RAY_KM = 1.5
_LOWEST_SINE = 0.02


class Aurora:
    """The northern lights above a grid; the same seed and time give the same lights.

    They stand toward magnetic north, which is taken as geographic north here: in northern Norway the two are a few
    degrees apart.
    """

    def __init__(self, grid: Grid, seed: int) -> None:
        self._seed = seed
        self._above = grid.up > _LOWEST_SINE
        sine, east, north = (
            part[self._above] for part in (grid.up, grid.east, grid.north)
        )
        self._places = []
        for height_km, thick_km, _, _ in _LAYERS:
            reach_km = _reach_km(sine, height_km)
            lean_km = np.float32((height_km - _BOTTOM_KM) / math.tan(_DIP_RAD))
            place = (east * reach_km, north * reach_km + lean_km)
            self._places.append((*place, _smear_km2(sine, thick_km)))
        through_layers = np.minimum(1 / np.maximum(sine, 0.10), 7)
        self._seen = grid.transmission[:, self._above] * through_layers
        self._rays = _rays(seed)
        far_km = _BOTTOM_KM / np.maximum(sine, 0.1)
        self._resolved = 1 / (1 + (far_km / 300) ** 4)

    def activity(self, moment: dt.datetime) -> float:
        """Return how lively the lights are, 0 (none) to 1: nothing on one night in three, else waxing and waning."""
        hours = moment.timestamp() / 3600
        night = math.floor(hours / 24 - 0.5)
        chance = random.Random(f"{self._seed}:aurora:{night}")
        tonight = chance.random()
        if tonight < _QUIET_NIGHTS:
            return 0.0
        wave = sum(
            weight * math.sin(hours * speed + chance.uniform(0, math.tau))
            for weight, speed in ((0.55, 1.1), (0.33, 2.9), (0.12, 8.3))
        )
        return min(1.0, max(0.0, 0.42 * tonight + 0.75 * wave))

    def light(self, moment: dt.datetime) -> NDArray[np.float32] | None:
        """Return the flux per arcsec² of the lights, (3, n, m), or None when there are none."""
        activity = self.activity(moment)
        if activity < 0.02:
            return None
        seconds = (moment.timestamp() - 43200) % 86400
        green, red = np.zeros_like(self._resolved), np.zeros_like(self._resolved)
        for place, (_, _, green_part, red_part) in zip(
            self._places, _LAYERS, strict=True
        ):
            shine = self._curtains(place, seconds, activity)
            green += np.float32(green_part) * shine
            red += np.float32(red_part) * shine
        strength = np.float32(flux(_BRIGHT_MAG_ARCSEC2) * activity**1.5)
        colours = _GREEN[:, None] * green + _RED[:, None] * red
        light = np.zeros((3, *self._above.shape), np.float32)
        light[:, self._above] = colours * self._seen * strength
        return light

    def _curtains(
        self, place: tuple[Map, Map, Map], seconds: float, activity: float
    ) -> Map:
        """Return how brightly the curtains shine on the lines of sight through one layer."""
        east, north, smear = place
        shine = np.zeros_like(east)
        for number in range(2 + (activity > 0.45)):
            phase = 2.1 * number
            fold = _fold(east, seconds, number) + np.float32(
                230 - 330 * activity + 130 * number
            )
            away = north - fold
            width2 = smear + np.float32((6 + 4 * number) ** 2)
            sharp = np.exp(-away * away / width2) * (6 + 4 * number) / np.sqrt(width2)
            above = np.exp(-np.maximum(away, 0) / 70 - np.maximum(-away, 0) / 14)
            along = (east + fold * np.float32(0.5)) / np.float32(_RAY_KM)
            drift = seconds * (0.5 + 0.2 * number) + 900 * phase
            rays = self._rays[(along + np.float32(drift)).astype(np.intp) % _RAYS] - 1
            rays *= self._resolved
            rays += 1
            shine += (sharp * rays + 0.07 * above) * np.float32(1 - 0.22 * number)
        return shine


def _fold(east: Map, seconds: float, number: int) -> Map:
    """Return how far north of its middle a curtain stands, km, at a distance east."""
    phase = 2.1 * number
    slow, quick = seconds / 800 + phase, phase - seconds / 170
    fold = 42 * np.sin(east / np.float32(130 + 35 * number) + np.float32(slow))
    fold += 14 * np.sin(east / np.float32(43 + 9 * number) + np.float32(quick))
    fold += 6 * np.sin(east / np.float32(17) - np.float32(1.7 * quick))
    fold += np.float32(20 * math.sin(seconds / 1700 + phase))
    fold -= np.minimum(east * east / np.float32(6000), np.float32(160))
    return np.asarray(fold, np.float32)


def _reach_km(sine: Map, height_km: float) -> Map:
    """Return how far away a line of sight meets a height above the round Earth."""
    radius = _EARTH_RADIUS_KM
    level = (radius * sine) ** 2 + np.float32(2 * radius * height_km + height_km**2)
    return np.asarray(np.sqrt(level) - radius * sine, np.float32)


def _smear_km2(sine: Map, thick_km: float) -> Map:
    """Return the square of the width over which a slanting line of sight crosses a layer."""
    cotangent = np.sqrt(1 - sine**2) / sine
    return np.asarray((0.55 * thick_km * np.minimum(cotangent, 8)) ** 2, np.float32)


def _rays(seed: int) -> NDArray[np.float32]:
    """Return the brightness along a curtain, 0.15-1.85, every 1.5 km, repeating after 6,000 km."""
    white = np.random.default_rng([seed, 0xA]).standard_normal(_RAYS)
    frequency = np.fft.rfftfreq(_RAYS)
    frequency[0] = np.inf
    softened = frequency**-0.5 * np.exp(-((frequency * 5) ** 2))
    noise = np.fft.irfft(np.fft.rfft(white) * softened, _RAYS)
    noise /= noise.std()
    return np.asarray(0.15 + 1.7 / (1 + np.exp(-2.2 * noise)), np.float32)
