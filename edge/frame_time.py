"""The time of the frames in the capture program: known, or to be known later."""

import datetime as dt
from dataclasses import replace

from edge.cameras import Frame
from edge.clock import Clock
from edge.clock_trust import ClockTrust
from edge.config import Settings
from edge.held_frames import HeldFrames
from edge.metering import Metered
from edge.store import Store

_SAME_STEP_S = 1.0


class FrameTime:
    """Says when each frame was taken; holds those whose time is not known yet and moves them to their nights."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self._clock, self._trust = clock, ClockTrust(store, clock, settings.clock)
        self._held = HeldFrames(store, settings, clock)
        # Another program's frames are taken up with the time in their names.
        self._as_said = settings.camera.driver == "folder"
        self._began_s = self._taken_s = 0.0
        self._some_moved = False

    @property
    def known(self) -> bool:
        """Whether the time is known now."""
        return self._trust.look()

    def begin(self) -> None:
        """Note that the camera is asked for a frame now."""
        self._began_s = self._clock.monotonic()

    def of(self, frame: Frame) -> Frame:
        """Return the frame that was asked for last under its time by the clock of now, whenever that was set."""
        if self._as_said:
            return frame
        now, now_s = self._clock.now(), self._clock.monotonic()
        ago_s = (now - frame.taken_utc).total_seconds()
        # It may have begun before it was asked for.
        longest_s = now_s - self._began_s + frame.exposure.exposure_us / 1e6
        if not 0 <= ago_s <= longest_s + _SAME_STEP_S:
            ago_s = now_s - self._began_s
            frame = replace(frame, taken_utc=now - dt.timedelta(seconds=ago_s))
        self._taken_s = now_s - ago_s
        return frame

    def hold(self, frame: Frame, metered: Metered, content: bytes) -> None:
        """Keep the frame that `of` saw last, with its JPEG; raise OSError when the disk does not take it."""
        self._some_moved = True
        self._held.hold(frame, self._taken_s, metered, content)

    def date_one(self) -> bool:
        """Move a held frame to its night, if the time is known, and say whether there was one; raises as `hold`."""
        moved = self.known and self._held.date_one()
        self._some_moved |= moved
        return moved

    def all_dated(self) -> bool:
        """Say once that no frame is held any more: those that were are stored now."""
        done = self._some_moved and self.known and not self._held.any_to_date()
        self._some_moved &= not done
        return done
