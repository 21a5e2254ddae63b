"""What a camera shows under a clear sky, learnt from its own nights: what clouds are measured against."""

from edge.store import Store
from products.cloud_estimate import ClearSky, Seen
from products.star_list import StarList
from products.star_log import MOST_STARS, NAME, FrameStars, read_stars

_NIGHTS_BEFORE = 7
_AS_GOOD_PART = 0.7  # of the stars of the clearest night: tonight has its own Milky Way and its own air


class ClearReference:
    """The clear sky of tonight, or of the last nights while tonight has not shown one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._night = ""
        self._tonight: list[Seen] = []
        self._before: list[ClearSky] = []

    def of(self, night: str) -> ClearSky | None:
        """Return the clear sky to compare a frame of this night with; None as long as none has been seen."""
        if night != self._night:
            self._begin(night)
        tonight = ClearSky.of_night(self._tonight)
        if not self._before:
            return tonight
        known = [*self._before, *([tonight] if tonight else [])]
        limit = max(one.seen.limit for one in known)
        best = max(known, key=lambda one: one.seen.brighter(limit))
        most = best.seen.brighter(limit)
        if tonight and tonight.seen.brighter(limit) >= _AS_GOOD_PART * most:
            return tonight
        return best

    def add(self, frame: FrameStars) -> None:
        """Learn from a frame of the night that was last asked for."""
        seen = _seen(frame)
        if seen:
            self._tonight.append(seen)

    def _begin(self, night: str) -> None:
        """Read what this night and those before have left."""
        self._night = night
        folders = sorted(self._store.products_folder(night).parent.glob("????-??-??"))
        earlier = [one for one in folders if one.name < night and (one / NAME).exists()]
        nights = [
            ClearSky.of_night(self._seen_in(one.name))
            for one in earlier[-_NIGHTS_BEFORE:]
        ]
        self._before = [one for one in nights if one]
        self._tonight = self._seen_in(night)

    def _seen_in(self, night: str) -> list[Seen]:
        path = self._store.products_folder(night) / NAME
        return [seen for one in read_stars(path) if (seen := _seen(one))]


def _seen(frame: FrameStars) -> Seen | None:
    """Return the light of a frame's stars per second; None when its exposure is not known.

    Of a list that was cut short, the last star says how faint it goes.
    """
    if frame.exposure is None or frame.limit is None:
        return None
    stars: StarList = frame.stars.brightest(MOST_STARS)
    flux = stars.flux / frame.exposure
    limit = frame.limit
    if frame.count > len(stars) > 0:
        limit = max(limit, float(flux[-1]))
    return Seen(flux, limit)
