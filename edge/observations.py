"""What is seen in a stored frame: stars, brightness, clouds, meteors. No frame waits for it or fails with it."""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import replace

from edge.cameras import Frame
from edge.clock import Clock
from edge.config import Settings
from edge.meteor_watch import MeteorWatch
from edge.outlook import Outlook
from edge.sky_watch import SkyWatch
from edge.store import FrameRecord, Store
from edge.trouble import DISK_ERRORS, sentence

MEASURING_ERRORS = (ValueError, ArithmeticError, LookupError, MemoryError)
"""What strange pixels may do to a measurement."""

_MARGIN = 1.5  # times what the last frame took must be left until the next exposure
_FORGETS = 0.9  # what a frame took counts less with every one that is passed over

log = logging.getLogger(__name__)


class Observations:
    """Sees what the settings ask for; ``trouble`` says what is wrong at present, and is empty when nothing is."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self.trouble = ""
        self._store, self._clock = store, clock
        self._outlook = Outlook(settings)
        chosen = settings.products
        self._sky = (
            SkyWatch(store, settings.camera, self._outlook)
            if chosen.measure_sky
            else None
        )
        self._meteors = MeteorWatch(store, self._outlook) if chosen.meteors else None
        self._took_s = 0.0

    def observe(self, frame: Frame, record: FrameRecord, spare_s: float) -> FrameRecord:
        """Look at a frame that was just stored, and return its record with what was seen.

        Parameters
        ----------
        frame
            Its pixels; they are not kept.
        record
            What was stored of it.
        spare_s
            Seconds until the next exposure is due. When they would not do, the frame is passed over.
        """
        if self._took_s * _MARGIN > spare_s:
            self._took_s *= _FORGETS
            self._say(
                "There is no time between the frames to measure the sky in each of them."
            )
            return record
        began_s, self._problem = self._clock.monotonic(), ""
        if self._sky:
            with self._noted("what the camera measured"):
                record = self._with_stars(record, self._sky.look(frame, record))
        if self._meteors:
            with self._noted("meteors"):
                cover = self._sky.cloud_cover if self._sky else None
                self._meteors.look(frame, record, cover)
        self._took_s = self._clock.monotonic() - began_s
        self._say(self._problem or self._outlook.trouble)
        return record

    def _with_stars(self, record: FrameRecord, stars: int | None) -> FrameRecord:
        if stars is None:
            return record
        counted = replace(record, stars=stars)
        self._store.add_frame(counted)
        return counted

    @contextlib.contextmanager
    def _noted(self, what: str) -> Iterator[None]:
        """Turn what goes wrong into words."""
        try:
            yield
        except DISK_ERRORS as error:
            self._problem = sentence(error, what)
        except MEASURING_ERRORS as error:
            self._problem = f"The last frame could not be measured: {error!r}."
            log.debug("the frame could not be measured", exc_info=True)

    def _say(self, trouble: str) -> None:
        """Log what is wrong when that changes."""
        if trouble and trouble != self.trouble:
            log.error("%s", trouble)
        self.trouble = trouble
