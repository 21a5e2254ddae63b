"""A camera as visitors meet it: its state, its ring, its newest picture, and what is measured there now."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from hub.db.cameras import Camera
from hub.db.products import Live
from hub.public.ring import Ring, day_ring
from hub.series import LatestReading
from hub.status import State, Status, status_of
from products.manifest import LIVE_WIDTHS
from products.night import Night
from products.quantities import QUANTITIES

FRESH = dt.timedelta(minutes=30)
_LARGEST_LIVE_PX = 1440
_ORDER = {name: index for index, name in enumerate(QUANTITIES)}


@dataclass(frozen=True, slots=True)
class Card:
    """One camera at the moment ``now``; the ring is None as long as the hub does not know where it stands."""

    camera: Camera
    live: Live | None
    status: Status
    ring: Ring | None
    now: dt.datetime

    @classmethod
    def of(cls, camera: Camera, live: Live | None, now: dt.datetime) -> "Card":
        """Return the card of a camera."""
        place = camera.place
        ring = day_ring(place, Night.at(now, camera.tz)) if place else None
        return cls(camera, live, status_of(camera, live, now), ring, now)

    @property
    def tonight(self) -> Night:
        """The night that it is at the camera."""
        return Night.at(self.now, self.camera.tz)

    @property
    def is_current(self) -> bool:
        """Whether the picture shows the sky of this hour, not one of long ago."""
        return self.status.state in (State.LIVE, State.LATE)

    @property
    def shows_sky(self) -> bool:
        """Whether there is a picture, and it is a frame: not a card that says why there is none."""
        return self.live is not None and not self.live.facts.note

    def picture(self, width: int | None = None) -> str:
        """Return the address of the newest frame in this width; a new frame has a new address."""
        size = f"-{width}" if width else ""
        name = quote(self.camera.id)
        seen = self.live.sha256[:16] if self.live else ""
        return f"/c/{name}/latest{size}.jpg?v={seen}"

    @property
    def srcset(self) -> str:
        """The widths of the newest frame, for the browser to choose from."""
        known = self.live.facts.width if self.live else None
        full = min(known, _LARGEST_LIVE_PX) if known else _LARGEST_LIVE_PX
        smaller = [width for width in sorted(LIVE_WIDTHS) if width < full]
        files = [f"{self.picture(width)} {width}w" for width in smaller]
        return ", ".join([*files, f"{self.picture()} {full}w"])


@dataclass(frozen=True, slots=True)
class NowFacts:
    """The readings that matter to someone who wants to observe; None where the camera does not measure them."""

    sky_brightness: LatestReading | None
    temperature: LatestReading | None
    dew_spread_k: float | None
    cloud_cover: LatestReading | None
    star_count: LatestReading | None


def now_facts(readings: Sequence[LatestReading], now: dt.datetime) -> NowFacts:
    """Pick the facts out of the newest readings; what is older than half an hour is no longer 'now'."""
    fresh = [one for one in readings if now - one.taken_utc <= FRESH]
    first = {one.quantity: one for one in reversed(fresh)}
    temperature = first.get("temperature")
    spread = first.get("dew_spread")
    return NowFacts(
        sky_brightness=first.get("sky_brightness"),
        temperature=temperature,
        dew_spread_k=spread.value if spread else _dew_spread_k(fresh, temperature),
        cloud_cover=first.get("cloud_cover"),
        star_count=first.get("star_count"),
    )


def _dew_spread_k(
    readings: Sequence[LatestReading], temperature: LatestReading | None
) -> float | None:
    """Return temperature less dew point, both of the same sensor."""
    if temperature is None:
        return None
    dew_point = next(
        (
            one
            for one in readings
            if (one.sensor, one.quantity) == (temperature.sensor, "dew_point")
        ),
        None,
    )
    return temperature.value - dew_point.value if dew_point else None


def in_order(readings: Sequence[LatestReading]) -> list[LatestReading]:
    """Return the readings in the order of the table of quantities: what belongs together stands together."""
    last = len(_ORDER)
    return sorted(
        readings,
        key=lambda one: (_ORDER.get(one.quantity, last), one.quantity, one.sensor),
    )


def disc_css(cameras: Sequence[Camera]) -> str:
    """Return the style sheet that cuts each camera's own circle out of its pictures.

    The circle is given in fractions of the picture's width. The picture is enlarged until the circle fills the disc,
    and moved so that both have the same centre. Cameras without a known circle show the middle of the picture.
    """
    rules = []
    for camera in cameras:
        circle = camera.description.circle if camera.description else None
        if circle is None:
            continue
        across = 2 * circle.radius
        width, left, top = (
            100 * part
            for part in (
                1 / across,
                (circle.radius - circle.x) / across,
                (circle.radius - circle.y) / across,
            )
        )
        rules.append(
            f".sky-{camera.id} img{{width:{width:.2f}%;height:auto;left:{left:.2f}%;top:{top:.2f}%}}"
        )
    return "\n".join(rules)
