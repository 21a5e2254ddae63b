"""The last night of the whole network: all keograms on one axis in UTC, so that one sees the darkness travel."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub.db.cameras import Camera
from hub.db.products import Product
from hub.public.nights import Ribbon, ribbon_of
from hub.public.pictures import bare_ribbon
from hub.public.timeline import TimeAxis
from products.manifest import Blob
from products.night import Night

ROWS_AT_MOST = 12


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
    seen = found[newest][:ROWS_AT_MOST]
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
