"""Made-up weather: a smooth function of a seed and the time, for everything that is simulated.

The simulated camera draws its clouds from it and the simulated sensors read it, so that a clouded frame and a humid,
mild night belong together. Nothing here is measured, and nothing of it is used where a real device is.
"""

import datetime as dt
import math
import random
from dataclasses import dataclass

KINDS = ("clear", "broken", "overcast", "changing")
_HOUR_S = 3600.0
_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Weather:
    """The weather at one moment: cloud cover (0-1), wind, temperature and relative humidity."""

    cloud_cover: float
    wind_m_s: float
    temperature_c: float
    humidity_percent: float


def weather(seed: int, latitude_deg: float, moment: dt.datetime, kind: str) -> Weather:
    """Return the weather at an aware ``moment``; the same arguments always give the same weather.

    Parameters
    ----------
    seed
        Chooses one of endlessly many weathers.
    latitude_deg
        Makes the place warm or cold and turns the seasons round in the south.
    moment
        Aware; the seasons follow its date, the temperature its time of day in UTC plus a slow drift.
    kind
        ``clear``, ``broken``, ``overcast`` or ``changing``; anything else raises ValueError.

    Notes
    -----
    A clouded night is milder and more humid than a clear one, and wind comes with clouds. The amounts are those of a
    temperate climate, rounded; no statistics of a real place are claimed.
    """
    hours = moment.timestamp() / _HOUR_S
    cover = _cloud_cover(seed, hours, kind)
    temperature_c = (
        _season_c(latitude_deg, moment)
        + 3.0 * math.cos((hours % 24 - 15) / 24 * math.tau)
        + 4.0 * (2 * _wander(seed, "air", hours / 30) - 1)
        + 2.0 * (cover - 0.5)
    )
    humidity = 58 + 27 * cover + 12 * (2 * _wander(seed, "damp", hours / 9) - 1)
    wind_m_s = 0.4 + 3.0 * cover + 5.0 * _wander(seed, "wind", hours / 5) ** 2
    return Weather(cover, wind_m_s, temperature_c, min(99.0, max(15.0, humidity)))


def _cloud_cover(seed: int, hours: float, kind: str) -> float:
    """Return the part of the sky that is clouded, 0-1."""
    slow, quick = _wander(seed, "cloud", hours / 4), _wander(seed, "puff", hours / 0.7)
    match kind:
        case "clear":
            return 0.0
        case "broken":
            return 0.3 + 0.3 * slow + 0.15 * quick
        case "overcast":
            return 0.93 + 0.07 * slow
        case "changing":
            return min(1.0, max(0.0, 1.7 * slow - 0.4 + 0.2 * (quick - 0.5)))
        case _:
            raise ValueError(f"unknown weather {kind!r}; known: {', '.join(KINDS)}")


def _season_c(latitude_deg: float, moment: dt.datetime) -> float:
    """Return the mean temperature of the season: warmest in late July in the north, in late January in the south."""
    away = abs(latitude_deg)
    mean_c = 27.0 - 0.0065 * away**2
    swing_c = 0.19 * away
    phase = (moment.timetuple().tm_yday - 205) / _YEAR_DAYS * math.tau
    return mean_c + math.copysign(swing_c, latitude_deg) * math.cos(phase)


def _wander(seed: int, name: str, steps: float) -> float:
    """Return smooth noise in 0-1 that is independent from one whole step to the next."""
    first = math.floor(steps)
    part = steps - first
    before, after = _roll(seed, name, first), _roll(seed, name, first + 1)
    return before + (after - before) * part * part * (3 - 2 * part)


def _roll(seed: int, name: str, step: int) -> float:
    """Return a number in 0-1 that belongs to this seed, name and step for ever."""
    return random.Random(f"{seed}:{name}:{step}").random()
