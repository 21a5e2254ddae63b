"""The web site that a camera sends to."""

from pydantic import Field

from edge.settings.section import Section


class HubSettings(Section):
    """The web site that this camera sends to."""

    url: str = Field(default="", pattern=r"^(https?://[^\s/]+(/[^\s]*)?)?$")
    """Address, for example https://hub.example.org; empty sends nothing."""
    live_interval_s: float = Field(default=30.0, ge=1, le=3600)
    """Send the newest frame at most this often."""
    hello_interval_s: float = Field(default=60.0, ge=5, le=3600)
    """Seconds between heartbeats."""
