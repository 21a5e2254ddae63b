"""Clouds from the temperature of the sky: clear air is cold above, the base of a cloud is nearly as warm as the air.

The model is that of the AAG CloudWatcher (Lunatico, user manual, appendix 6). Clear sky is warmer above warm and humid
air; the seven numbers K1-K7 take that away, so that one set of thresholds holds in summer and in winter.
"""

import math
from dataclasses import dataclass
from enum import IntEnum


class CloudState(IntEnum):
    """How clouded the sky is; the numbers are what is stored."""

    CLEAR = 0
    LIGHT = 1
    HEAVY = 2
    OVERCAST = 3


@dataclass(frozen=True, slots=True)
class SkyModel:
    """The numbers of the model, with the defaults of its manual; K1 = 100 and the rest 0 is the plain difference."""

    k1: float = 33.0
    k2: float = 0.0
    k3: float = 4.0
    k4: float = 100.0
    k5: float = 100.0
    k6: float = 0.0
    k7: float = 0.0

    def corrected_c(self, sky_c: float, air_c: float) -> float:
        """Return the sky temperature in °C without what warm air adds to a clear sky.

        Parameters
        ----------
        sky_c
            What the infrared thermometer sees above.
        air_c
            The temperature of the air outside.
        """
        away_c = air_c - self.k2 / 10
        correction_c = self.k1 / 100 * away_c
        warmth = self.k4 / 1000 * air_c * self.k5 / 100
        correction_c += self.k3 / 100 * math.exp(warmth)
        return sky_c - correction_c - self._far_from_k2(away_c)

    def _far_from_k2(self, away_c: float) -> float:
        """Return the part of K6 and K7, which matters in cold and in hot air."""
        if self.k6 == 0 or away_c == 0:
            return 0.0
        side, distance_c = math.copysign(1, away_c), abs(away_c)
        if distance_c < 1:
            return math.copysign(1, self.k6) * side * distance_c
        return self.k6 / 10 * side * (math.log10(distance_c) + self.k7 / 100)


@dataclass(frozen=True, slots=True)
class CloudLimits:
    """Below which corrected sky temperature, in °C, the sky is clear, lightly or heavily clouded; else overcast."""

    clear_below_c: float = -25.0
    light_below_c: float = -18.0
    heavy_below_c: float = -12.0

    def state(self, corrected_c: float) -> CloudState:
        """Return how clouded the sky is."""
        if corrected_c < self.clear_below_c:
            return CloudState.CLEAR
        if corrected_c < self.light_below_c:
            return CloudState.LIGHT
        if corrected_c < self.heavy_below_c:
            return CloudState.HEAVY
        return CloudState.OVERCAST
