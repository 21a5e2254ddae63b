"""What a page says about one night: its ribbon on a time axis, its charts, its files."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from hub.db.cameras import Camera
from hub.db.products import Product
from hub.public.charts import Chart, Samples, draw
from hub.public.timeline import Band, TimeAxis
from products.manifest import MEDIA_TYPES, Blob, ProductManifest, parse_utc
from products.night import Night
from products.sun import Interval

# Charts under the ribbon: the quantities that share one scale, and whether the smallest value is on top.
CHARTS = (
    (("sky_brightness",), True),
    (("temperature", "dew_point"), False),
    (("cloud_cover",), False),
)
Readings = Mapping[tuple[str, str], Samples]


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A keogram without labels, the axis that it lies on, and the light of the sky along it."""

    product: Product
    picture: Blob
    axis: TimeAxis
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class NightChart:
    """A chart of one or two quantities."""

    quantities: tuple[str, ...]
    chart: Chart


@dataclass(frozen=True, slots=True)
class File:
    """A file to keep, under a name that says what it is."""

    name: str
    blob: Blob


def files_of(camera: Camera, night: str, products: Mapping[str, Product]) -> list[File]:
    """Return the files of a night: each product and its sidecar."""
    found = []
    for kind, product in products.items():
        stem = f"{camera.id}-{night}-{kind.replace('/', '-')}"
        sidecar = product.manifest.sidecar
        for blob in (product.manifest, *([sidecar] if sidecar else [])):
            found.append(File(f"{stem}.{_suffix(blob)}", blob))
    return found


def _suffix(blob: Blob) -> str:
    return MEDIA_TYPES.get(blob.type, "bin")


def address(blob: Blob) -> str:
    """Return the address of an immutable file."""
    return f"/b/{blob.sha256}.{_suffix(blob)}"


def smallest(manifest: ProductManifest, at_least_px: int) -> Blob:
    """Return the smallest picture of a product that is wide enough, else the product itself; a video's is its poster."""
    fitting = [one for one in pictures(manifest) if (one.width or 0) >= at_least_px]
    by_width = sorted(fitting, key=lambda one: one.width or 0)
    if by_width:
        return by_width[0]
    return max(pictures(manifest), key=lambda one: one.width or 0, default=manifest)


def tile(manifest: ProductManifest) -> Blob | None:
    """Return the picture that stands for a product in a calendar; a keogram is shown without its labels."""
    ribbon = manifest.variants.get("ribbon")
    picture = ribbon or smallest(manifest, 480)
    return picture if picture.type.startswith("image/") else None


def pictures(manifest: ProductManifest) -> list[Blob]:
    """Return the pictures of a product in all widths; the bare ribbon of a keogram is none of them."""
    sized = [blob for name, blob in manifest.variants.items() if name != "ribbon"]
    return [
        blob for blob in (manifest, *sized) if blob.type.startswith("image/")
    ]


def srcset(manifest: ProductManifest) -> str:
    """Return all widths of a product, for the browser to choose from."""
    by_width = {one.width: one for one in pictures(manifest) if one.width}
    return ", ".join(f"{address(by_width[w])} {w}w" for w in sorted(by_width))


def ribbon_of(camera: Camera, keogram: Product | None) -> Ribbon | None:
    """Return the ribbon of a keogram, or None when there is no keogram or it does not tell its axis."""
    span = axis_of(keogram.manifest) if keogram else None
    if keogram is None or span is None:
        return None
    axis = TimeAxis(span.start_utc, span.end_utc, camera.tz)
    bands = tuple(axis.bands(camera.place)) if camera.place else ()
    picture = keogram.manifest.variants.get("ribbon", keogram.manifest)
    return Ribbon(keogram, picture, axis, bands)


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


def axis_of(manifest: ProductManifest) -> Interval | None:
    """Return the stretch of time that a keogram covers, from its facts; None when they do not tell it."""
    facts = manifest.facts
    try:
        start = parse_utc(facts["start_utc"])
        length = dt.timedelta(seconds=facts["column_s"] * facts["columns"])
        return Interval(start, start + length) if length else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def charts_of(axis: TimeAxis, readings: Readings) -> list[NightChart]:
    """Return the charts that have data on this axis."""
    found = []
    for quantities, upside_down in CHARTS:
        series = {name: _best(readings, name) for name in quantities}
        chart = draw(axis, series, upside_down=upside_down)
        if chart:
            found.append(NightChart(tuple(line.name for line in chart.lines), chart))
    return found


def darkest(readings: Readings, dark: tuple[Interval, ...]) -> tuple[dt.datetime, float] | None:
    """Return when the sky was darkest during full darkness, and its brightness in mag/arcsec²; None without values."""
    during = [
        sample
        for sample in _best(readings, "sky_brightness")
        if any(sample[0] in span for span in dark)
    ]
    return max(during, key=lambda sample: sample[1], default=None)


def _best(readings: Readings, quantity: str) -> Samples:
    """Return the series of a quantity; of several sensors the one with the most values."""
    candidates = [one for (_, name), one in readings.items() if name == quantity]
    return max(candidates, key=len, default=())
