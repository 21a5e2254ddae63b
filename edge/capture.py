"""The capture program: a frame every interval while the sun is low enough, whatever happens, and always a reason.

A state machine; `Capture.step` does the work of one state. On a full disk the frames are still shown live, and storing
is tried again with every frame. A camera that fails is opened again after a growing pause, and meanwhile a card says
why there is no picture. When nothing has helped for some minutes the program ends with `BeginAnewError`, so that
systemd starts it afresh: what hangs in the camera's library is gone then.
"""

import datetime as dt
import logging
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from edge.archive import Archive
from edge.cadence import Cadence, is_day
from edge.cameras import (
    Camera,
    CameraError,
    Frame,
    NoNewFrameError,
)
from edge.cameras.opening import open_camera
from edge.capture_window import CaptureWindow, Closed
from edge.clock import Clock
from edge.config import Settings
from edge.exposure_control import ExposureControl
from edge.frame_time import FrameTime
from edge.frames import Shot, adopt_frames, encoded, store_frame, words
from edge.live import QUALITY, LiveImages
from edge.metering import Metered, meter
from edge.observations import Observations
from edge.outlook import Outlook
from edge.picture.overlay import Overlay
from edge.service import BeginAnewError
from edge.status_card import status_card
from edge.store import ProgramState, Store
from edge.tonight import Tonight
from edge.trouble import Troubles
from products import jpeg
from products.manifest import LiveFacts
from products.night import Night
from products.scaled import Scaled
from products.sun import sun_altitude_deg

LONGEST_SLEEP_S = 60.0  # then the clock is looked at again: it may have been set
# Before a camera that failed is opened again; doubled with every failure.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
_FOLLOWING_PAUSE_S = 2.0  # between two looks for a frame of another program
_OPENING_TAKES_S = 180.0
_CARD_AFTER_S, _LOST_AFTER_S = 120.0, 900.0
_HELD = "The time of this computer is not known yet: frames are held until it is."

log = logging.getLogger(__name__)


class State(StrEnum):
    """What the program is doing."""

    SLEEP = "sleep"
    EXPOSE = "expose"
    STORE = "store"
    WAIT = "wait"
    RECOVER = "recover"


class Capture:
    """Takes, meters, stores and shows frames, and feeds the products of the night."""

    name = "capture"

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        open_camera: Callable[[], Camera],
    ) -> None:
        self._settings, self._clock, self._store = settings, clock, store
        self._open_camera = open_camera
        self._camera: Camera | None = None
        # Another program takes the frames: they come when they come.
        self._follows = settings.camera.driver == "folder"
        self._window = CaptureWindow(settings)
        self._tonight = Tonight(store, settings, clock)
        self._outlook = Outlook(settings)
        self._observations = Observations(store, settings, clock)
        self._live = LiveImages(store.scratch)
        self._archive = Archive(store, settings)
        self._overlay = Overlay(settings, store)
        self._time = FrameTime(store, settings, clock)
        self._frame: Frame | None = None
        self._exposure = ExposureControl(settings, store)
        self._cadence = Cadence(settings, clock)
        self._failures = 0
        self._failing_since: dt.datetime | None = None
        self._failing_since_s = 0.0
        self._troubles = Troubles()
        self._state = State.WAIT
        self._said: tuple[str, str, dt.datetime | None] | None = None
        adopted = adopt_frames(store, settings.site.place)
        if adopted:
            log.info(
                "%d frames were on disk without a record and are recorded now", adopted
            )

    @property
    def silence_s(self) -> float:
        """As long as a frame may take, with time to open the camera again."""
        capture, longest_s = self._settings.capture, self._settings.exposure.longest_s
        interval_s = max(capture.interval_s, capture.day_interval_s or 0.0)
        return interval_s + 2 * longest_s + _OPENING_TAKES_S

    @property
    def alive(self) -> bool:
        """Whether frames come, or none are due."""
        return self._state is not State.RECOVER

    def step(self) -> float:
        """Do the work of the present state and return how many seconds to rest."""
        match self._state:
            case State.SLEEP:
                return self._sleep()
            case State.EXPOSE:
                return self._expose()
            case State.STORE:
                return self._store_frame()
            case State.WAIT:
                return self._wait()
            case State.RECOVER:
                return self._recover()
            case _:
                assert_never(self._state)

    def close(self) -> None:
        """Release camera, products and store; say that the program was stopped."""
        self._say("stopped", "The program was stopped.", None)
        self._tonight.close()
        if self._camera:
            self._camera.close()
        self._store.close()

    def _sleep(self) -> float:
        """Rest until frames may be taken."""
        if self._date_held():
            return 0.0
        time_known, now = self._time.known, self._clock.now()
        self._tonight.leave_when_over(now)
        closed = self._window.closed(now, time_known=time_known)
        if closed is None:
            self._cadence.begin_now()
            self._exposure.begin_anew()
            self._state = State.EXPOSE
            return 0.0
        return self._fall_asleep(closed)

    def _fall_asleep(self, closed: Closed) -> float:
        self._enter(State.SLEEP, closed.reason, closed.until_utc)
        if closed.until_utc is None:
            return LONGEST_SLEEP_S
        return min(
            max((closed.until_utc - self._clock.now()).total_seconds(), 0.0),
            LONGEST_SLEEP_S,
        )

    def _expose(self) -> float:
        """Take a frame, unless it is no longer time for one."""
        time_known, now = self._time.known, self._clock.now()
        if closed := self._window.closed(now, time_known=time_known):
            return self._fall_asleep(closed)
        self._cadence.start()
        try:
            camera = self._opened_camera()
            wanted = self._exposure.wanted(camera, now, self._cadence.interval_s)
            if not self._follows:
                reason = f"Exposing for {words(wanted)}."
                self._enter(State.EXPOSE, reason, self._cadence.due_utc)
            self._time.begin()
            self._frame = camera.capture(wanted)
        except NoNewFrameError as error:
            self._failures, self._failing_since = 0, None
            self._cadence.pause(_FOLLOWING_PAUSE_S)
            return self._await_next_frame(f"There is no new frame: {error}.")
        except CameraError as error:
            return self._camera_failed(error)
        self._failures, self._failing_since = 0, None
        self._state = State.STORE
        return 0.0

    def _opened_camera(self) -> Camera:
        if self._camera is None:
            self._camera = self._open_camera()
            log.info("The camera: %s", self._camera.model)
        return self._camera

    def _store_frame(self) -> float:
        """Meter the frame, store it, feed the products, show it."""
        frame, camera, began = self._frame, self._camera, self._clock.monotonic()
        assert frame is not None  # the state machine gets here only with both
        assert camera is not None
        time_known, frame = self._time.known, self._time.of(frame)
        open_sky = self._outlook.open_sky(frame.height, frame.width)
        metered = meter(frame, open_sky)
        self._exposure.learn(frame, metered)
        quality = self._settings.capture.jpeg_quality
        content = encoded(frame, camera.model, quality, time_known=time_known)
        self._frame = None
        self._troubles.renew()
        if not time_known:
            return self._hold(frame, metered, content)
        shot = self._described(frame, metered)
        scaled = Scaled(frame.rgb)
        self._tonight.begin(frame.taken_utc)
        with self._troubles.noted("the frame"):
            if self._is_kept(shot):
                keep_free_mb = self._settings.capture.keep_free_mb
                record = store_frame(self._store, shot, content, keep_free_mb)
                rest_s = self._cadence.rest_s
                record = self._observations.observe(frame, record, rest_s)
                self._tonight.add(record, scaled)
        with self._troubles.noted("the live image and the archive"):
            shown = self._live.publish(
                content, scaled, shot.live_facts, self._overlay.on(frame)
            )
            self._archive.keep(shown, self._clock.now())
        took_s = self._clock.monotonic() - began
        log.info("%s, %.0f kB in %.2f s", shot, len(content) / 1000, took_s)
        if self._follows:
            self._cadence.begin_now()
        return self._await_next_frame("Waiting for the next frame.")

    def _hold(self, frame: Frame, metered: Metered, content: bytes) -> float:
        """Keep a frame until the time is known; before that nothing is made of it, and it is not shown."""
        with self._troubles.noted("the frame"):
            self._time.hold(frame, metered, content)
        return self._await_next_frame(_HELD)

    def _date_held(self) -> bool:
        """Move a held frame to its night when the time is known; after the last one go on from what is stored."""
        with self._troubles.noted("a held frame"):
            if self._time.date_one():
                return True
            if self._time.all_dated():
                self._tonight.close()
                self._exposure.begin_anew()
        return False

    def _is_kept(self, shot: Shot) -> bool:
        """Say whether a frame is stored: those of the day are only shown when the owner wants it so."""
        return self._settings.capture.keep_day_frames or not is_day(
            self._settings, shot.frame.taken_utc
        )

    def _described(self, frame: Frame, metered: Metered) -> Shot:
        site = self._settings.site
        return Shot(
            frame=frame,
            night=Night.at(frame.taken_utc, site.tz).name,
            sun_altitude_deg=sun_altitude_deg(site.place, frame.taken_utc),
            public_sun_altitude_deg=sun_altitude_deg(
                site.public_place, frame.taken_utc
            ),
            metered=metered,
        )

    def _await_next_frame(self, reason: str) -> float:
        self._enter(
            State.WAIT, reason, None if self._follows else self._cadence.due_utc
        )
        return 0.0

    def _wait(self) -> float:
        """Use the time until the next frame for the products, one piece of work a step."""
        if (rest := self._cadence.rest_s) <= 0:
            self._state = State.EXPOSE
            return 0.0
        self._tonight.leave_when_over(self._clock.now())
        return 0.0 if self._date_held() or self._tonight.work() else rest

    def _camera_failed(self, error: CameraError) -> float:
        """Say that no frame came and how long to wait before the camera is opened again."""
        doubled = min(self._failures, 6)
        pause_s = min(FIRST_PAUSE_S * 2.0**doubled, LONGEST_PAUSE_S)
        self._failures += 1
        log.warning("no frame (%d in a row): %s", self._failures, error)
        now = self._clock.now()
        if self._failing_since is None:
            self._failing_since, self._failing_since_s = now, self._clock.monotonic()
        reason = f"No frame from the camera: {error}."
        failing_s = self._clock.monotonic() - self._failing_since_s
        if failing_s >= _CARD_AFTER_S:
            self._show_card(reason, self._failing_since)
        due = now + dt.timedelta(seconds=pause_s)
        self._enter(State.RECOVER, f"{reason} It is opened again.", due)
        if failing_s >= _LOST_AFTER_S:
            raise BeginAnewError(f"{reason} The program begins anew.")
        return pause_s

    def _show_card(self, reason: str, since: dt.datetime) -> None:
        """Show why there is no picture where the picture would be."""
        site, now = self._settings.site, self._clock.now()
        card = status_card(site.name, reason, since, site.tz)
        facts = LiveFacts(
            taken_utc=now, night=Night.at(now, site.tz).name, note=reason[:300]
        )
        with self._troubles.noted("the live image"):
            self._live.publish(jpeg.encode(card, QUALITY), card, facts)

    def _recover(self) -> float:
        """Open the camera again after a fault."""
        try:
            if self._camera:
                self._camera.reopen()
            else:
                self._opened_camera()
        except CameraError as error:
            return self._camera_failed(error)
        self._state = State.EXPOSE
        return 0.0

    def _enter(self, state: State, reason: str, next_utc: dt.datetime | None) -> None:
        """Change the state and say why, together with what is wrong at present."""
        self._state = state
        others = (
            self._tonight.trouble,
            self._observations.trouble,
            self._cadence.trouble,
        )
        troubles = dict.fromkeys([*self._troubles.now, *others])
        self._say(state, " ".join(filter(None, [*troubles, reason])), next_utc)

    def _say(self, state: str, reason: str, next_utc: dt.datetime | None) -> None:
        """Write it down, unless it is what was said last: the disk is spared while a folder is followed."""
        if (said := (state, reason, next_utc)) == self._said:
            return
        now = self._clock.now()
        with self._troubles.noted("the state"):
            self._store.set_state(ProgramState(self.name, state, reason, now, next_utc))
            self._said = said


def build_capture(settings: Settings, config_dir: Path, clock: Clock) -> Capture:
    """Return the capture program of the camera in the settings; the camera is opened by the first frame."""
    store = Store(settings.data)
    return Capture(
        settings, clock, store, lambda: open_camera(settings, clock, store.has_frame)
    )
