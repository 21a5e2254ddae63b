"""How much one camera may send, and how much room the disk must keep: far above honest use, far below abuse."""

from pydantic import BaseModel, ConfigDict, Field


class QuotaSettings(BaseModel):
    """Limits for each camera; the defaults leave several times what a camera with a frame every 30 s sends."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    bytes_per_day: int = Field(default=20_000_000_000, gt=0)
    """Bytes of files from midnight to midnight UTC; a camera that refills an emptied hub sends some 300 MB a night."""
    live_bytes_per_day: int = Field(default=20_000_000_000, gt=0)
    """Bytes of newest frames from midnight to midnight UTC, counted apart: a backlog never stops the live image."""
    points_per_minute: int = Field(default=60_000, ge=1000)
    """Readings a minute; a month of silence is caught up in some minutes."""
    series: int = Field(default=64, ge=1, le=1000)
    """Series, that is quantities of sensors; readings of one more are refused, those of the known ones go on."""
    products_per_night: int = Field(default=4_000, gt=0)
    """Products of one night; 2,880 of them are archive frames when there is one every 30 s."""
    events_per_night: int = Field(default=2_000, gt=0)
    """Events of one night, such as meteor candidates."""
    free_bytes: int = Field(default=200_000_000, ge=0)
    """Files are refused before they would leave less free room than this on the hub's disk, for its databases."""
