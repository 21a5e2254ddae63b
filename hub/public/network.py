"""The last night of the whole network: all keograms on one axis in UTC, so that one sees the darkness travel."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from zoneinfo import ZoneInfo

from hub.db.cameras import Camera
from hub.db.products import Product
from hub.public.nights import Ribbon, ribbon_of
from hub.public.pictures import bare_ribbon
from hub.public.timeline import TimeAxis
from products.manifest import Blob, ProductManifest
from products.night import Night

ROWS_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """The ribbon of one camera on the axis of the whole network, in percent of its width."""

    camera: Camera
    night: Night
    picture: Blob
    manifest: ProductManifest
    percent: float
    width_percent: float


@dataclass(frozen=True, slots=True)
class NetworkNight:
    """The last night that is over, of every camera that saw it, on one axis in UTC."""

    evening: dt.date
    axis: TimeAxis
    rows: tuple[NetworkRow, ...]


def network_night(
    keograms: Iterable[Product], cameras: Sequence[Camera]
) -> NetworkNight | None:
    """Return the newest night of the network, given final keograms, the newest night first; the rest is not read."""
    known = {camera.id: camera for camera in cameras}
    for newest, products in groupby(keograms, key=lambda one: one.night):
        ribbons = (
            (known[one.camera_id], ribbon_of(known[one.camera_id], one))
            for one in products
            if one.camera_id in known
        )
        seen = list(islice((one for one in ribbons if one[1]), ROWS_AT_MOST))
        if seen:
            return _on_one_axis(newest, [(camera, r) for camera, r in seen if r])
    return None


def _on_one_axis(newest: str, seen: list[tuple[Camera, Ribbon]]) -> NetworkNight:
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
        width = round(right - left, 3)
        row = NetworkRow(camera, night, picture, ribbon.product.manifest, left, width)
        rows.append(row)
    return NetworkNight(dt.date.fromisoformat(newest), axis, tuple(rows))
