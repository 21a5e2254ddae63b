"""The network in figures: sums over all cameras that visitors may see."""

from dataclasses import dataclass

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class StoredFigures:
    """What ``hub.db`` holds of the public cameras."""

    cameras: int
    countries: int
    nights: int
    frames: int
    first_night: str | None
    stored_bytes: int


def stored_figures(db: Database) -> StoredFigures:
    """Return the figures; reads a row for each night, so it takes about a second after years of a large network."""
    cameras = next(
        db.query("""
            SELECT count(*) AS cameras, count(DISTINCT nullif(country, '')) AS countries FROM visible_cameras
        """)
    )
    nights = next(
        db.query("""
            SELECT count(*) AS nights, coalesce(sum(frames), 0) AS frames, min(night) AS first_night FROM (
                SELECT night, max(json_extract(manifest, '$.frames')) AS frames
                FROM visible_cameras AS c JOIN products AS p ON p.camera_id = c.id
                WHERE kind IN ('night', 'keogram') AND part = '' GROUP BY camera_id, night)
        """)
    )
    stored = next(db.query("SELECT coalesce(sum(size), 0) AS stored_bytes FROM blobs"))
    return StoredFigures(**cameras, **nights, **stored)
