"""What the pixels of one frame give by themselves: the part of the work on a night that can be done in any thread."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from products import jpeg
from products.columns import FrameRecord, Geometry
from products.comet import LONGEST_SIDE_PX as COMET_SIDE_PX
from products.keogram import column_of
from products.render_settings import RenderSettings
from products.scaled import QUALITY, Scaled
from products.scaling import Rgb
from products.statistics import (
    FrameStatistics,
    frame_statistics,
    largest_channel_mean,
)
from products.thumbnails import thumbnail
from products.time_stamp import stamped


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What is known of a frame besides its pixels; ``stem`` is its file's name without the ending.

    ``stars`` is how many were found in it, None where nobody looked.
    """

    stem: str
    taken_utc: dt.datetime
    sun_altitude_deg: float | None = None
    exposure_us: int | None = None
    gain: float | None = None
    stars: int | None = None


@dataclass(frozen=True, slots=True)
class PreparedFrame:
    """What a frame's pixels give by themselves: the part of the work that can be done in any thread."""

    record: FrameRecord
    geometry: Geometry
    column: NDArray[np.uint8]
    video: bytes | None
    comet: Rgb | None
    thumbnail: bytes


def prepare(
    frame: Rgb | Scaled, facts: FrameFacts, settings: RenderSettings
) -> PreparedFrame:
    """Return what a frame adds to the night: its numbers, its keogram column, its picture in the video, its thumbnail.

    Parameters
    ----------
    frame
        (H, W, 3) uint8; only read, and not kept.
    facts
        Its time and name.
    settings
        How the products are made.
    """
    scaled = Scaled.of(frame)
    rgb = scaled.rgb
    height, width = rgb.shape[:2]
    statistics = frame_statistics(rgb)
    column = column_of(rgb, settings.rotation_deg)
    side = settings.longest_side_px
    return PreparedFrame(
        FrameRecord(
            facts.stem,
            facts.taken_utc,
            statistics,
            _channel_mean(rgb, statistics, settings.startrails_limit),
            facts.sun_altitude_deg,
            facts.exposure_us,
            facts.gain,
            facts.stars,
        ),
        Geometry(width, height, settings.rotation_deg, len(column)),
        column,
        video_picture(scaled, facts.taken_utc, settings)
        if settings.timelapse
        else None,
        scaled.within(COMET_SIDE_PX) if settings.comet_half_life_min else None,
        thumbnail(scaled.within(side) if settings.timelapse else rgb),
    )


def video_picture(
    frame: Scaled, taken_utc: dt.datetime, settings: RenderSettings
) -> bytes:
    """Return a frame as the video takes it, a JPEG: the one that others use, too, unless the time is burnt in."""
    side = settings.longest_side_px
    if not settings.time_stamp:
        return frame.jpeg_within(side)
    with_time = stamped(frame.within(side), taken_utc, ZoneInfo(settings.zone))
    return jpeg.encode(with_time, QUALITY)


def _channel_mean(rgb: Rgb, sampled: FrameStatistics, limit: float | None) -> float:
    """Return the largest mean of a channel, 0-1: exact when a fixed limit decides by it, else sampled."""
    if limit is not None:
        return largest_channel_mean(rgb)
    return max(sampled.red, sampled.green, sampled.blue) / 255
