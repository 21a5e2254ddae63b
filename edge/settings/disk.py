"""What stays on the camera's disk."""

from pydantic import Field

from edge.settings.section import Section


class DiskSettings(Section):
    """How long things stay, and how much of the disk stays free. Favourite nights stay (allsky-edge favourite)."""

    keep_free_gb: float = Field(default=2.0, ge=0.1, le=10000)
    """When less is free (GB), the oldest things go: first what can be made again, last what was not sent yet."""
    frames_days: int | None = Field(default=30, ge=1)
    """Frames of the night stay for so many days; null keeps them until the disk is full."""
    day_frames_days: int | None = Field(default=7, ge=1)
    """Frames of the day stay for so many days; null keeps them until the disk is full."""
    segments_days: int | None = Field(default=7, ge=1)
    """The pieces of a finished video, from which a late frame could still change it, stay for so many days."""
    products_days: int | None = Field(default=None, ge=1)
    """Keograms, startrails, videos and thumbnails stay for so many days; null keeps them until the disk is full."""
    readings_days: int | None = Field(default=90, ge=1)
    """Every single reading of the sensors stays for so many days; null keeps them."""
    hours_days: int | None = Field(default=400, ge=1)
    """Lowest, mean and highest of every hour stay for so many days, those of every day for ever; null keeps all."""
    follow_deletions: bool = True
    """What its owner deletes on the hub goes here, too: the files of the product, the frame of an archive picture."""
