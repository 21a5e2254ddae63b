"""What a page says about one night: its ribbon on a time axis, its charts, its darkest moment."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub.db.cameras import Camera
from hub.db.products import Product
from hub.public.charts import Chart, Samples, draw
from hub.public.heaven import night_sky
from hub.public.pictures import bare_ribbon
from hub.public.timeline import Band, TimeAxis
from products.manifest import Blob
from products.night import Night
from products.sun import Interval, Place
from products.utc import parse_utc

# Charts under the ribbon: the quantities that share one scale.
CHARTS = (
    ("sky_brightness",),
    ("sky_background",),
    ("temperature", "dew_point"),
    ("cloud_cover",),
    ("star_count",),
)
_CAMERA = "camera"  # under this name come the readings of its frames
_MAGNITUDES = 5.0  # shown of the sky's brightness: the night, and the last of twilight
Readings = Mapping[tuple[str, str], Samples]


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A keogram without labels, the axis that it lies on, and where its sky is."""

    product: Product
    picture: Blob
    axis: TimeAxis
    place: Place | None

    @property
    def bands(self) -> tuple[Band, ...]:
        """The light of the sky along the axis, where the place is known."""
        return self.axis.bands(self.place) if self.place else ()


@dataclass(frozen=True, slots=True)
class NightChart:
    """A chart of one or two quantities."""

    quantities: tuple[str, ...]
    chart: Chart


def ribbon_of(camera: Camera, keogram: Product | None) -> Ribbon | None:
    """Return the ribbon of a keogram, or None when there is no keogram or it does not tell its axis."""
    axis = _axis_of(keogram, camera.tz) if keogram else None
    if keogram is None or axis is None:
        return None
    picture = bare_ribbon(keogram.manifest) or keogram.manifest
    return Ribbon(keogram, picture, axis, camera.place)


@dataclass(frozen=True, slots=True)
class Strip:
    """One night in a list of nights."""

    night: Night
    products: Mapping[str, Product]
    ribbon: Ribbon | None

    @property
    def is_final(self) -> bool:
        """Whether the night is over and nothing will be added."""
        return all(one.manifest.final for one in self.products.values())


def strip_of(camera: Camera, name: str, products: Mapping[str, Product]) -> Strip:
    """Return the night called ``name`` with its products."""
    ribbon = ribbon_of(camera, products.get("keogram"))
    return Strip(Night.named(name, camera.tz), products, ribbon)


def _axis_of(product: Product, zone: ZoneInfo) -> TimeAxis | None:
    """Return the axis of a keogram from its facts; None when they do not tell one that fits its night."""
    facts, night = product.manifest.facts, Night.named(product.night, zone)
    try:
        start = parse_utc(facts["start_utc"])
        end = start + dt.timedelta(seconds=facts["column_s"] * facts["columns"])
        fits = night.previous.start_utc <= start < end <= night.next.end_utc
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return TimeAxis(start, end, zone) if fits else None


def axis_without_keogram(camera: Camera, night: Night) -> TimeAxis:
    """Return the axis for the charts of a night that has no keogram: while the sun is down, or noon to noon."""
    sky = night_sky(camera.place, night) if camera.place else None
    if sky and sky.sun_down:
        start, end = sky.sun_down[0].start_utc, sky.sun_down[-1].end_utc
    else:
        start, end = night.start_utc, night.end_utc
    return TimeAxis(start, end, camera.tz)


def charts_of(axis: TimeAxis, readings: Readings) -> list[NightChart]:
    """Return the charts that have data on this axis; the camera's background only where no meter read the sky."""
    found: list[NightChart] = []
    for quantities in CHARTS:
        if quantities == ("sky_background",) and found:
            continue
        series = {name: best_series(readings, name) for name in quantities}
        in_magnitudes = quantities[0].startswith("sky_")
        span = _MAGNITUDES if in_magnitudes else math.inf
        chart = draw(axis, series, most_span=span)
        if chart:
            found.append(NightChart(tuple(line.name for line in chart.lines), chart))
    return found


def darkest(
    readings: Readings, dark: tuple[Interval, ...]
) -> tuple[dt.datetime, float] | None:
    """Return when the sky was darkest during full darkness, and its brightness in mag/arcsec²; None without values."""
    during = [
        sample
        for sample in best_series(readings, "sky_brightness")
        if any(sample[0] in span for span in dark)
    ]
    return max(during, key=lambda sample: sample[1], default=None)


def best_series(readings: Readings, quantity: str) -> Samples:
    """Return the series of a quantity; of several sensors the one with the most values, the camera only if alone."""
    candidates = {
        sensor: one for (sensor, name), one in readings.items() if name == quantity
    }
    meters = [one for sensor, one in candidates.items() if sensor != _CAMERA]
    return max(meters or candidates.values(), key=len, default=())
