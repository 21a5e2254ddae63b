"""What looking into a frame costs: its stars, brightness and clouds, and its meteors; and how exposure follows dusk."""

import datetime as dt
import math
import statistics
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.measuring import Row, spent
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import parse
from edge.exposure import Moment, SkyTrend, aim, allowed, next_exposure, observed
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
    """Yield how well frames of the simulated dusk and dawn are exposed, clear and cloudy."""
    errors, jumps, saturated = [0.0], [0.0], [0.0]
    for clouds in ("clear", "broken", "overcast"):
        for start in _DUSKS:
            for error, level, before, white in _exposed(clouds, start):
                errors.append(abs(error))
                jumps.append(abs(level - before))
                saturated.append(white)
    yield Row(
        "dusk and dawn: largest error of the exposure", max(errors), "stops", most=0.15
    )
    yield Row(
        "dusk and dawn: largest jump between two frames",
        max(jumps),
        "levels of 255",
        most=10,
    )
    yield Row(
        "dusk and dawn: largest white part of the sky",
        100 * max(saturated),
        "%",
        most=1,
    )


def _exposed(
    clouds: str, start: dt.datetime
) -> Iterator[tuple[float, float, float, float]]:
    """Yield error in stops (0 where limits forbid more), level, level before and white part of each settled frame."""
    simulator = {"width": 128, "height": 96, "clouds": clouds}
    site = {
        "name": "X",
        "latitude_deg": _PLACE.latitude_deg,
        "longitude_deg": _PLACE.longitude_deg,
        "zone": "UTC",
    }
    settings = parse(
        {"site": site, "camera": {"driver": "simulator", "simulator": simulator}}
    )
    clock = VirtualClock(start)
    camera = SimulatedCamera(settings, clock)
    limits = allowed(camera.limits, settings.exposure, _CADENCE_S)
    trend: SkyTrend | None = None
    half, before = dt.timedelta(), 0.0
    for number in range(_FRAMES):
        used = next_exposure(
            trend, _moment(clock.now() + half), settings.exposure, limits
        )
        frame = camera.capture(used)
        half = dt.timedelta(microseconds=frame.exposure.exposure_us / 2)
        middle, metered = _moment(frame.taken_utc + half), meter(frame)
        contrast = trend.contrast_stops if trend else 0.0
        aimed = min(aim(middle.sun_altitude_deg, settings.exposure), 0.8 / 2**contrast)
        trend = observed(trend, metered, frame.exposure, middle)
        if number > _SETTLED:
            most = (
                used.exposure_us == limits.longest_us
                and used.gain == limits.highest_gain
            )
            error = 0.0 if most else math.log2(metered.background / aimed)
            yield error, metered.level, before, metered.saturated
        before = metered.level
        clock.sleep(
            (
                start + (number + 1) * dt.timedelta(seconds=_CADENCE_S) - clock.now()
            ).total_seconds()
        )


def _moment(utc: dt.datetime) -> Moment:
    return Moment(utc, sun_altitude_deg(_PLACE, utc))
