"""The settings of the hub: one JSON file, environment variables for what differs between machines."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from hub.quota_settings import QuotaSettings
from hub.site_settings import SiteSettings


class HubSettings(BaseModel):
    """Everything that an operator of a hub may set; the file is ``hub.json`` in the data folder."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    data: Path = Path("hub-data")
    """Folder of hub.db, series.db, blobs and live frames; ``ALLSKY_HUB_DATA`` changes it."""
    network: str = "Open All-Sky Network"
    """Name of the network, in headings and titles."""
    id_prefix: str = Field(default="ASK", pattern=r"^[A-Z]{2,6}$")
    """Camera IDs begin with it."""
    url: str = "http://127.0.0.1:8080"
    """Public address of the site, for links in feeds and cards."""
    security_contact: str = Field(
        default="", pattern=r"^(|mailto:\S+@\S+|https://\S+)$"
    )
    """Whom to tell of a security problem, ``mailto:`` or ``https://``: it stands in /.well-known/security.txt."""
    site: SiteSettings = SiteSettings()
    """What the pages say of those who run the network, and what they may load."""
    largest_blob_bytes: int = Field(default=2_000_000_000, gt=0)
    """Larger files are refused."""
    largest_live_bytes: int = Field(default=48_000_000, gt=0)
    """A newest frame, with its smaller versions, that is larger is refused."""
    largest_image_pixels: int = Field(default=80_000_000, gt=0, le=89_000_000)
    """Images of more pixels are refused before they are decoded; the largest camera modules have 64 million."""
    quotas: QuotaSettings = QuotaSettings()
    """How much each camera may send."""
    spread_s: float = Field(default=0, ge=0, le=4 * 3600)
    """At dawn each camera waits up to so many seconds before it sends the large files of the night, so that not all
    come at once; the pages that visitors look at first are not delayed."""
    proxies: int = Field(default=0, ge=0, le=5)
    """How many proxies stand in front and name the visitor in X-Forwarded-For: 1 behind nginx. 0 believes nobody."""
    keep_pages: bool = True
    """Show the page of a camera for some seconds, and that of a past night for a minute, without making it anew."""
    accel_redirect: str = Field(default="", pattern=r"^(/[a-z0-9-]+/)?$")
    """Where the nginx in front has the data folder as internal location, like ``/files/``; it then sends the files."""

    @property
    def hub_db(self) -> Path:
        """Cameras, keys and products."""
        return self.data / "hub.db"

    @property
    def series_db(self) -> Path:
        """Readings."""
        return self.data / "series.db"


def load() -> HubSettings:
    """Return the settings of the data folder that ``ALLSKY_HUB_DATA`` names (default ``hub-data``)."""
    data = Path(os.environ.get("ALLSKY_HUB_DATA", "hub-data")).resolve()
    file = data / "hub.json"
    raw = (
        HubSettings.model_validate_json(file.read_text())
        if file.exists()
        else HubSettings()
    )
    return raw.model_copy(update={"data": data})
