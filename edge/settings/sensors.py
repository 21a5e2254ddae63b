"""The sensors."""

from typing import Any

from pydantic import Field

from edge.settings.section import Section


class SensorSettings(Section):
    """One sensor. ``options`` are those of its driver (see docs/sensors.md)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    """What to call it: lower-case letters, digits, - and _."""
    driver: str
    """The kind: see allsky-edge sensors."""
    enabled: bool = True
    """false switches it off."""
    interval_s: float = Field(default=60.0, ge=1, le=86400)
    """Seconds between readings."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Options of the driver, such as the address."""
