"""What tells a meteor from everything that lasts: whether another frame shows the same line, or its continuation."""

import numpy as np

from products.meteor_lines import Track, most_on_a_chord
from products.meteor_maps import Map, Points, sample

_REACH_LENGTHS, _REACH_PX = 3.0, 12.0  # how far beyond its ends a track is followed
_TRACK_PX = 3.0  # half the width of that corridor ...
_SPREADS = 0.2  # ... which widens with distance, because the lens bends the track
_FEWEST_STEPS, _STEPS_PART = 6, 0.3  # of its length must be lit by points
_STAYS_PART = 0.5
_ASIDE_PX = np.arange(-4.0, 5.0)


def is_elsewhere(track: Track, other: Map, changed: Points) -> bool:
    """Say whether another frame shows the thing that drew a track.

    Parameters
    ----------
    track
        A line in one frame.
    other
        The `contrast` map of the frame before or after.
    changed
        The points that are new in that other frame, or gone after it.
    """
    return _stays(track, other) or _moves_on(track, changed)


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
