"""The whole capture program with a camera on a cable that fails in every way: it always comes back by itself."""

import json
import logging
import math
import statistics
import threading
from itertools import pairwise

import pytest
from click.testing import CliRunner

from edge.cameras.patience import Patience
from edge.capture import Capture
from edge.cli import main
from edge.config import parse
from edge.store import Store
from products import jpeg

pytestmark = [
    pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning"),
    # The event loop of picamera2 is a thread that dies of what a callback raises.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]

SITE = {
    "name": "Hill",
    "latitude_deg": 50.6,
    "longitude_deg": 8.7,
    "zone": "Europe/Berlin",
}
INTERVAL_S = 8.0
NIGHT = "2026-11-09"
SPEED = 20.0
ELECTRONS_S = 60.0
FAULT_S = 30.0
MARGIN_S = 0.5  # of ours: 10 simulated seconds


class Roof:
    """A capture program under a steady night sky; ``speed`` simulated seconds are one of ours."""

    def __init__(self, pi, data, sensor="imx477") -> None:
        self.pi = pi(sensor, speed=SPEED, electrons_s=lambda _: ELECTRONS_S)
        self.pi.patience = Patience(exposures=2.0 / SPEED, margin_s=MARGIN_S)
        self.clock = self.pi.clock
        settings = parse(
            {
                "site": SITE,
                "camera": {"driver": "picamera2", "raw": "on"},
                "capture": {"interval_s": INTERVAL_S},
                "products": {"measure_sky": False, "meteors": False},
            }
        ).model_copy(update={"data": data})
        self.store, self.camera = Store(data), None
        self.capture = Capture(settings, self.clock, Store(data), self._open)

    def _open(self):
        self.camera = self.pi.open(raw="on")
        return self.camera

    @property
    def frames(self):
        return self.store.frames(NIGHT)

    @property
    def state(self):
        return self.store.states().get("capture")

    def run_until(self, frames: int, within_s: float = 200.0) -> set[str]:
        """Run until so many frames are stored and return every reason that was given for a recovery."""
        end, reasons = self.clock.monotonic() + within_s, set()
        while len(self.frames) < frames:
            assert self.clock.monotonic() < end, f"only {len(self.frames)}: {reasons}"
            self.clock.sleep(self.capture.step())
            if self.state and self.state.state == "recover":
                reasons.add(self.state.reason)
        return reasons

    def close(self) -> None:
        self.capture.close()
        self.store.close()


@pytest.fixture
def roof(pi, tmp_path, caplog):
    # What picamera2 logs of an exception on purpose is not for the report of the tests.
    caplog.set_level(logging.CRITICAL, "picamera2")
    made = []

    def make(sensor="imx477"):
        made.append(Roof(pi, tmp_path, sensor))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("sensor", ["imx477", "imx708", "ov5647"])
def test_frames_come_at_the_beat_and_as_bright_as_wanted(roof, sensor):
    one = roof(sensor)
    assert one.run_until(frames=9) == set()
    taken = [frame.taken_utc for frame in one.frames]
    gaps_s = [(b - a).total_seconds() for a, b in pairwise(taken[1:])]
    assert statistics.median(gaps_s) == pytest.approx(INTERVAL_S, abs=1.5)
    # The night's target is 4 % of saturation: so many of the 8,000 electrons of a full well.
    wanted = math.log2(0.04 * 8000 / ELECTRONS_S)
    for frame in one.frames[-2:]:
        light = math.log2(frame.exposure_us / 1e6 * frame.gain)
        assert light == pytest.approx(wanted, abs=0.2)


def dead(one):
    one.pi.world.dead.set()
    return one.pi.world.dead.clear


def unplugged(one):
    one.pi.world.unplug()
    return one.pi.world.plug_in


def slow(one):
    one.pi.world.slow_s = 60.0
    return lambda: setattr(one.pi.world, "slow_s", 0.0)


def broken_loop(one):
    def broken(_request):
        raise ZeroDivisionError("in a thread of picamera2")

    one.camera._picam2.pre_callback = broken
    return lambda: None


def refusing(one):
    one.pi.world.failures["start"].extend(RuntimeError("refused") for _ in range(2))
    return lambda: None


def stuck(one):
    one.pi.world.stuck.set()
    return one.pi.world.stuck.clear


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (dead, "the sensor is dead or its cable loose"),
        (unplugged, "no camera is connected"),
        (slow, "no frame came within"),
        (broken_loop, "no frame came within"),
        (refusing, "the camera failed: refused"),
        (stuck, "driver does not let go"),
    ],
)
def test_capture_comes_back_by_itself(roof, fault, reason):
    one = roof()
    one.run_until(frames=2)
    heal = threading.Timer(FAULT_S / SPEED, fault(one))
    heal.start()
    reasons = one.run_until(frames=5)
    heal.join()
    assert any(reason in one_reason for one_reason in reasons), reasons
    assert all("It is opened again." in one_reason for one_reason in reasons)
    taken = [frame.taken_utc for frame in one.frames]
    lost_s = max((b - a).total_seconds() for a, b in pairwise(taken))
    # The fault, then the frame that was waited for, an attempt to open, and the pause before the next.
    assert lost_s < FAULT_S + 2 * INTERVAL_S + 3 * MARGIN_S * SPEED + 30
    assert one.state.state != "recover"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.json"
    settings = {"site": SITE, "camera": {"driver": "picamera2", "raw": "on"}}
    path.write_text(json.dumps(settings))
    return path


def test_the_command_shows_the_model_what_it_can_do_and_a_frame(pi, config, tmp_path):
    pi("imx477", speed=1.0)
    out = tmp_path / "frame.jpg"
    arguments = ["--config", str(config), "camera", "--exposure-s", "0.01"]
    shown = CliRunner().invoke(main, [*arguments, "--out", str(out)])
    assert shown.exit_code == 0, shown.output
    for line in (
        "Camera:   imx477",
        "Exposure: 114 µs to 694.4 s, gain 1 to 22.2609",
        "Mode:     506 x 380, 12 bits, 10 frames/s, up to 694.4 s",
        "Raw:      RGGB, 256 to 4095",
        "Sensor:   21.0 °C",
    ):
        assert line in shown.output
    assert jpeg.size(out.read_bytes()) == (380, 506)


def test_the_command_says_in_one_sentence_that_no_camera_is_there(pi, config):
    pi()
    shown = CliRunner().invoke(main, ["--config", str(config), "camera"])
    assert shown.exit_code == 1
    assert shown.stderr.startswith("Error: no camera is connected")
