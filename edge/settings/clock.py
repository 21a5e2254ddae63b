"""Whether the time of this computer is believed."""

from typing import Literal

from pydantic import Field

from edge.settings.section import Section


class ClockSettings(Section):
    """The time of this computer. Until it is known, frames and readings are held; then all are dated and sent."""

    trust: Literal["synchronised", "always"] = Field(default="synchronised")
    """synchronised: it is known by NTP, a real-time clock or the hub; always: it is right in other ways, as by hand."""
