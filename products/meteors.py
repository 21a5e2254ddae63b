"""Meteors in the frames of a night: a thin line that is in one frame and in neither the one before nor the one after.

Aeroplanes and satellites draw the same lines, but move on: in the next frame they are farther along the same track.
A meteor is therefore known one frame later. What flashes up within a single frame, such as a tumbling satellite, cannot
be told from a meteor by one camera; the records are candidates.
"""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from products import jpeg
from products.meteor_lines import Line, Track, find_lines, measure
from products.meteor_maps import (
    Map,
    Points,
    contrast,
    divisor,
    new_points,
    noise,
    reduced,
)
from products.meteor_motion import is_elsewhere
from products.scaling import Rgb, shrink
from products.sky_plane import OpenSky

_MARGIN_PX = 48  # around a meteor in its picture
_PICTURE_PX = 960  # longest side of such a picture
_MOST_TRACKS = 8  # of one frame, the clearest; more is weather
_PROFILE_LENGTH = 16
_SAME_LIGHT = 1.25  # beyond it the exposure has leapt, and every edge with it
_SMALLEST_PX = 32  # a frame with a shorter side shows no meteor


@dataclass(frozen=True, slots=True)
class MeteorSettings:
    """When and how meteors are looked for.

    ``sun_below_deg`` and ``background_below`` (median luma of the frame, 0-255) say what is dark enough;
    ``shortest_px`` is the shortest track in pixels of the frame, and ``longest_gap_s`` the longest time from one frame
    to the next over which a moving object can still be recognised.
    """

    sun_below_deg: float = -9.0
    background_below: float = 120.0
    shortest_px: float = 30.0
    longest_gap_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Meteor:
    """A candidate: one thin line in one frame.

    Attributes
    ----------
    taken_utc
        The beginning of the exposure that shows it.
    start_px, end_px
        Its ends, x to the right and y down from the centre of the first pixel of the frame, to about a pixel of the
        reduced map (4 of a 12-MP frame). Which end it began at cannot be known; the left one is named first.
    length_px
        The distance of the ends.
    peak
        Greatest luma above the surroundings along the track, 0-255, averaged over a few pixels.
    significance
        That peak in standard deviations of the noise around it.
    brightness
        All of its light: luma above the surroundings, summed over its pixels. Levels are gamma-encoded.
    profile
        How that light is spread from start to end: 16 numbers whose sum is 1.
    picture
        The surroundings of the line as a JPEG, at most 960 pixels wide and high.
    """

    taken_utc: dt.datetime
    start_px: tuple[float, float]
    end_px: tuple[float, float]
    length_px: float
    peak: float
    significance: float
    brightness: float
    profile: tuple[float, ...]
    picture: bytes

    def as_dict(self) -> dict[str, Any]:
        """Return the record without its picture, ready for JSON."""
        record = asdict(self) | {"taken_utc": self.taken_utc.isoformat()}
        del record["picture"]
        return record


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of the newest frame: its map, and the candidates that its successor has to confirm."""

    taken_utc: dt.datetime
    here: Map
    level: float
    candidates: list[tuple[Track, Meteor]]


class MeteorFinder:
    """Finds meteors in the frames of a night, which it is given one after the other.

    Parameters
    ----------
    settings
        What counts as dark and as long.
    mask
        Bool, of any size in the shape of the frames: True where a line counts; None for everywhere. A track of which an
        end or the middle is outside does not count.

    Notes
    -----
    On the simulated sky, with straight tracks of even light drawn into its frames at angles of 0-180 degrees: of those
    40 pixels long whose middle line is three times the noise of a pixel's luma, 97 % are found at 1014 pixels of width,
    90 % at 12 megapixels and without moon at 508 pixels (under the moon there the noise is less than a level of eight
    bits, and 40 %); of those 80 pixels long, or five times the noise, 96 to 100 %. Whole nights of 1,560 frames with
    satellites and airplanes gave no false candidate when clear and two or three under broken cloud: a satellite that
    only one frame shows through a gap is taken for a meteor. A meteor is missed when it lies along a star that is
    about as bright, or something else moves along its continuation. Frames at longer intervals than three times the
    exposure do not show where an object goes on.

    A frame of 12 megapixels takes about 65 ms of one core (a laptop's x86); one reduced map of it is kept (3 MB).
    """

    def __init__(
        self,
        settings: MeteorSettings | None = None,
        mask: NDArray[np.bool_] | None = None,
    ) -> None:
        self._settings = settings or MeteorSettings()
        self._mask = mask
        self._before: _Seen | None = None

    def add(
        self, rgb: Rgb, taken_utc: dt.datetime, sun_altitude_deg: float
    ) -> list[Meteor]:
        """Take the next frame, (H, W, 3) uint8, and return the meteors of the one before that are sure now.

        A frame in the light, of another size or brightness, from the past or after too long a gap begins anew: what
        waited for it stays unknown. The pixels are not kept.
        """
        before, self._before = self._before, None
        luma = self._dark_luma(rgb, sun_altitude_deg)
        if luma is None:
            return []
        here, level = contrast(luma), float(np.median(luma[::4, ::4]))
        if before is None or not self._follows(before, here, level, taken_utc):
            self._before = _Seen(taken_utc, here, level, [])
            return []
        sigma = noise(here, before.here)
        appeared = new_points(here, before.here, sigma)
        confirmed = [
            meteor
            for track, meteor in before.candidates
            if not is_elsewhere(track, before.here, here, appeared)
        ]
        by = divisor(rgb)
        tracks = self._tracks(appeared, here, sigma, by)
        if tracks:
            vanished = new_points(before.here, here, sigma)
            tracks = [
                one
                for one in tracks
                if not is_elsewhere(one, here, before.here, vanished)
            ]
        candidates = [(one, _meteor(one, rgb, taken_utc, by)) for one in tracks]
        self._before = _Seen(taken_utc, here, level, candidates)
        return confirmed

    def _dark_luma(self, rgb: Rgb, sun_altitude_deg: float) -> Map | None:
        """Return the reduced frame, or None when it is too small or not dark enough."""
        if min(rgb.shape[:2]) < _SMALLEST_PX:
            return None
        if sun_altitude_deg > self._settings.sun_below_deg:
            return None
        luma = reduced(rgb, divisor(rgb))
        too_bright = float(np.median(luma[::4, ::4])) > self._settings.background_below
        return None if too_bright else luma

    def _follows(
        self, before: _Seen, here: Map, level: float, taken_utc: dt.datetime
    ) -> bool:
        gap_s = (taken_utc - before.taken_utc).total_seconds()
        same_size = before.here.shape == here.shape
        lower, higher = sorted((level, before.level))
        same_light = higher <= lower * _SAME_LIGHT + 1
        return same_size and same_light and 0 < gap_s <= self._settings.longest_gap_s

    def _tracks(self, appeared: Points, here: Map, sigma: Map, by: int) -> list[Track]:
        """Return the clearest thin lines among what appeared in a frame."""
        shortest = self._settings.shortest_px / by
        lines = find_lines(appeared, shortest)
        measured = [
            measure(line, here, sigma, shortest)
            for line in lines
            if self._in_mask(line, here, by)
        ]
        tracks = [track for track in measured if track is not None]
        tracks.sort(key=lambda track: -track.significance)
        return tracks[:_MOST_TRACKS]

    def _in_mask(self, line: Line, here: Map, by: int) -> bool:
        if self._mask is None:
            return True
        height, width = (side * by for side in here.shape)
        u = np.array([line.first, (line.first + line.last) / 2, line.last])
        x, y = _in_frame(line.places(u), by).T.astype(np.float32)
        return bool(OpenSky(self._mask, height, width).at(x, y).all())


def _meteor(track: Track, rgb: Rgb, taken_utc: dt.datetime, by: int) -> Meteor:
    """Return the record of a track, in pixels of the frame, with its picture."""
    line = track.line
    start, end = _in_frame(line.places(np.array([line.first, line.last])), by)
    light = float(track.profile.sum())
    steps = np.linspace(0, len(track.profile), _PROFILE_LENGTH + 1)
    grown = np.interp(
        steps, np.arange(len(track.profile) + 1), [0, *np.cumsum(track.profile)]
    )
    return Meteor(
        taken_utc=taken_utc,
        start_px=_rounded(start),
        end_px=_rounded(end),
        length_px=round(float(np.hypot(*(end - start))), 1),
        peak=round(track.peak, 2),
        significance=round(track.significance, 1),
        brightness=round(light * by * by, 1),
        profile=tuple(np.round(np.diff(grown) / light, 4).tolist()),
        picture=_picture(rgb, np.stack([start, end])),
    )


def _in_frame(points: Points, by: int) -> Points:
    """Return points of the reduced map in pixels of the frame."""
    return (points + 0.5) * by - 0.5


def _rounded(point: NDArray[np.float64]) -> tuple[float, float]:
    return round(float(point[0]), 1), round(float(point[1]), 1)


def _picture(rgb: Rgb, ends: Points) -> bytes:
    """Return what is around two points as a JPEG."""
    height, width = rgb.shape[:2]
    left, top = np.maximum(ends.min(axis=0) - _MARGIN_PX, 0).astype(int)
    right, bottom = np.minimum(ends.max(axis=0) + _MARGIN_PX, (width, height)).astype(
        int
    )
    return jpeg.encode(shrink(rgb[top:bottom, left:right], _PICTURE_PX))
