"""The trails of one night at work: the plain startrails, and if wanted those that fade, from the same frames."""

from collections.abc import Sequence
from pathlib import Path

from products.columns import FrameRecord
from products.comet import CometMaximum, Fading
from products.render_settings import RenderSettings
from products.scaling import Rgb
from products.startrails import GrowingTrails, TrailMaximum
from products.startrails_rule import TrailRule
from products.sun import Interval


class NightTrails:
    """Follows the rule's decisions in maxima that live in ``scratch``, a folder in memory."""

    def __init__(
        self, scratch: Path, night: Interval, settings: RenderSettings
    ) -> None:
        mask, half_life_min = settings.startrails_mask, settings.comet_half_life_min
        self._plain = GrowingTrails(
            scratch / "startrails", lambda folder: TrailMaximum(folder, mask)
        )
        self._comet = None
        if half_life_min is not None:
            fading = Fading(night.start_utc, half_life_min)
            self._comet = GrowingTrails(
                scratch / f"comet-{half_life_min:g}",
                lambda folder: CometMaximum(folder, fading, mask),
            )

    @property
    def held_bytes(self) -> int:
        """How much memory the maxima take."""
        return sum(one.held_bytes for one in self._all)

    @property
    def stems(self) -> set[str]:
        """The frames in the plain startrails."""
        return self._plain.maximum.stems

    def lost(self, rule: TrailRule) -> set[str]:
        """Return which of the frames used must be added again."""
        return {stem for one in self._all for stem in one.maximum.lost(rule.used)}

    def add(
        self, rgb: Rgb, small: Rgb | None, frame: FrameRecord, rule: TrailRule
    ) -> None:
        """Take in a frame where the rule wants it; ``small`` is its smaller picture, for the trails that fade."""
        self._plain.add(rgb, frame, rule.used, rule.rivals)
        if self._comet and small is not None:
            self._comet.add(small, frame, rule.used, rule.rivals)

    def plain(
        self, frames: Sequence[FrameRecord], rule: TrailRule
    ) -> tuple[Rgb | None, list[FrameRecord]]:
        """Return the startrails of the night so far and which of ``frames`` are in them."""
        return _picture(self._plain, frames, rule)

    def comet(
        self, frames: Sequence[FrameRecord], rule: TrailRule
    ) -> tuple[Rgb | None, list[FrameRecord]]:
        """Return the same of the trails that fade; no picture when they are not wanted."""
        return _picture(self._comet, frames, rule) if self._comet else (None, [])

    def discard(self) -> None:
        """Forget everything and remove the files."""
        for one in self._all:
            one.discard()

    def close(self) -> None:
        """Let go of the memory; the files stay for the next process."""
        for one in self._all:
            one.close()

    @property
    def _all(
        self,
    ) -> list[GrowingTrails[TrailMaximum] | GrowingTrails[CometMaximum]]:
        return [self._plain, self._comet] if self._comet else [self._plain]


def _picture(
    trails: GrowingTrails[TrailMaximum] | GrowingTrails[CometMaximum],
    frames: Sequence[FrameRecord],
    rule: TrailRule,
) -> tuple[Rgb | None, list[FrameRecord]]:
    trails.keep_within(rule.used, rule.rivals)
    inside = [one for one in frames if one.stem in trails.maximum.stems]
    return trails.maximum.picture(inside), inside
