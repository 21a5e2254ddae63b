"""The web site that a camera sends to, and how its line may be used."""

from pathlib import Path

from pydantic import Field

from edge.settings.section import Section


class HubSettings(Section):
    """The web site that this camera sends to, and how much of the line it may use for that."""

    url: str = Field(default="", pattern=r"^(https?://[^\s/]+(/[^\s]*)?)?$")
    """Address, for example https://hub.example.org; empty sends nothing."""
    ca_file: Path | None = None
    """Certificate (PEM) of the authority that signed the hub's, if that is your own; null: those the system knows."""
    plain_http_in_lan: bool = False
    """Allows http:// to a private address such as 192.168.1.5: everybody in that network can read the key."""
    live_interval_s: float = Field(default=30.0, ge=1, le=3600)
    """Send the newest frame at most this often."""
    hello_interval_s: float = Field(default=60.0, ge=5, le=3600)
    """Seconds between heartbeats."""
    limit_kb_s: float | None = Field(default=None, ge=1, le=1_000_000)
    """Send no more kilobytes in a second than this; the live image goes first and takes half of it at most."""
    large_files_hours: str = Field(
        default="",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$",
    )
    """When startrails, videos and archive frames may be sent, in local time, for example 01:00-06:00; empty: always."""
    metered: bool = False
    """The line is paid by volume: only heartbeat, readings, keogram and, more seldom, the live image are sent."""
    metered_live_interval_s: float = Field(default=600.0, ge=30, le=86400)
    """Send the newest frame at most this often over a metered line."""
    monthly_budget_mb: int | None = Field(default=None, ge=10, le=10_000_000)
    """Megabytes in a calendar month (UTC). Products stop at 80 % of it, the live image at 95 %, readings at 100 %."""
