"""What looking into a frame costs: its stars, brightness and clouds, and its meteors; and how exposure follows dusk."""

import datetime as dt
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from benchmarks.measuring import Row, spent
from edge.cameras import Exposure, ExposureLimits
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import parse
from edge.exposure import (
    Moment,
    SkyTrend,
    aim,
    allowed,
    next_exposure,
    observed,
    target_of,
)
from edge.metering import meter
from products import jpeg
from products.manifest import Circle
from products.meteors import MeteorFinder
from products.sky import SkyFacts, measure
from products.sun import Place, sun_altitude_deg

_NIGHT = dt.datetime(2026, 11, 9, 22, tzinfo=dt.UTC)
_DUSKS = (
    dt.datetime(2026, 11, 9, 15, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 10, 5, tzinfo=dt.UTC),
)
_PLACE = Place(51.08, 10.45)
_CADENCE_S, _FRAMES, _SETTLED = 30, 240, 4


def costs(name: str, paths: Sequence[Path]) -> Iterator[Row]:
    """Yield the CPU of both in a frame, each the median over the frames after the first."""
    finder, sky_ms, meteors_ms = MeteorFinder(), [], []
    for number, path in enumerate(paths):
        rgb = jpeg.decode(path.read_bytes())
        height, width = rgb.shape[:2]
        circle = Circle(x=0.5, y=height / width / 2, radius=0.49 * height / width)
        facts = SkyFacts(sun_altitude_deg=-30, exposure_s=30, gain=8, circle=circle)
        taken = _NIGHT + number * dt.timedelta(seconds=_CADENCE_S)
        sky_ms.append(1000 * spent(partial(measure, rgb, facts)).cpu_s)
        meteors_ms.append(1000 * spent(partial(finder.add, rgb, taken, -30)).cpu_s)
    yield Row(
        f"{name}: stars, brightness and clouds of a frame",
        statistics.median(sky_ms[1:]),
        "ms CPU",
        most=500,
    )
    yield Row(
        f"{name}: meteors of a frame",
        statistics.median(meteors_ms[1:]),
        "ms CPU",
        most=150,
    )


def exposure() -> Iterator[Row]:
    """Yield how well frames of the simulated dusk and dawn are exposed, clear and cloudy.

    The error is held against the aim, or against what the highlights allow where that is less; how much less is said.
    """
    runs = [
        list(_exposed(clouds, start))
        for clouds in ("clear", "broken", "overcast")
        for start in _DUSKS
    ]
    frames = [one for run in runs for one in run]
    jumps = [abs(b.level - a.level) for run in runs for a, b in pairwise(run)]
    what = "dusk and dawn: largest"
    error_stops = max(abs(one.error_stops) for one in frames)
    yield Row(f"{what} error of the exposure", error_stops, "stops", most=0.15)
    lowered_stops = max(one.lowered_stops for one in frames)
    yield Row(f"{what} lowering for the highlights", lowered_stops, "stops")
    yield Row(f"{what} jump between two frames", max(jumps), "of 255", most=10)
    white = 100 * max(one.saturated for one in frames)
    yield Row(f"{what} white part of the sky", white, "%", most=1)


@dataclass(frozen=True, slots=True)
class _Exposed:
    """A frame: off its target (0 where the limits forbid more), how far that is below the aim, level, white part."""

    error_stops: float
    lowered_stops: float
    level: float
    saturated: float


def _exposed(clouds: str, start: dt.datetime) -> Iterator[_Exposed]:
    """Yield the frames of one dusk or dawn after the first ones."""
    simulator = {"width": 128, "height": 96, "clouds": clouds}
    site = {
        "name": "X",
        "latitude_deg": _PLACE.latitude_deg,
        "longitude_deg": _PLACE.longitude_deg,
        "zone": "UTC",
    }
    camera_settings = {"driver": "simulator", "simulator": simulator}
    settings = parse({"site": site, "camera": camera_settings})
    clock, chosen = VirtualClock(start), settings.exposure
    camera = SimulatedCamera(settings, clock)
    limits = allowed(camera.limits, chosen, _CADENCE_S)
    trend: SkyTrend | None = None
    half = dt.timedelta()
    for number in range(_FRAMES):
        used = next_exposure(trend, _moment(clock.now() + half), chosen, limits)
        frame = camera.capture(used)
        half = dt.timedelta(microseconds=frame.exposure.exposure_us / 2)
        middle, metered = _moment(frame.taken_utc + half), meter(frame)
        target = target_of(trend, middle.sun_altitude_deg, chosen)
        if number > _SETTLED:
            aimed = aim(middle.sun_altitude_deg, chosen)
            yield _Exposed(
                0.0
                if _is_most(used, limits)
                else math.log2(metered.background / target),
                math.log2(aimed / target),
                metered.level,
                metered.saturated,
            )
        trend = observed(trend, metered, frame.exposure, middle)
        due = start + (number + 1) * dt.timedelta(seconds=_CADENCE_S)
        clock.sleep((due - clock.now()).total_seconds())


def _is_most(used: Exposure, limits: ExposureLimits) -> bool:
    return (used.exposure_us, used.gain) == (limits.longest_us, limits.highest_gain)


def _moment(utc: dt.datetime) -> Moment:
    return Moment(utc, sun_altitude_deg(_PLACE, utc))
