"""Northern lights: folded curtains along the magnetic parallels, green below and red above, slowly moving."""

import datetime as dt
import math
import random

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.grid import Grid
from edge.cameras.sky.photometry import flux

_EARTH_RADIUS_KM = 6371.0
_BOTTOM_KM = 105.0
# height in km, and how much of the green (557.7 nm) and of the red (630.0 nm) line shines there
_LAYERS = (
    (105, 0.55, 0.0),
    (112, 1.0, 0.0),
    (122, 0.72, 0.02),
    (136, 0.42, 0.05),
    (155, 0.22, 0.09),
    (180, 0.10, 0.13),
    (215, 0.04, 0.15),
    (260, 0.01, 0.11),
)
_GREEN = np.array([0.16, 1.0, 0.34], np.float32)
_RED = np.array([1.0, 0.12, 0.30], np.float32)
_DIP_RAD = math.radians(77.5)
_BRIGHT_MAG_ARCSEC2 = 18.6


class Aurora:
    """The northern lights above a grid; the same seed and time give the same lights.

    They stand toward magnetic north, which is taken as geographic north here: in northern Norway the two are a few
    degrees apart.
    """

    def __init__(self, grid: Grid, seed: int) -> None:
        self._seed = seed
        sine = np.maximum(grid.up, 0.015)
        self._places = []
        for height_km, _, _ in _LAYERS:
            radius = _EARTH_RADIUS_KM
            reach = (
                np.sqrt((radius * sine) ** 2 + 2 * radius * height_km + height_km**2)
                - radius * sine
            )
            lean = (height_km - _BOTTOM_KM) / math.tan(_DIP_RAD)
            east, north = (
                (grid.east * reach).astype(np.float32),
                (grid.north * reach + lean).astype(np.float32),
            )
            self._places.append((east, north))
        slant = np.minimum(1 / np.maximum(grid.up, 0.12), 6)
        self._seen = (slant * grid.transmission).astype(np.float32)

    def activity(self, moment: dt.datetime) -> float:
        """Return how lively the lights are, 0 (none) to 1: nothing on two nights of five, else waxing and waning."""
        hours = moment.timestamp() / 3600
        night = math.floor(hours / 24 - 0.5)
        tonight = random.Random(f"{self._seed}:aurora:{night}").random()
        if tonight < 0.4:
            return 0.0
        wave = sum(
            weight
            * math.sin(
                hours * speed
                + random.Random(f"{self._seed}:{night}:{speed}").uniform(0, math.tau)
            )
            for weight, speed in ((0.5, 1.4), (0.3, 3.7), (0.2, 11.0))
        )
        return min(1.0, max(0.0, 0.30 + 0.5 * tonight + 0.55 * wave))

    def light(self, moment: dt.datetime) -> NDArray[np.float32] | None:
        """Return the flux per arcsec² of the lights, (3, n, m), or None when there are none."""
        activity = self.activity(moment)
        if activity < 0.02:
            return None
        seconds = moment.timestamp() % 86400
        green, red = (
            np.zeros_like(self._places[0][0]),
            np.zeros_like(self._places[0][0]),
        )
        for (east, north), (_, green_part, red_part) in zip(
            self._places, _LAYERS, strict=True
        ):
            shine = self._curtains(east, north, seconds, activity)
            green += np.float32(green_part) * shine
            red += np.float32(red_part) * shine
        strength = np.float32(flux(_BRIGHT_MAG_ARCSEC2) * activity**1.6 * 0.8)
        coloured = _GREEN[:, None, None] * green + _RED[:, None, None] * red
        return np.asarray(coloured * self._seen * strength, np.float32)

    @staticmethod
    def _curtains(
        east: NDArray[np.float32],
        north: NDArray[np.float32],
        seconds: float,
        activity: float,
    ) -> NDArray[np.float32]:
        """Return how brightly the curtains shine at places (km east and north of the site)."""
        shine = np.zeros_like(east)
        for number in range(3):
            phase, middle = 2.1 * number, 210 - 150 * number * activity - 120 * activity
            fold = (
                34
                * np.sin(
                    east / np.float32(95 + 22 * number)
                    + np.float32(seconds / 210 + phase)
                )
                + 12
                * np.sin(
                    east / np.float32(31 + 6 * number)
                    - np.float32(seconds / 70 - phase)
                )
                + np.float32(middle - 30 * math.sin(seconds / 900 + phase))
                - east**2 / np.float32(5000)
            )
            away = north - fold
            width = np.float32(7 + 5 * number)
            sharp = np.exp(-np.square(away / width))
            veil = np.exp(-np.maximum(away, 0) / 60) * np.exp(
                -np.maximum(-away, 0) / 12
            )
            rays = 0.55 + 0.45 * np.sin(
                east / 5.5 + fold / 9 + np.float32(seconds / 17 + phase)
            ) * np.sin(east / 23 - np.float32(seconds / 40))
            shine += (sharp * rays + 0.10 * veil) * np.float32(1 - 0.28 * number)
        return shine
