"""Which frames make the startrails: judged one after another by the sun and by the night's own brightness.

A trail is a maximum, so one bright frame hides the stars of all others. The rule therefore keeps a reference, the sky
of the frames used so far, and leaves out what is much brighter: lit clouds, headlights, the moon, dawn. When the sky
turns distinctly darker for good and shows no fewer stars (the moon has set, twilight is over), the trail starts anew
with the first dark frame. Levels are compared in linear light; a stop is a factor of 2.

The rule sees frames in the order of their time and depends on nothing else, so that the same frames give the same
decisions after any restart.
"""

import datetime as dt
from bisect import insort
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from products.columns import FrameRecord
from products.sun import Interval

STEADY_FRAMES = 20  # a change that lasts this many frames is here to stay
_BRIGHTER = 1.5  # 0.6 stops above the reference is too bright: less hides stars near the horizon in twilight
_DARKER = 0.5  # one stop below the trail's usual frame is distinctly darker ...
_DARKER_YOUNG = (
    1 / _BRIGHTER
)  # ... while the trail is young, less is, so that dusk drops out of it
_YOUNG_FRAMES = 60  # such a short trail is compared by its brightest frame
_GRACE_LEVELS = (
    3.0  # levels (0-255) that count as nothing, for skies that are nearly black
)
_STARS_KEPT = 0.8  # of the stars seen before must be there: clouds are dark, too
_MIN_LEFT = dt.timedelta(hours=1)
_MIN_LEFT_PART = 0.5  # of the time that the trail has lasted


class Decision(StrEnum):
    """What became of a frame, as it stands in night.json."""

    USED = "used"
    SUN_TOO_HIGH = "sun_too_high"
    TOO_BRIGHT = "too_bright"
    BEFORE_DARKNESS = "before_darkness"
    DARK_START = "dark_start"
    OVER_LIMIT = "over_limit"
    OUTSIDE_NIGHT = "outside_night"


SENTENCES = {
    Decision.USED: "in the startrails",
    Decision.SUN_TOO_HIGH: "the sun was too high",
    Decision.TOO_BRIGHT: "brighter than this night's sky",
    Decision.BEFORE_DARKNESS: "taken before the sky became darker",
    Decision.DARK_START: "much darker than the sky that followed",
    Decision.OVER_LIMIT: "brighter than the limit that was set",
    Decision.OUTSIDE_NIGHT: "outside the night",
}


@dataclass(frozen=True, slots=True)
class TrailSettings:
    """What the rule goes by: the highest sun (degrees), or instead a fixed limit of the largest channel mean, 0-1."""

    sun_below_deg: float = -12.0
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class TrailStart:
    """How often the trail was started anew, and how many frames it had at once the last time."""

    times: int = 0
    frames: int = 0


class TrailRule:
    """Judges the frames of one night: `decisions` holds the verdict on each so far, `used` those in the trail."""

    def __init__(self, settings: TrailSettings, night: Interval) -> None:
        self._settings, self._night = settings, night
        self.decisions: dict[str, Decision] = {}
        self.used: set[str] = set()
        self.start = TrailStart()
        self._trail = _Trail()
        self._brighter: list[FrameRecord] = []
        self._brighter_trail = _Trail()  # what the brighter ones would make
        self._dusk_length = dt.timedelta()

    @property
    def rivals(self) -> set[str]:
        """The stems of the frames that would make the trail, were it to start anew with the next one."""
        short = len(self._trail) < STEADY_FRAMES
        brighter = self._brighter_trail.frames if short else []
        return {frame.stem for frame in brighter or self._trail.darker}

    def counts(self) -> dict[str, int]:
        """Return how many frames were left out for each reason, most frequent first."""
        left_out = (one for one in self.decisions.values() if one is not Decision.USED)
        return {str(reason): n for reason, n in Counter(left_out).most_common()}

    def judge(self, frame: FrameRecord) -> None:
        """Decide on the next frame; earlier decisions may change when the trail starts anew."""
        self._decide(frame, self._verdict(frame))

    def _decide(self, frame: FrameRecord, verdict: Decision) -> None:
        self.decisions[frame.stem] = verdict
        if verdict is Decision.USED:
            self.used.add(frame.stem)
        else:
            self.used.discard(frame.stem)

    def _verdict(self, frame: FrameRecord) -> Decision:
        settings, sun = self._settings, frame.sun_altitude_deg
        if settings.limit is not None:
            within = frame.channel_mean <= settings.limit
            return Decision.USED if within else Decision.OVER_LIMIT
        if frame.taken_utc not in self._night:
            return Decision.OUTSIDE_NIGHT
        if sun is not None and sun > settings.sun_below_deg:
            self._see_dusk(frame)
            return Decision.SUN_TOO_HIGH
        if self._trail.too_bright(frame):
            return self._settle_brighter(frame)
        self._brighter, self._brighter_trail = [], _Trail()
        self._trail.add(frame)
        self._settle_darker(frame)
        return Decision.USED

    def _see_dusk(self, frame: FrameRecord) -> None:
        """Learn from the frames before the first one used how long twilight lasts here, for the morning."""
        if not self._trail:
            self._dusk_length = frame.taken_utc - self._night.start_utc

    def _settle_brighter(self, frame: FrameRecord) -> Decision:
        """Give up a short dark start, such as a lens cap, when what follows is steadily brighter."""
        self._brighter.append(frame)
        if not (excess := self._brighter_trail.too_bright(frame)):
            self._brighter_trail.add(frame)
        if len(self._trail) >= STEADY_FRAMES or len(self._brighter) < STEADY_FRAMES:
            return Decision.TOO_BRIGHT
        self._forget(self._trail.frames, Decision.DARK_START)
        self._trail = self._brighter_trail
        for one in self._trail.frames:
            self._decide(one, Decision.USED)
        self._brighter, self._brighter_trail = [], _Trail()
        self._started()
        return Decision.TOO_BRIGHT if excess else Decision.USED

    def _settle_darker(self, frame: FrameRecord) -> None:
        """Start anew when the sky has become distinctly darker and enough of the dark time is left."""
        trail = self._trail
        if len(trail.darker) < STEADY_FRAMES or not trail.stars_kept():
            return
        lasted = frame.taken_utc - trail.frames[0].taken_utc
        left = self._night.end_utc - self._dusk_length - frame.taken_utc
        if left < max(_MIN_LEFT, lasted * _MIN_LEFT_PART):
            return
        self._forget(trail.before, Decision.BEFORE_DARKNESS)
        self._trail = _Trail()
        for one in trail.darker:
            self._trail.add(one)
        self._started()

    def _started(self) -> None:
        """Count a new start."""
        self.start = TrailStart(self.start.times + 1, len(self._trail))

    def _forget(self, frames: list[FrameRecord], reason: Decision) -> None:
        for frame in frames:
            self._decide(frame, reason)


class _Trail:
    """The frames of the trail so far: those ``before``, and the run of distinctly ``darker`` ones at its end."""

    def __init__(self) -> None:
        self.before: list[FrameRecord] = []
        self.darker: list[FrameRecord] = []
        self._levels: list[float] = []  # of the frames before, sorted, linear
        self._stars: list[float] = []  # likewise

    def __len__(self) -> int:
        return len(self.before) + len(self.darker)

    @property
    def frames(self) -> list[FrameRecord]:
        return self.before + self.darker

    def too_bright(self, frame: FrameRecord) -> bool:
        """Say whether a frame would hide the stars of the trail; the reference is its darker quarter."""
        if not self._levels:
            return False
        reference = self._levels[len(self._levels) // 4]
        allowed = encoded(reference * _BRIGHTER) + _GRACE_LEVELS
        return frame.statistics.background > allowed

    def add(self, frame: FrameRecord) -> None:
        """Append a frame to the run of darker ones, or end that run."""
        if self._is_darker(frame.statistics.background):
            self.darker.append(frame)
            return
        for one in (*self.darker, frame):
            self.before.append(one)
            insort(self._levels, linear(one.statistics.background))
            insort(self._stars, one.statistics.sharp_points)
        self.darker = []

    def _is_darker(self, level: float) -> bool:
        if not self._levels:
            return False
        young = len(self._levels) < _YOUNG_FRAMES
        usual = self._levels[-1] if young else _middle(self._levels)
        distinct = level + _GRACE_LEVELS <= encoded(usual)
        return distinct and linear(level) <= usual * (
            _DARKER_YOUNG if young else _DARKER
        )

    def stars_kept(self) -> bool:
        """Say whether the newest darker frames show about as many stars as the frames before, and any at all."""
        newest = sorted(
            one.statistics.sharp_points for one in self.darker[-STEADY_FRAMES:]
        )
        now = _middle(newest)
        return now > 0 and now >= _middle(self._stars) * _STARS_KEPT


def _middle(ordered: list[float]) -> float:
    return ordered[len(ordered) // 2] if ordered else 0.0


def linear(level: float) -> float:
    """Return the light, 0-1, behind a stored level, 0-255 (sRGB, IEC 61966-2-1)."""
    value = level / 255
    return (
        value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
    )


def encoded(light: float) -> float:
    """Return the level, 0-255, at which light of 0-1 is stored: the inverse of `linear`."""
    light = min(light, 1.0)
    value = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return float(value * 255)
