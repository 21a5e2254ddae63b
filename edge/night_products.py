"""The products of one night at work: every stored frame is fed to `LiveNight` once, in the order of time.

Capture feeds each new frame from the pixels in memory; after a restart it first catches up with the frames on disk.
Nightly does the same for what capture could not, and finishes. Only one of them works on a night at a time.
"""

import contextlib
import functools
import logging
import shutil
from collections import deque
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.config import Settings
from edge.service import locked
from edge.sky_mask import sky_mask
from edge.store import FrameRecord, Store
from edge.store_events import candidate_count
from products import jpeg
from products.encoder import Encoder, usable
from products.live import FrameFacts, LiveNight, RenderSettings, night_axis
from products.night import Night
from products.report import MadeProduct, NightReport
from products.scaled import Scaled
from products.sun import Interval, Place

log = logging.getLogger(__name__)


class NightProducts:
    """The products of one night; raises `AlreadyRunningError` while another program works on them.

    Only frames within their axis, from sunset to sunrise, are in them; those of the day are not.
    """

    def __init__(self, store: Store, settings: Settings, night: Night) -> None:
        self.night, self.axis = night, axis_of(settings, night)
        self.left_out: dict[str, str] = {}
        self._store, self._looks_for_meteors = store, settings.products.meteors
        self._buffer: NDArray[np.uint8] | None = None
        with contextlib.ExitStack() as opening:
            opening.enter_context(
                locked(
                    store.scratch / f"{night}.lock",
                    f"Another program is at work on the products of the night {night}.",
                )
            )
            self._live = LiveNight(
                store.products_folder(night.name),
                self.axis,
                render_settings(settings),
                _scratch(store, night),
            )
            opening.callback(self._live.close)
            self._behind = self._not_yet_in()
            self._open = opening.pop_all()

    @property
    def behind(self) -> int:
        """How many stored frames still have to be fed."""
        return len(self._behind)

    def add(self, record: FrameRecord, frame: Scaled) -> None:
        """Take a frame within the axis, just stored: its pixels now, or its file later when others come first."""
        if self._behind:
            self._behind.append(record)
        else:
            self._feed(record, frame)

    def catch_up(self) -> None:
        """Feed the oldest stored frame that is missing, read from its file; one that cannot be read is left out."""
        record = self._behind.popleft()
        try:
            content = (self._store.data / record.path).read_bytes()
        except OSError as error:
            self._leave_out(record, f"cannot be read: {error.strerror}")
            return
        try:
            rgb = jpeg.decode(content, buffer=self._buffer)
        except jpeg.JpegError as error:
            self._leave_out(record, str(error))
            return
        self._buffer = rgb
        self._feed(record, Scaled(rgb))

    def repair(self) -> None:
        """Drop what is damaged of the products' own files, so that `catch_up` brings it again from the frames."""
        self._live.repair()
        self._behind = self._not_yet_in()

    def write_live(self) -> list[MadeProduct]:
        """Write the products of the night so far and return them."""
        return self._live.write_live()

    def finish(self) -> NightReport:
        """Write the final products and say what they are."""
        return self._live.finish(self._meteors())

    def close(self) -> None:
        """Leave the night to whoever works on it next."""
        self._open.close()

    def _meteors(self) -> int | None:
        """Return how many meteor candidates capture found; None when it did not look for any."""
        found = candidate_count(self._store, self.night.name)
        return found if found or self._looks_for_meteors else None

    def _not_yet_in(self) -> deque[FrameRecord]:
        stored = {
            Path(frame.path).stem: frame
            for frame in self._store.frames(self.night.name)
            if frame.taken_utc in self.axis
        }
        return deque(stored[stem] for stem in self._live.missing(list(stored)))

    def _feed(self, record: FrameRecord, frame: Scaled) -> None:
        facts = FrameFacts(
            stem=Path(record.path).stem,
            taken_utc=record.taken_utc,
            sun_altitude_deg=record.sun_altitude_deg,
            exposure_us=record.exposure_us,
            gain=record.gain,
            stars=record.stars,
        )
        try:
            self._live.add(frame, facts)
        except ValueError as error:  # another size than the night's first frame
            self._leave_out(record, str(error))

    def _leave_out(self, record: FrameRecord, problem: str) -> None:
        """Note why a frame is in no product: a sentence that begins with its name."""
        name = Path(record.path).name
        self.left_out[name] = f"{name} {problem}"
        log.warning("%s is left out of the products: it %s", record.path, problem)


def axis_of(settings: Settings, night: Night) -> Interval:
    """Return the stretch of time that the products of a night cover."""
    return _axis(settings.site.place, night)


@functools.lru_cache(maxsize=32)
def _axis(place: Place, night: Night) -> Interval:
    return night_axis(place, night)


def forget_scratch(store: Store, night: Night) -> None:
    """Give back the memory of a night that is finished."""
    shutil.rmtree(_scratch(store, night), ignore_errors=True)


def render_settings(settings: Settings) -> RenderSettings:
    """Return how the products are to look: a keogram column a minute, or one a frame where frames come less often."""
    chosen = settings.products
    return RenderSettings(
        rotation_deg=settings.camera.rotation_deg,
        column_s=max(60.0, settings.capture.interval_s),
        keogram_crop=(chosen.keogram_crop_top, chosen.keogram_crop_bottom),
        keogram_strip=chosen.keogram_strip,
        trails_sun_below_deg=chosen.startrails_sun_below_deg,
        startrails_mask=sky_mask(settings) if chosen.startrails_mask else None,
        comet_half_life_min=chosen.startrails_comet_min,
        fps=chosen.timelapse_fps,
        longest_side_px=chosen.timelapse_longest_side_px,
        crf=chosen.timelapse_crf,
        encoder=_encoder(Encoder(chosen.timelapse_encoder)),
        deflicker=chosen.timelapse_deflicker,
        time_stamp=chosen.timelapse_time_stamp,
        startrails_video_every=chosen.startrails_video_every,
        day_video_every=chosen.day_video_every,
        zone=settings.site.zone,
    )


@functools.cache
def _encoder(wanted: Encoder) -> Encoder:
    """Return the encoder that is wanted, or the one that works instead; why is said once."""
    found = usable(wanted)
    if found.note:
        log.warning("%s", found.note)
    return found.encoder


def _scratch(store: Store, night: Night) -> Path:
    return store.scratch / night.name
