"""What tells a meteor from everything that lasts: whether another frame shows the same line, or its continuation."""

import numpy as np

from products.meteor_lines import Track, most_on_a_chord
from products.meteor_maps import Map, Points, sample

_REACH_LENGTHS, _REACH_PX = 3.0, 12.0  # how far beyond its ends a track is followed
_TRACK_PX = 3.0  # half the width of that corridor ...
_SPREADS = 0.2  # ... which widens with distance, because the lens bends the track
_FEWEST_STEPS, _STEPS_PART = 6, 0.3  # of its length must be lit by points
_STAYS_PART = 0.5
_PIECE_PART, _SHORTEST_PIECE_PX = 0.5, 8.0
_STARTS = np.arange(0.05, 1.6, 0.25)  # in lengths of the track
_SLOPES = np.linspace(-0.15, 0.15, 7)
_BESIDE_PX = np.arange(-2.0, 3.0)
_CONTINUES_PART = 0.45  # of the track's level
_PIECE_SIGMAS = 10.0  # of the middle of a piece, by the root of its length
_ASIDE_PX = np.arange(-4.0, 5.0)


def is_elsewhere(track: Track, own: Map, other: Map, changed: Points) -> bool:
    """Say whether another frame shows the thing that drew a track.

    Parameters
    ----------
    track
        A line in one frame.
    own, other
        The `contrast` maps of that frame, and of the frame before or after.
    changed
        The points that are new in that other frame, or gone after it.
    """
    return (
        _stays(track, other) or _moves_on(track, changed) or _goes_on(track, own, other)
    )


def _stays(track: Track, other: Map) -> bool:
    """Say whether half of a line's light is in another frame, within four pixels: a cloud's edge, a contrail."""
    line = track.line
    u = np.arange(line.first, line.last + 1)
    beside = sample(other, line.places(u[:, None], _ASIDE_PX))
    lasting = np.median(beside, axis=0)  # a star beside the line is not the line
    return bool(lasting.max() > _STAYS_PART * track.level)


def _moves_on(track: Track, changed: Points) -> bool:
    """Say whether points on one line lie in the continuation of a track, more than stars leave by chance."""
    line = track.line
    u, v = line.coordinates(changed)
    reach = _REACH_LENGTHS * line.length + _REACH_PX
    enough = max(_FEWEST_STEPS, _STEPS_PART * line.length)
    for beyond in (line.first - u, u - line.last):
        half = _TRACK_PX + _SPREADS * np.maximum(beyond, 0)
        inside = (beyond > -_TRACK_PX) & (beyond < reach) & (np.abs(v) < half)
        if inside.sum() >= enough:
            on_line = most_on_a_chord(changed[inside])
            steps = np.unique(np.rint(u[inside][on_line]))
            if len(steps) >= enough:
                return True
    return False


def _goes_on(track: Track, own: Map, other: Map) -> bool:
    """Say whether the other map shows a piece of the continuation, too faint for single points to stand out of it.

    Pieces of half the track's length are tried at several distances, directions and places beside it.
    """
    line = track.line
    length = max(_SHORTEST_PIECE_PX, _PIECE_PART * line.length)
    steps = np.arange(0, length)
    beyond = line.length * _STARTS[:, None, None, None] + steps
    v = _BESIDE_PX[:, None, None] + _SLOPES[:, None] * beyond
    sigma = track.peak / track.significance
    enough = max(_CONTINUES_PART * track.level, _PIECE_SIGMAS * sigma / np.sqrt(length))
    for u in (line.last + beyond, line.first - beyond):
        places = line.places(np.broadcast_to(u, v.shape), v)
        appeared = sample(other, places) - sample(own, places)  # stars stay
        beside_map = (places < 0) | (places > np.array(own.shape[::-1]) - 1)
        appeared[beside_map.any(axis=-1)] = 0
        if np.median(appeared, axis=-1).max() > enough:
            return True
    return False
