"""What a page says about one night: its ribbon on a time axis, its charts, its files."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub.db.cameras import Camera
from hub.db.products import Product
from hub.public.charts import Chart, Samples, draw
from hub.public.heaven import night_sky
from hub.public.timeline import Band, TimeAxis
from products.manifest import MEDIA_TYPES, Blob, ProductManifest, parse_utc
from products.night import Night
from products.sun import Interval, Place

# Charts under the ribbon: the quantities that share one scale.
CHARTS = (("sky_brightness",), ("temperature", "dew_point"), ("cloud_cover",))
NETWORK_ROWS = 12  # cameras on the home page's common axis
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
        found += [
            File(f"{stem}.{_suffix(blob)}", blob)
            for blob in (product.manifest, sidecar)
            if blob
        ]
    return found


def _suffix(blob: Blob) -> str:
    return MEDIA_TYPES.get(blob.type, "bin")


def address(blob: Blob) -> str:
    """Return the address of an immutable file."""
    return f"/b/{blob.sha256}.{_suffix(blob)}"


def smallest(manifest: ProductManifest, at_least_px: int) -> Blob:
    """Return the smallest picture of a product that is wide enough, else the largest; a video's is its poster."""
    fitting = [one for one in pictures(manifest) if (one.width or 0) >= at_least_px]
    by_width = sorted(fitting, key=lambda one: one.width or 0)
    if by_width:
        return by_width[0]
    return max(pictures(manifest), key=lambda one: one.width or 0, default=manifest)


def tile(manifest: ProductManifest) -> Blob | None:
    """Return the picture that stands for a product in a calendar; a keogram is shown without its labels."""
    picture = bare_ribbon(manifest, 480) or smallest(manifest, 480)
    return picture if picture.type.startswith("image/") else None


def bare_ribbon(manifest: ProductManifest, width: int | None = None) -> Blob | None:
    """Return a keogram's picture without labels, of this width where there is one; None for other products."""
    whole = manifest.variants.get("ribbon")
    return manifest.variants.get(f"ribbon-{width}", whole)


def bare_srcset(manifest: ProductManifest) -> str:
    """Return a keogram's pictures without labels in all widths, for the browser to choose from."""
    bare = [one for name, one in manifest.variants.items() if name.startswith("ribbon")]
    by_width = {one.width: one for one in bare if one.width}
    return ", ".join(f"{address(by_width[w])} {w}w" for w in sorted(by_width))


def pictures(manifest: ProductManifest) -> list[Blob]:
    """Return the pictures of a product in all widths: not a keogram's bare ribbon, not a lossless copy."""
    sized = [
        blob
        for name, blob in manifest.variants.items()
        if name.isdigit() or name == "poster"
    ]
    return [blob for blob in (manifest, *sized) if blob.type.startswith("image/")]


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


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """The ribbon of one camera on the axis of the whole network, in percent of its width."""

    camera: Camera
    night: Night
    picture: Blob
    percent: float
    width_percent: float


@dataclass(frozen=True, slots=True)
class NetworkNight:
    """The last night that is over, of every camera that saw it, on one axis in UTC."""

    evening: dt.date
    axis: TimeAxis
    rows: tuple[NetworkRow, ...]


def network_night(
    nights: Mapping[str, Mapping[str, Mapping[str, Product]]], cameras: Sequence[Camera]
) -> NetworkNight | None:
    """Return the newest night of the network that has a final keogram, given camera ID -> night -> kind -> product."""
    found: dict[str, list[tuple[Camera, Ribbon]]] = {}
    for camera in cameras:
        for name, kinds in nights.get(camera.id, {}).items():
            ribbon = ribbon_of(camera, kinds.get("keogram"))
            if ribbon and ribbon.product.manifest.final:
                found.setdefault(name, []).append((camera, ribbon))
    if not found:
        return None
    newest = max(found)
    seen = found[newest][:NETWORK_ROWS]
    axis = TimeAxis(
        min(ribbon.axis.start_utc for _, ribbon in seen),
        max(ribbon.axis.end_utc for _, ribbon in seen),
        ZoneInfo("UTC"),
    )
    rows = []
    for camera, ribbon in seen:
        left, right = (
            axis.percent(moment)
            for moment in (ribbon.axis.start_utc, ribbon.axis.end_utc)
        )
        night = Night.named(newest, camera.tz)
        picture = bare_ribbon(ribbon.product.manifest, 960) or ribbon.picture
        row = NetworkRow(camera, night, picture, left, round(right - left, 3))
        rows.append(row)
    return NetworkNight(dt.date.fromisoformat(newest), axis, tuple(rows))


def axis_of(manifest: ProductManifest) -> Interval | None:
    """Return the stretch of time that a keogram covers, from its facts; None when they do not tell it."""
    facts = manifest.facts
    try:
        start = parse_utc(facts["start_utc"])
        length = dt.timedelta(seconds=facts["column_s"] * facts["columns"])
        return Interval(start, start + length) if length else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def axis_without_keogram(camera: Camera, night: Night) -> TimeAxis:
    """Return the axis for the charts of a night that has no keogram: while the sun is down, or noon to noon."""
    sky = night_sky(camera.place, night) if camera.place else None
    if sky and sky.sun_down:
        start, end = sky.sun_down[0].start_utc, sky.sun_down[-1].end_utc
    else:
        start, end = night.start_utc, night.end_utc
    return TimeAxis(start, end, camera.tz)


def charts_of(axis: TimeAxis, readings: Readings) -> list[NightChart]:
    """Return the charts that have data on this axis."""
    found = []
    for quantities in CHARTS:
        series = {name: _best(readings, name) for name in quantities}
        in_magnitudes = quantities == ("sky_brightness",)
        chart = (
            draw(axis, series, upside_down=True, most_span=_MAGNITUDES)
            if in_magnitudes
            else draw(axis, series)
        )
        if chart:
            found.append(NightChart(tuple(line.name for line in chart.lines), chart))
    return found


def darkest(
    readings: Readings, dark: tuple[Interval, ...]
) -> tuple[dt.datetime, float] | None:
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
