"""Where the camera stands."""

from difflib import get_close_matches
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from edge.settings.section import PRIVATE, Section
from products.sun import Place


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_zone(name: str) -> str:
    if name not in _zones():
        close = get_close_matches(name, _zones(), n=1)
        raise ValueError(
            f"unknown time zone {name!r}"
            + (f", did you mean {close[0]!r}?" if close else "")
        )
    return name


class Site(Section):
    """Where the camera stands."""

    name: str = Field(min_length=1, max_length=80)
    """What visitors call the place."""
    latitude_deg: float = Field(ge=-90, le=90, json_schema_extra=PRIVATE)
    """Degrees north; south is negative. Used for sun, moon and stars; the public sees it rounded."""
    longitude_deg: float = Field(ge=-180, le=180, json_schema_extra=PRIVATE)
    """Degrees east; west is negative."""
    elevation_m: float = Field(default=0.0, ge=-430, le=9000)
    """Metres above the sea."""
    zone: Annotated[str, AfterValidator(_known_zone)]
    """Time zone, for example Europe/Berlin: a night runs from noon to noon here."""
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    """Two letters, for example DE; may stay empty."""
    public_grid_deg: float = Field(default=0.05, ge=0, le=5)
    """The public coordinates are rounded to this grid (0.05 degrees is about 5 km); 0 publishes them as they are."""

    @property
    def place(self) -> Place:
        """The point on Earth, exact."""
        return Place(self.latitude_deg, self.longitude_deg, self.elevation_m)

    @property
    def public_place(self) -> Place:
        """The point on Earth as the public may know it."""
        grid = self.public_grid_deg
        if not grid:
            return self.place
        latitude, longitude = (
            round(round(v / grid) * grid, 4)
            for v in (self.latitude_deg, self.longitude_deg)
        )
        return Place(latitude, longitude, self.elevation_m)

    @property
    def tz(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.zone)
