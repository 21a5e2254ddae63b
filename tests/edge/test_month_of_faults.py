"""A month on the roof with a thousand faults: capture goes on, no time is lost beyond the fault itself, all is said.

The frames come every twenty minutes, day and night, from a camera with an ideal sensor; the faults of twelve kinds
strike at random moments, also on top of each other. Whoever starts the program again stands for systemd.
"""

import datetime as dt
import random
import shutil
from collections import Counter
from itertools import pairwise

import numpy as np

from edge import frames
from edge.cameras import CameraError, Frame
from edge.capture import Capture
from edge.clock import VirtualClock
from edge.config import parse
from edge.service import BeginAnewError
from edge.store import Store

START = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
SITE = {
    "name": "Roof",
    "latitude_deg": 52.5,
    "longitude_deg": 13.4,
    "zone": "Europe/Berlin",
}
DAYS, FAULTS, INTERVAL_S = 30, 1000, 1200.0
# The camera is opened again at most a minute after it could be, and the frame comes with the next beat.
SLACK_S = 60.0 + 2 * INTERVAL_S


class ShiftingClock(VirtualClock):
    """A clock that somebody sets."""

    shift = dt.timedelta()

    def now(self) -> dt.datetime:
        return super().now() + self.shift


class TroubledCamera:
    """The linear camera, in trouble of one kind until a moment."""

    def __init__(self, camera, clock) -> None:
        self._camera, self._clock = camera, clock
        self.model, self.limits = camera.model, camera.limits
        self.trouble: dict[str, float] = {}  # until when, by kind

    def _in(self, kind: str) -> bool:
        return self._clock.monotonic() < self.trouble.get(kind, 0.0)

    def capture(self, wanted) -> Frame:
        if self._in("error"):
            raise CameraError("the request failed")
        if self._in("dead sensor"):
            self._clock.sleep(wanted.exposure_us / 1e6 + 10)
            raise CameraError("no frame within the exposure and 10 s")
        if self._in("unplugged"):
            raise CameraError("there is no camera")
        if self._in("slow"):
            self._clock.sleep(1.5 * INTERVAL_S)
        frame = self._camera.capture(wanted)
        rgb = frame.rgb
        if self._in("black"):
            rgb = np.zeros_like(rgb)
        if self._in("white"):
            rgb = np.full_like(rgb, 255)
        if self._in("other size"):
            rgb = np.ascontiguousarray(rgb[:48, :64])
        return Frame(rgb, frame.taken_utc, frame.exposure)

    def reopen(self) -> None:
        if self._in("unplugged"):
            raise CameraError("there is no camera")

    def close(self) -> None:
        """Nothing is open."""


class Month:
    """The program, its camera, and the one who starts it again."""

    def __init__(self, data, camera_class, monkeypatch) -> None:
        self.clock = ShiftingClock(START)
        self.camera = TroubledCamera(camera_class(self.clock), self.clock)
        chosen = {
            "interval_s": INTERVAL_S,
            "sun_below_deg": 90,
            "keep_day_frames": False,
        }
        read = parse(
            {"site": SITE, "capture": chosen, "products": {"live_interval_s": 86400}}
        )
        self.settings = read.model_copy(update={"data": data})
        self.full_until = 0.0
        self.struck: Counter[str] = Counter()
        self.shown: list[float] = []  # when a frame was shown or stored
        self.reasons: list[tuple[float, str]] = []
        self._usage = shutil.disk_usage
        monkeypatch.setattr(frames.shutil, "disk_usage", self._disk_usage)
        self.capture = self._started()

    def _disk_usage(self, path):
        usage = self._usage(path)
        full = self.clock.monotonic() < self.full_until
        return usage._replace(free=0) if full else usage

    def _started(self) -> Capture:
        store = Store(self.settings.data)
        return Capture(self.settings, self.clock, store, self._opened)

    def _opened(self):
        self.camera.reopen()
        return self.camera

    def strike(self, kind: str, lasting_s: float) -> None:
        self.struck[kind] += 1
        until = self.clock.monotonic() + lasting_s
        match kind:
            case "full disk":
                self.full_until = until
            case "clock set":
                hours = random.Random(until).uniform(-3, 3)
                self.clock.shift = dt.timedelta(hours=hours)
            case "killed":
                self.restart(orderly=False)
            case "power cut":
                scratch = Store(self.settings.data)
                shutil.rmtree(scratch.scratch, ignore_errors=True)
                scratch.close()
                self.restart(orderly=False)
            case "stopped":
                self.restart(orderly=True)
            case _:
                self.camera.trouble[kind] = until

    def restart(self, *, orderly: bool) -> None:
        """Start the program again; one that was killed leaves everything as it is."""
        self.reasons.append((self.clock.monotonic(), "started anew"))
        if orderly:
            self.capture.close()
        else:
            self.capture._tonight.close()  # the kernel takes back locks and memory of a killed process
            self.capture._store.db.close()
        self.capture = self._started()

    def step(self) -> None:
        before = self.capture._live._path
        stamp = before.stat().st_mtime_ns if before.exists() else 0
        try:
            rest_s = self.capture.step()
        except BeginAnewError as error:
            self.reasons.append((self.clock.monotonic(), str(error)))
            self.clock.sleep(5)
            self.restart(orderly=True)
            return
        state = self.capture._store.states().get("capture")
        if state:
            self.reasons.append((self.clock.monotonic(), state.reason))
        after = before.stat().st_mtime_ns if before.exists() else 0
        if after != stamp and state and state.state != "recover":
            self.shown.append(self.clock.monotonic())
        self.clock.sleep(rest_s)


KINDS = (
    "error",
    "dead sensor",
    "unplugged",
    "slow",
    "black",
    "white",
    "other size",
    "full disk",
    "clock set",
    "killed",
    "power cut",
    "stopped",
)


CAUSES = ("No frame from the camera", "Frames take longer", "started anew")


def test_a_month_of_faults_loses_no_more_time_than_the_faults_take(
    tmp_path, linear_camera, monkeypatch
):
    chance = random.Random(2026)
    month = Month(tmp_path / "data", linear_camera, monkeypatch)
    end = DAYS * 86400.0
    faults = sorted(
        (
            chance.uniform(0, end),
            chance.choice(KINDS),
            chance.choice([1.0, 60.0, 300.0, 1500.0]),
        )
        for _ in range(FAULTS)
    )
    blind: list[tuple[float, float]] = []  # when no frame could come
    for at, kind, lasting_s in faults:
        while month.clock.monotonic() < at:
            month.step()
        begin = month.clock.monotonic()
        month.strike(kind, lasting_s)
        if kind in ("error", "dead sensor", "unplugged", "slow"):
            last_s = 1.5 * INTERVAL_S if kind == "slow" else 60.0  # what began in it
            blind.append((begin, begin + lasting_s + last_s))
    while month.clock.monotonic() < end:
        month.step()
    month.capture.close()
    assert set(month.struck) == set(KINDS)
    assert sum(month.struck.values()) == FAULTS
    for gone, back in gaps(month.shown):
        excused = sum(max(0.0, min(back, b) - max(gone, a)) for a, b in merged(blind))
        assert back - gone <= excused + SLACK_S, f"lost without cause at {gone:.0f} s"
        said = " ".join(
            one for at, one in month.reasons if gone < at < back + 2 * INTERVAL_S
        )
        assert any(cause in said for cause in CAUSES)
    lost = sum(back - gone - INTERVAL_S for gone, back in gaps(month.shown))
    assert lost < 0.2 * end


def gaps(shown: list[float]):
    """Yield the stretches in which at least one frame is missing."""
    for before, after in pairwise(shown):
        if after - before > 1.5 * INTERVAL_S:
            yield before, after


def merged(stretches: list[tuple[float, float]]):
    """Yield the union of stretches, each part once."""
    until = 0.0
    for begin, end in sorted(stretches):
        if end > until:
            yield max(begin, until), end
            until = end
